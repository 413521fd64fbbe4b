"""Bad input, tried and listed: one line each, the right exit code, and nothing half-done."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from prodcli.batch.local.batch import LocalBatch
from prodcli.rules.model import Filesystem, Job
from tests.conftest import missing
from tests.support.catalog import random_catalog
from tests.support.library_rules import changed
from tests.support.rule_files import write_rules
from tests.support.snapshots import OpenFolder, as_ordinary_user, books, campaign, one_line, why_no_ordinary_user
from tests.support.workspace import DATABASE_KINDS, Workspace, make_workspace

RULE = "mvtxme"
Fails = Callable[..., None]
ONE_DATABASE = pytest.mark.parametrize("shared", ["sqlite"], indirect=True)  # it ends before any is opened
KINDS = [pytest.param(kind, marks=pytest.mark.postgresql if kind == "postgresql" else ()) for kind in DATABASE_KINDS]


@pytest.fixture(scope="module", params=KINDS)
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace on each database, with work that could be submitted."""
    server = request.getfixturevalue("cluster") if request.param == "postgresql" else None
    workspace = make_workspace(tmp_path_factory.mktemp("workspace"), server)
    workspace.load(random_catalog(1))
    write_rules(workspace.folder / "rules")
    assert workspace.json("submit", "-c", workspace.folder / "rules/rules.yaml", "-r", RULE, "-n")["jobs"]
    yield workspace
    workspace.drop()


@pytest.fixture
def workspace(shared: Workspace) -> Iterator[Workspace]:
    """The workspace; books, campaigns and queue are as before when a test has ended, whatever it tried."""
    before, settings = books(shared), yaml.safe_load(shared.file.read_text())
    yield shared
    shared.settings = settings
    shared.write()
    assert books(shared) == before
    assert campaign(shared) == []
    assert LocalBatch(shared.folder / "batch.db").living("local") == set()


@pytest.fixture
def rules(workspace: Workspace) -> Path:
    """The rule file."""
    return workspace.folder / "rules/rules.yaml"


@pytest.fixture
def fails(workspace: Workspace, rules: Path) -> Fails:
    """Submit with some words, which must fail with a code and words on one line."""

    def submit(code: int, says: str, *words: object, file: Path = rules, rule: str = RULE) -> None:
        one_line(workspace.run("submit", "-c", file, "-r", rule, *words), code, says)

    return submit


# ---- rule files

LAUGHS = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))


@ONE_DATABASE
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"mvtxme: {params: {}\n", "not valid YAML"),
        (b"mvtxme:\n\tparams: {}\n", "not valid YAML"),
        (b"mvtxme: {}\nmvtxme: {}\n", "stands twice"),
        (b"- mvtxme\n", "must hold a mapping"),
        (b"", "must hold a mapping"),
        (b"\x00\xff\xfe binary", "not UTF-8"),
        (b"mvtxme: &a {params: *a}\n", "aliases that never end"),
        (f"{LAUGHS}mvtxme: {{job: {{payload: *a11}}}}\n".encode(), "too many values"),
        (b"mvtxme: 5\n", "a rule is a mapping"),
        (b"mvtxme: {params: {dsttype: 7}}\n", "rule mvtxme: "),
    ],
)
def test_a_rule_file_that_is_none(fails: Fails, tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "rules.yaml"
    file.write_bytes(content)
    fails(3, says, file=file)
    assert file.read_bytes() == content


@ONE_DATABASE
def test_a_rule_file_that_is_not_there(fails: Fails, tmp_path: Path) -> None:
    fails(3, "the file does not exist", file=tmp_path / "nobody.yaml")
    fails(3, "this is a folder", file=tmp_path)
    fails(3, "File name too long", file=tmp_path / ("x" * 3000))


@ONE_DATABASE
@pytest.mark.parametrize("verb", ["list", "show", "lint"])
def test_the_other_verbs_of_rules_say_the_same(workspace: Workspace, tmp_path: Path, verb: str) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("a: 1\na: 2\n")
    one_line(workspace.run("rules", verb, "-c", file), 3, "stands twice")


@ONE_DATABASE
def test_an_unknown_rule(fails: Fails) -> None:
    fails(2, "there is no rule 'mvtxm'; did you mean 'mvtxme'?", rule="mvtxm")
    fails(2, "there is no rule ''", rule="")


def with_values(workspace: Workspace, folder: Path, **values: Any) -> Path:
    """The rule file with other values for the rule."""
    return write_rules(folder, {RULE: changed(RULE, **values)})


@pytest.mark.parametrize("how", [(), ("-n",), ("--no-submit",)])
@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"job_script": "nobody.sh"}, "nobody.sh does not exist"),
        ({"job_script": "."}, "does not exist"),
        ({"job_script": "x" * 100_000}, "does not exist"),
        ({"job_script": "payload"}, "payload is not executable; chmod +x it"),
        ({"job_payload": ["payload", "nobody/*.C"]}, "nothing matches"),
        ({"job_payload": ["/nobody/**"]}, "nothing matches"),
        ({"job_payload": ["no**body"]}, "nothing matches"),
        ({"job_payload": ["x" * 100_000]}, "nothing matches"),
        ({"params_period": "p" * 58}, "has 256 bytes with all that is added to it; 255 are possible"),
        ({"params_period": "p" * 250}, "bytes with all that is added to it; 255 are possible"),
        ({"job_log": "/tmp/" + "l" * 252 + ".log"}, "has 256 bytes"),  # noqa: S108
        ({"job_log": "/tmp" + "/l" * 2100 + "/{logbase}.log"}, "bytes; 4095 are possible"),  # noqa: S108
        ({"job_request_memory": "much"}, "not a size"),
        ({"job_neventsper": 10**30}, "less than or equal"),
        ({"job_log": "{nobody}"}, "unknown {nobody}"),
    ],
)
def test_a_rule_whose_jobs_could_not_run(
    workspace: Workspace, fails: Fails, tmp_path: Path, values: dict[str, Any], says: str, how: tuple[str, ...]
) -> None:
    fails(3, says, *how, file=with_values(workspace, tmp_path, **values))


@pytest.mark.parametrize("how", [(), ("-n",)])
def test_a_rule_whose_jobs_could_not_run_erases_nothing(
    workspace: Workspace, fails: Fails, tmp_path: Path, how: tuple[str, ...]
) -> None:
    file = with_values(workspace, tmp_path, job_script="nobody.sh")
    fails(3, "nobody.sh does not exist", "--force", "--runs", "66456", "--yes", "--reason", "x", *how, file=file)


@pytest.mark.parametrize("how", [(), ("-n",), ("--no-submit",)])
def test_a_schedd_that_is_not_in_use(fails: Fails, how: tuple[str, ...]) -> None:
    fails(2, "'nobody' is none of the schedds in use", "--schedd", "nobody", *how)


def test_the_longest_name_that_is_possible_is_planned(workspace: Workspace, tmp_path: Path) -> None:
    file = with_values(workspace, tmp_path, params_period="p" * 57)
    workspace.ok("submit", "-c", file, "-r", RULE, "-n")


# ---- hostile texts in every free-text field

PLACES = ("script", "payload", "log", "initialdir", "filesystem")
TEXTS = [
    *("log", "batch_name", "arguments", "comment", "getenv", "environment", "initialdir", "user_job_wrapper", "script"),
    *("concurrency_limits", "accounting_group", "accounting_group_user", "notification", "notify_user", "payload"),
    *("transfer_input_files", "transfer_output_remaps", "rungroup_tmpl"),
]
EXPRESSIONS = ["requirements", "periodichold", "periodicremove", "on_exit_hold", "on_exit_remove"]
HOSTILE = ["a\nqueue 1000", "a\rb", 'a"b', "a'b", "$(dbid)", "$ENV(HOME)", "$$(Arch)", "a\\", "a\0b", "\x1b[2J"]


def test_every_free_text_field_is_in_this_test() -> None:
    typed = {"neventsper", "priority", "request_memory", "request_cpus", "request_disk", "request_xferslots"}
    typed |= {
        "universe",
        "job_lease_duration",
        "max_retries",
        "max_runtime",
        "on_evict",
        "transferout",
        "transfererr",
        "filesystem",
    }
    typed |= {"nevents", "values", "max_idle", "max_materialize", "outputs_per_job", "registers_outputs", "recovery"}
    typed |= {"stalled", "quality", "needs"}  # times; limits and services, which no description has
    assert {*TEXTS, *EXPRESSIONS} | typed == set(Job.model_fields)


@ONE_DATABASE
def test_what_a_description_cannot_hold_is_refused_in_every_field(workspace: Workspace, tmp_path: Path) -> None:
    rules, wanted = {}, {}
    for number, text in enumerate(HOSTILE):
        for key in TEXTS:
            rules[f"{key}-{number}"] = changed(RULE, **{f"job_{key}": text})
            wanted[f"{key}-{number}"] = f"job.{key}"
        for kind in Filesystem.model_fields:
            rules[f"{kind}-{number}"] = changed(RULE, job_filesystem={kind: text})
            wanted[f"{kind}-{number}"] = f"job.filesystem.{kind}"
    for key in EXPRESSIONS:
        rules[key] = changed(RULE, **{f"job_{key}": "true\nqueue 1000"})
        wanted[key] = f"job.{key}"
    for key in ("dsttype", "period", "build", "dbtag", "dataset", "physicsmode"):
        for number, text in enumerate([*HOSTILE, "..", "a/b", "a b", ""]):
            rules[f"{key}-{number}"] = changed(RULE, **{f"params_{key}": text})
            wanted[f"{key}-{number}"] = f"params.{key}"
    file = write_rules(tmp_path, rules)
    answer = workspace.run("rules", "lint", "-c", file, "--format", "json")
    assert answer.code == 3
    assert "Traceback" not in answer.err
    errors: dict[str, list[str]] = {}
    for found in answer.data:
        if found["kind"] == "error":
            errors.setdefault(found["rule"], []).append(found["finding"])
    assert {name: key for name, key in wanted.items() if not any(e.startswith(key) for e in errors.get(name, []))} == {}


@pytest.mark.parametrize("key", ["comment", "batch_name", "environment", "requirements"])
def test_a_hostile_text_submits_nothing(workspace: Workspace, fails: Fails, tmp_path: Path, key: str) -> None:
    fails(3, f"job.{key}", file=with_values(workspace, tmp_path, **{f"job_{key}": "x\nqueue 1000"}))


@pytest.mark.parametrize("key", PLACES)
def test_a_path_of_100_kb_submits_nothing(workspace: Workspace, fails: Fails, tmp_path: Path, key: str) -> None:
    long = "/" + "x" * 100_000
    value: Any = {"filesystem": {"outdir": long}, "payload": [long]}.get(key, long + "/x")
    says = {"script": "does not exist", "payload": "nothing matches"}.get(key, "255 are possible")
    fails(3, says, file=with_values(workspace, tmp_path, **{f"job_{key}": value}))


@ONE_DATABASE
def test_odd_texts_that_a_description_can_hold_arrive_as_they_are(tmp_path: Path, shared: Workspace) -> None:
    """Semicolons, unicode, markup and 100 kB: the job gets them, nothing else happens."""
    odd = "größe; rm -rf / & `x` | <y> [red]z[/red] %s {{}} # // \\n ,"
    values = {
        f"job_{key}": odd for key in ("comment", "accounting_group", "notify_user", "concurrency_limits", "getenv")
    }
    values |= {"job_environment": f"A={'x' * 100_000};B=ü", "job_requirements": 'Arch == "X86_64" && $(x) != ";"'}
    arguments = "{run} ; $HOME & `id` größe {{x}} {comment}"
    with OpenFolder() as folder:
        workspace = make_workspace(folder)
        workspace.load(random_catalog(1))
        file = with_values(workspace, folder / "ru les", **values, job_arguments=arguments)
        done = workspace.json("submit", "-c", file, "-r", RULE, "--maxjobs", 1)
        assert [cluster["jobs"] for cluster in done["submitted"]] == [1]
        (sub,) = (folder / "campaigns").rglob("job.sub")
        text = sub.read_text()
        assert f"accounting_group = {odd}\n" in text
        assert " A=" + "x" * 100_000 + ' B=ü"\n' in text
        script = folder / "ru les/run.sh"
        script.write_text('#!/bin/sh\nfor word in "$@"; do printf "%s\\n" "$word"; done\n')
        workspace.ok("local", "run", "--drain")
        run, out = workspace.sql("SELECT runnumber, out FROM production_jobs WHERE clusterid IS NOT NULL")[0]
        assert Path(out).read_text().splitlines() == [str(run), ";", "$HOME", "&", "`id`", "größe", "{x}", odd]


# ---- runs


@ONE_DATABASE
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--runs", "abc"], "'abc' is not a run number"),
        (["--runs", "1", "abc"], "'abc' is not a run number"),
        (["--runs", "72000", "69600"], "reversed"),
        (["--runs", "72000-69600"], "reversed"),
        (["--runs", ","], "no runs are named"),
        (["--runs", ""], "no runs are named"),
        (["--runs", "²", "³"], "is not a run number"),
        (["--runs", "9" * 5000], "too large"),
        (["--runs"], "requires an argument"),
        (["--runs", "-5"], "'-5' is not a run number"),
        (["--segments", "x"], "'x' is not a segment"),
        (["--runlist", "/nobody"], "the run list cannot be read: No such file"),
        (["--runlist", "/"], "the run list cannot be read: Is a directory"),
        (["--runlist", "/dev/null"], "the run list is empty"),
        (["--runlist", sys.executable], "the run list cannot be read: it is not UTF-8 text"),
        (["--runlist", "/dev/zero"], "/dev/zero: the run list cannot be read: it is larger than 10 MB"),
        (["--runs", "1", "--runlist", "/dev/null"], "not both"),
        (["--mem", "much"], "'much' is not a size"),
        (["--cut-segment", "0"], "not in the range"),
        (["--physics-mode", "a b"], "must be one word"),
    ],
)
def test_runs_and_other_words_of_the_command_line(fails: Fails, words: list[str], says: str) -> None:
    fails(2, says, *words)


@ONE_DATABASE
def test_a_bad_run_list_names_the_word(fails: Fails, tmp_path: Path) -> None:
    file = tmp_path / "runs.txt"
    file.write_text("69600\nsix\n")
    fails(2, f"{file}: 'six' is not a run number", "--runlist", file)


@ONE_DATABASE
@pytest.mark.parametrize("since", ["yesterday", "99999999999d", "²h", "2026-02-31", ""])
def test_query_since_when(workspace: Workspace, since: str) -> None:
    one_line(workspace.run("query", "--since", since), 2, "is not a time")


# ---- the configuration


@ONE_DATABASE
@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("databases: [", 3, "not valid YAML"),
        ("databses: {}", 3, "did you mean 'databases'"),
        ("profile: nobody", 3, "there is no site profile"),
        ("{}", 3, "is missing"),
        ("databases: {daq: 'mysql://me:secret@h/d'}", 3, "is not a database URL"),
    ],
)
def test_a_bad_configuration(workspace: Workspace, fails: Fails, text: str, code: int, says: str) -> None:
    workspace.file.write_text(text)
    fails(code, says)
    assert "secret" not in workspace.run("config", "check").err


# ---- databases


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long prodcli waits before it tries again; it does not really."""
    waited: list[float] = []
    monkeypatch.setattr("prodcli.db.database.time.sleep", waited.append)
    return waited


def down(workspace: Workspace, role: str) -> str:
    """A database that does not answer."""
    url = workspace.settings["databases"][role]
    if workspace.cluster is None:
        return f"sqlite:///{workspace.folder}/nobody.db"
    return str(url).replace(f"PORT={workspace.cluster.port}", f"PORT={free_port()}")


@pytest.mark.parametrize("role", ["production", "filecatalog", "raw", "daq"])
def test_a_database_that_is_down(workspace: Workspace, fails: Fails, pauses: list[float], role: str) -> None:
    says = "the file does not exist" if workspace.cluster is None else "Connection refused"
    workspace.settings["databases"][role] = down(workspace, role)
    workspace.write()
    fails(4, says, rule="cluster" if role == "raw" else RULE)
    assert sum(pauses) <= 10
    assert bool(pauses) == (workspace.cluster is not None)


@pytest.mark.parametrize("words", [("query",), ("harvest",), ("db", "status"), ("db", "upgrade"), ("submit", "-n")])
def test_every_verb_says_that_its_database_is_down(
    workspace: Workspace, rules: Path, pauses: list[float], words: tuple[str, ...]
) -> None:
    workspace.settings["databases"]["production"] = down(workspace, "production")
    workspace.write()
    more = ["-c", rules, "-r", RULE] if words[0] == "submit" else []
    one_line(workspace.run(*words, *more), 4, "nobody.db" if workspace.cluster is None else "is the server up?")


@ONE_DATABASE
@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("odbc:DSN=nobody;PWD=secret", "check DSN or DRIVER"),
        ("odbc:DRIVER=/nobody.so;SERVER=x;PWD=secret", "check DSN or DRIVER"),
        ("odbc:DRIVER={nobody};SERVER=x;PWD=secret", "check DSN or DRIVER"),
        ("sqlite:////nobody/x.db", "the file does not exist"),
        ("sqlite:////", "the file does not exist"),
        (f"sqlite:///{sys.executable}", "file is not a database"),
        ("sqlite:////dev/null", "the file does not exist"),
    ],
)
def test_a_wrong_url(workspace: Workspace, fails: Fails, url: str, says: str) -> None:
    workspace.settings["databases"]["daq"] = url
    workspace.write()
    fails(4, says)


@pytest.mark.parametrize(("old", "new"), [("DATABASE=", "DATABASE=nobody"), ("UID=postgres", "UID=nobody")])
def test_a_server_that_refuses_is_not_asked_again(
    workspace: Workspace, fails: Fails, pauses: list[float], old: str, new: str
) -> None:
    if workspace.cluster is None:
        pytest.skip("SQLite has no server")
    workspace.settings["databases"]["daq"] = workspace.settings["databases"]["daq"].replace(old, new)
    workspace.write()
    fails(4, "does not exist (check database, user and password)")
    assert pauses == []


def test_a_database_of_another_kind(workspace: Workspace, fails: Fails) -> None:
    """The file catalog in the place of the books, and the other way round."""
    databases = workspace.settings["databases"]
    databases["daq"], databases["production"] = databases["raw"], databases["daq"]
    workspace.write()
    fails(4, "run prodcli db upgrade")
    workspace.settings["databases"]["production"] = databases["filecatalog"]
    one_line(workspace.run("query"), 4, "prodcli db status shows what is missing")


def empty_database(workspace: Workspace) -> str:
    """A production database without tables."""
    if workspace.cluster is None:
        (workspace.folder / "empty.db").touch()
        return f"sqlite:///{workspace.folder}/empty.db"
    workspace.cluster.drop("empty")
    workspace.cluster.create("empty")
    workspace.names.append("empty")
    return workspace.cluster.odbc("empty")


def test_a_schema_that_is_not_made_or_not_current(workspace: Workspace, fails: Fails, rules: Path) -> None:
    url = workspace.settings["databases"]["production"] = empty_database(workspace)
    workspace.write()
    for words in (("submit", "-c", rules, "-r", RULE), ("submit", "-c", rules, "-r", RULE, "-n"), ("harvest",)):
        one_line(workspace.run(*words), 4, "the schema lacks 0001_books, 0002_unique_filename, ")
    one_line(workspace.run("query"), 4, "prodcli db status shows what is missing")
    workspace.ok("db", "init")
    workspace.sql("DELETE FROM prodcli_schema WHERE version = 2")
    fails(4, "the schema lacks 0002_unique_filename (run prodcli db upgrade)")
    assert workspace.sql("SELECT COUNT(*) FROM production_jobs") == [(0,)]
    assert workspace.settings["databases"]["production"] == url


def test_a_role_that_may_only_read(workspace: Workspace, fails: Fails, rules: Path) -> None:
    if workspace.cluster is None:
        pytest.skip("SQLite has no roles; see the read-only files")
    for name in workspace.names:
        workspace.cluster.psql(
            name,
            "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'reader') THEN CREATE ROLE reader LOGIN;"
            " END IF; END $$; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader",
        )
    databases = workspace.settings["databases"]
    workspace.settings["databases"] = {
        role: url.replace("UID=postgres", "UID=reader") for role, url in databases.items()
    }
    workspace.write()
    fails(4, "permission denied")
    one_line(workspace.run("harvest"), 4, "prodcli config check shows what this role may do")
    one_line(workspace.run("db", "upgrade"), 4, "prodcli config check shows what this role may do")
    assert workspace.json("submit", "-c", rules, "-r", RULE, "-n")["jobs"]
    assert workspace.ok("query", "--format", "csv").out


@pytest.mark.parametrize(
    ("shut", "words", "code", "says"),
    [
        ("production.db", ("submit",), 4, "the database is read-only"),
        ("production.db", ("db", "upgrade"), 4, "the database is read-only"),
        (".", ("submit",), 1, "the log cannot be kept: Permission denied"),
        (".", ("db", "upgrade"), 4, "check"),
        ("campaigns", ("submit",), 1, "the lock cannot be made: Permission denied"),
        ("files", ("submit",), 1, "the folder cannot be made: Permission denied"),
    ],
)
def test_read_only_files_and_folders(shut: str, words: tuple[str, ...], code: int, says: str) -> None:
    if reason := why_no_ordinary_user():
        pytest.skip(reason)
    with OpenFolder() as folder:
        workspace = make_workspace(folder)
        workspace.load(random_catalog(1))
        file = write_rules(folder / "rules")
        before = books(workspace)
        for name in ("campaigns", "files", "logs"):
            (folder / name).mkdir()
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o777 if path.is_dir() else 0o666)
        (folder / "rules/run.sh").chmod(0o777)
        if shut == ".":
            (folder / "logs").rmdir()
        (folder / shut).chmod(0o444 if shut.endswith(".db") else 0o555)
        more = ["-c", file, "-r", RULE] if words[0] == "submit" else []
        one_line(as_ordinary_user(workspace, *words, *more), code, says)
        dry = as_ordinary_user(workspace, "submit", "-c", file, "-r", RULE, "-n", "--format", "json")
        (folder / shut).chmod(0o777)
        assert (dry.code, dry.err) == (0, "")
        assert dry.data["jobs"]
        assert books(workspace) == before
        assert campaign(workspace) == []


def test_files_that_may_not_be_read() -> None:
    if reason := why_no_ordinary_user():
        pytest.skip(reason)
    with OpenFolder() as folder:
        workspace = make_workspace(folder)
        workspace.load(random_catalog(1, runs=3))
        file = write_rules(folder / "rules")
        runs = folder / "runs.txt"
        runs.write_text("1\n")
        submit = ("submit", "-c", file, "-r", RULE, "-n")
        cases: list[tuple[Path, tuple[object, ...], int, str]] = [
            (file, submit, 3, "the file cannot be read: Permission denied"),
            (file.parent, submit, 3, "the file cannot be read: Permission denied"),
            (runs, (*submit, "--runlist", runs), 2, "the run list cannot be read: Permission denied"),
            (folder / "daq.db", submit, 4, "check its and its folder's permissions"),
            (workspace.file, submit, 3, "the file cannot be read: Permission denied"),
            (folder / "data", submit, 4, "check its and its folder's permissions"),
        ]
        (folder / "data").mkdir()
        for path, words, code, says in cases:
            if path.name == "data":
                (folder / "daq.db").rename(folder / "data/daq.db")
                workspace.settings["databases"]["daq"] = f"sqlite:///{folder}/data/daq.db"
                workspace.write()
            mode = path.stat().st_mode
            path.chmod(0)
            answer = as_ordinary_user(workspace, *words)
            path.chmod(mode)
            one_line(answer, code, says)


# ---- the batch system


def test_a_queue_that_cannot_be_reached(workspace: Workspace, fails: Fails) -> None:
    for queue, says in (
        ("/nobody/batch.db", "local queue /nobody/batch.db"),
        (str(workspace.folder / "rules/rules.yaml"), "file is not a database"),
        (str(workspace.folder), "local queue"),
    ):
        workspace.settings["batch"]["queue"] = queue
        workspace.write()
        fails(5, says)
        one_line(workspace.run("harvest"), 5, says)


# ---- disk full


@contextlib.contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[None]:
    """A disk of a few kB at a folder; needs the right to mount."""
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "none", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        missing("mount", "a small disk cannot be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("kilobytes", [4, 8, 20])
def test_a_full_disk_under_the_campaigns(workspace: Workspace, fails: Fails, rules: Path, kilobytes: int) -> None:
    """No room for a folder, for the items, or for the description; everything is as before."""
    with small_disk(workspace.folder / "full", kilobytes):
        fill = workspace.folder / "full/fill"
        fill.write_bytes(b"x" * 4096 * (kilobytes // 4 - (kilobytes > 4)))
        workspace.settings["campaigns"] = str(workspace.folder / "full")
        workspace.write()
        before = workspace.sql("SELECT COUNT(*) FROM production_jobs")
        fails(1, "No space left on device")
        assert workspace.sql(
            "SELECT COUNT(*) FROM production_jobs WHERE status = 'submitting' AND claim_id IS NOT NULL"
        ) == [(0,)]
        assert workspace.sql("SELECT COUNT(*) FROM production_jobs") == before


def test_the_rendered_files_do_not_fit(workspace: Workspace, fails: Fails, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same without the right to mount: the disk is full when the description is written."""
    real = Path.write_text

    def write_text(self: Path, *words: Any, **more: Any) -> int:
        if self.name == "job.sub":
            raise OSError(28, "No space left on device", str(self))
        return real(self, *words, **more)

    monkeypatch.setattr(Path, "write_text", write_text)
    fails(1, "the rendered files cannot be written: No space left on device")


def test_a_log_that_cannot_be_written_hides_nothing(workspace: Workspace, fails: Fails, rules: Path) -> None:
    (workspace.folder / "full").mkdir(exist_ok=True)
    (workspace.folder / "full/prodcli.log").symlink_to("/dev/full")
    workspace.settings["logs"] = str(workspace.folder / "full")
    workspace.write()
    answer = workspace.run("submit", "-c", rules, "-r", "streaming", "--runs", "1")
    assert answer.code == 0
    assert (
        answer.err == f"prodcli: {workspace.folder}/full/prodcli.log: the log cannot be kept: No space left on device\n"
    )
