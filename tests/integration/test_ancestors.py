"""Seen in the ancestors, one test each."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from prodcli.batch.local.batch import LocalBatch
from prodcli.db.connect import PostgreSQL, SQLite
from prodcli.submission.pass_lock import pass_lock
from tests.support.catalog import FIRST_DAY as DAY
from tests.support.catalog import INSERT, Catalog, File, Raw, Run, random_catalog, values
from tests.support.library_rules import changed, load
from tests.support.rule_files import CLUSTER, STREAMING, write_rules
from tests.support.snapshots import tree
from tests.support.workspace import DATABASE_KINDS, Workspace, make_workspace

KINDS = [pytest.param(kind, marks=pytest.mark.postgresql if kind == "postgresql" else ()) for kind in DATABASE_KINDS]


@pytest.fixture(scope="module", params=KINDS)
def workspace(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace on each database; every test has a rule or runs of its own."""
    server = request.getfixturevalue("cluster") if request.param == "postgresql" else None
    workspace = make_workspace(tmp_path_factory.mktemp("workspace"), server)
    workspace.load(random_catalog(1))
    yield workspace
    workspace.drop()


@pytest.fixture
def rules(workspace: Workspace) -> Path:
    """The rule file."""
    return write_rules(workspace.folder / "rules")


def planned(workspace: Workspace, rules: Path, rule: str, *words: object) -> list[str]:
    """The outputs that a pass would make."""
    return [job["filename"] for job in workspace.json("submit", "-c", rules, "-r", rule, "-n", *words)["jobs"]]


def submitted(workspace: Workspace, rules: Path, rule: str, *words: object) -> int:
    """Submit; how many jobs."""
    done = workspace.json("submit", "-c", rules, "-r", rule, *words)["submitted"]
    return sum(cluster["jobs"] for cluster in done)


def add(workspace: Workspace, role: str, *rows: Any) -> None:
    """Put rows into a catalog."""
    for row in values(type(rows[0]), rows):
        workspace.sql(INSERT[role], *row, role=role)


def run_of(number: int) -> Run:
    """A good run."""
    return Run(number, "physics", 500_000, DAY, DAY.replace(hour=1))


def cluster_file(run: int, segment: int = 0, status: int | None = 1) -> File:
    """An input of the rule `seed`."""
    name = f"DST_TRKR_CLUSTER_run3auau_{CLUSTER}-{run:08d}-{segment:05d}.root"
    return File(name, run, segment, 1, "run3auau", "DST_TRKR_CLUSTER", 1, status, CLUSTER)


def queued(workspace: Workspace) -> int:
    """Jobs in the queue."""
    return len(LocalBatch(workspace.folder / "batch.db").living("local"))


# ---- a second pass that finds the lock taken exits and deletes the first one's lock


def test_a_second_pass_leaves_the_lock_of_the_first_alone(workspace: Workspace, rules: Path) -> None:
    locks, rule = workspace.folder / "campaigns/locks", load("jets")
    file = locks / f"jets-{rule.outtriplet}.lock"
    with pass_lock(locks, f"jets-{rule.outtriplet}"):
        before = file.stat().st_ino
        for _ in range(2):
            answer = workspace.run("submit", "-c", rules, "-r", "jets", quiet=False)
            assert (answer.code, answer.out) == (0, "")
            assert f"a pass of jets-{rule.outtriplet} runs already (pid {os.getpid()})" in answer.err
        assert file.stat().st_ino == before
        assert file.read_text() == f"{os.getpid()}\n"
        assert workspace.sql("SELECT COUNT(*) FROM production_jobs WHERE rulename = 'jets'") == [(0,)]
        assert submitted(workspace, rules, "jetcalo") > 0
    assert file.exists()
    assert submitted(workspace, rules, "jets") > 0


# ---- a dry run that sets rows to `submitted`

TABLES = {
    "production": (
        "jobs",
        "claims",
        "attempts",
        "harvest",
        "missing",
        "overview",
        "unknown_dsttypes",
        "dsttypes",
        "rollup",
    ),
    "filecatalog": ("datasets", "files"),
}


def everything(workspace: Workspace) -> list[Any]:
    """All that there is: files and folders, and the rows of the databases that prodcli may write to."""
    names = [
        (role, "production_" * (role == "production") + table) for role, list_ in TABLES.items() for table in list_
    ]
    rows = [sorted(map(str, workspace.sql(f"SELECT * FROM {table}", role=role))) for role, table in names]  # noqa: S608
    return [rows, tree(workspace.folder)]


def test_a_dry_run_changes_nothing(workspace: Workspace, rules: Path) -> None:
    assert submitted(workspace, rules, "streaming", "--maxjobs", 3) == 3
    workspace.ok("harvest")
    outdir = workspace.json("submit", "-c", rules, "-r", "mvtxme", "-n")["jobs"][0]["arguments"].split()[9]
    Path(outdir).mkdir(parents=True)
    (Path(outdir) / planned(workspace, rules, "mvtxme")[0]).write_text("new")
    job = ("-c", rules, "-r", "mvtxme")
    before = everything(workspace)
    for words in (
        ("submit", *job, "-n"),
        ("submit", *job, "-n", "-v", "--maxqueued", 1),
        ("submit", *job, "-n", "--no-submit"),
        ("submit", *job, "--print-query"),
        ("register", *job, "-n"),
        ("db", "dedupe", "-n"),
        ("db", "status"),
        ("db", "check"),
        ("config", "check"),
        ("query",),
        ("rules", "lint", "-c", rules, "--deep"),
    ):
        workspace.ok(*words)
        assert tree(workspace.folder) == before[1], words
    assert everything(workspace) == before
    assert workspace.json("register", *job, "-n")[0]["found"] == 1
    Path(outdir).joinpath(planned(workspace, rules, "mvtxme")[0]).unlink()


# ---- submit files left by an interrupted pass that are never submitted while their rows block them

KILLED = """
import os, signal, sys
import prodcli.submission.submitter
from prodcli.books.claims import Books
from prodcli.cli.app import app
die = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[1] == "before":
    prodcli.submission.submitter.write_submission = die
else:
    Books.record = die
app(sys.argv[2:])
"""


@pytest.mark.parametrize(("when", "rule"), [("before", "calofitting"), ("after", "vernier")])
def test_a_pass_that_was_killed_is_settled_by_the_next(workspace: Workspace, rules: Path, when: str, rule: str) -> None:
    wanted, before = planned(workspace, rules, rule), queued(workspace)
    assert wanted
    command = [
        sys.executable,
        "-c",
        KILLED,
        when,
        "--site",
        str(workspace.file),
        "-q",
        "submit",
        "-c",
        str(rules),
        "-r",
        rule,
    ]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    count = "SELECT COUNT(*), COUNT(clusterid) FROM production_jobs WHERE rulename = ? AND status = ?"
    assert workspace.sql(count, rule, "submitting") == [(len(wanted), 0)]
    assert planned(workspace, rules, rule) == []
    assert queued(workspace) - before == (0 if when == "before" else len(wanted))
    assert submitted(workspace, rules, rule) == (len(wanted) if when == "before" else 0)
    assert workspace.sql(count, rule, "submitted") == [(len(wanted), len(wanted))]
    assert workspace.sql(count, rule, "submitting") == [(0, 0)]
    assert queued(workspace) - before == len(wanted)
    assert submitted(workspace, rules, rule) == 0
    rows = workspace.sql(
        "SELECT filename, clusterid, procid FROM production_jobs WHERE rulename = ? ORDER BY procid", rule
    )
    assert [row[0] for row in rows] == wanted
    assert len({row[1:] for row in rows}) == len(wanted)


# ---- inputs that are off disk accepted


def test_inputs_off_disk_are_refused(workspace: Workspace, rules: Path) -> None:
    add(workspace, "daq", run_of(80001))
    add(workspace, "filecatalog", *(cluster_file(80001, n, status) for n, status in enumerate((1, 0, -1, None, 1))))
    plan = workspace.json("submit", "-c", rules, "-r", "seed", "-n", "--runs", 80001)
    assert [job["segment"] for job in plan["jobs"]] == [0, 4]
    assert plan["skipped"] == [{"reason": "input_off_disk", "level": "segment", "count": 3, "runs": [80001]}]
    workspace.sql("UPDATE datasets SET status = 0 WHERE runnumber = 80001", role="filecatalog")
    assert submitted(workspace, rules, "seed", "--runs", 80001) == 0


# ---- the check for existing outputs that leaves out the version and so finds none


def test_existing_outputs_are_found_by_their_whole_name(workspace: Workspace, rules: Path, tmp_path: Path) -> None:
    add(workspace, "daq", run_of(80002))
    add(workspace, "filecatalog", *(cluster_file(80002, n) for n in range(3)))
    first = planned(workspace, rules, "seed", "--runs", 80002)
    assert [name[-10:] for name in first] == ["00000.root", "00001.root", "00002.root"]
    assert all("_v001-" in name for name in first)
    add(workspace, "filecatalog", File(first[0], 80002, 0, 1, "x", "y", 1, None, "z"))
    workspace.sql(
        "INSERT INTO production_jobs (rulename, tag, dataset, dsttype, filename, runnumber) VALUES ('a', 'b', 'c', 'd', ?, 1)",
        first[1],
    )
    assert planned(workspace, rules, "seed", "--runs", 80002) == first[2:]
    second = write_rules(tmp_path, {"seed": changed("seed", params_version=2)})
    assert planned(workspace, second, "seed", "--runs", 80002) == [name.replace("_v001-", "_v002-") for name in first]


# ---- a list of two runs that becomes a range somewhere inside


@pytest.mark.parametrize(
    "words", [["69600,69605"], ["69600,", "69605"], ["69600", ",69605"], ["69600-69600,69605"], []]
)
def test_a_list_of_two_runs_stays_a_list(workspace: Workspace, rules: Path, tmp_path: Path, words: list[str]) -> None:
    runs = (69600, 69603, 69605)
    if not workspace.sql("SELECT 1 FROM run WHERE runnumber = 69600", role="daq"):
        add(workspace, "daq", *map(run_of, runs))
        add(workspace, "filecatalog", *map(cluster_file, runs))
    if words:
        chosen: list[object] = ["--runs", *words]
    else:
        chosen = ["--runlist", tmp_path / "runs.txt"]
        (tmp_path / "runs.txt").write_text("69600\n69605\n")

    def found(*words: object) -> list[int]:
        return [job["runnumber"] for job in workspace.json("submit", "-c", rules, "-r", "seed", "-n", *words)["jobs"]]

    assert found(*chosen) == [69605, 69600]
    assert found("--runs", 69600, 69605) == [69605, 69603, 69600]
    query = workspace.run("submit", "-c", rules, "-r", "seed", "--print-query", *chosen, quiet=False)
    assert query.code == 0
    as_json, as_lists = '[{"low":69600,"high":69600},{"low":69605,"high":69605}]', "'{69600,69605}' AS int[])), (SELECT"
    assert (as_json if workspace.cluster is None else as_lists) in query.out


# ---- a process-table grep that takes any wrapper for a running instance


def test_a_wrapper_with_the_same_command_line_is_no_pass(workspace: Workspace, rules: Path) -> None:
    words = ["prodcli", "submit", "-c", str(rules), "-r", "triggered"]
    wrapper = subprocess.Popen([sys.executable, "-c", "input()", *words], stdin=subprocess.PIPE)
    try:
        assert submitted(workspace, rules, "triggered") > 0
    finally:
        wrapper.communicate(b"\n")


# ---- marking `submitted` before the submission, never storing the proc


def test_rows_are_submitted_only_after_the_submission(
    workspace: Workspace, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    real = LocalBatch.submit
    state = "SELECT status, clusterid, procid FROM production_jobs WHERE rulename = 'tracks' ORDER BY procid"

    def submit(self: LocalBatch, schedd: str, description: Path) -> int:
        seen.append(workspace.sql(state))
        cluster = real(self, schedd, description)
        seen.append(workspace.sql(state))
        return cluster

    monkeypatch.setattr(LocalBatch, "submit", submit)
    count = submitted(workspace, rules, "tracks")
    assert count > 1
    assert seen == [[("submitting", None, None)] * count] * 2
    rows = workspace.sql(state)
    assert [(status, proc) for status, _, proc in rows] == [("submitted", proc) for proc in range(count)]
    assert len({cluster for _, cluster, _ in rows} - {None}) == 1


# ---- one missing file name that ends the whole pass with a traceback


def test_malformed_rows_of_others_end_nothing(workspace: Workspace, rules: Path) -> None:
    add(workspace, "daq", run_of(80003), Run(80004, None, None, None, None))
    add(workspace, "filecatalog", cluster_file(80003))
    insert = (
        "INSERT INTO production_jobs (rulename, tag, dataset, dsttype, filename, runnumber, segment, status)"
        " VALUES (?, ?, 'd', 'DST_TRKR_SEED', ?, 80003, ?, ?)"
    )
    tag = str(load("seed").outtriplet)
    for name, segment, status in ((None, 0, "held"), (None, None, None), ("garbage", None, "failed"), ("", 0, None)):
        workspace.sql(insert, "seed", tag, name, segment, status)
    workspace.sql("INSERT INTO datasets (filename, dataset) VALUES ('garbage', 'x')", role="filecatalog")
    workspace.sql("INSERT INTO datasets (filename, dataset) VALUES ('garbage', 'x')", role="raw")
    file = "DST_TRKR_SEED_run3auau_ana537_2025p010_v001-00080003-00000.root"
    assert planned(workspace, rules, "seed", "--runs", 80003, 80004) == [file]
    assert submitted(workspace, rules, "seed", "--runs", 80003, 80004) == 1
    workspace.ok("harvest")
    for words in ((), ("--by", "run"), ("--by", "segment"), ("--by", "status"), ("--by", "node")):
        lines = workspace.json("query", "--tag", tag, "--runs", 80003, *words)
        assert sum(line["jobs"] for line in lines) == 5, words


# ---- a new database connection for every statement; a query per run


class Counter:
    """Counts connections and statements of the databases."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.connections = self.statements = 0
        for driver in (SQLite, PostgreSQL):
            monkeypatch.setattr(driver, "open", self._counted(driver.open))

    def _counted(self, real: Any) -> Any:
        def open_(driver: Any, read_only: bool) -> Any:
            self.connections += 1
            return _Counted(real(driver, read_only), self)

        return open_


class _Counted:
    """A connection or cursor that counts what it executes."""

    def __init__(self, real: Any, counter: Counter) -> None:
        self._real, self._counter = real, counter

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def cursor(self) -> "_Counted":
        return _Counted(self._real.cursor(), self._counter)

    def execute(self, *words: Any) -> "_Counted":
        self._counter.statements += 1
        self._real.execute(*words)
        return self


def catalog_of(runs: int) -> Catalog:
    """Runs of two hosts each, with what the rules `triggered`, `mvtxme` and `seed` read."""
    made = Catalog()
    for number in range(90001, 90001 + runs):
        made.runs.append(run_of(number))
        for host in ("gl1daq", "seb00", "seb01"):
            made.raw.append(Raw(f"{host}-{number}", number, host, 0, 1, "physics"))
        for leaf in ("intt0", "mvtx1"):
            kind = f"DST_STREAMING_EVENT_{leaf}"
            name = f"{kind}_run3auau_{STREAMING}-{number:08d}-00000.root"
            made.files.append(File(name, number, 0, 1, "run3auau", kind, 1, 1, STREAMING))
        made.files.append(cluster_file(number))
    return made


def cost(folder: Path, workspace: Workspace, runs: int, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, int]]:
    """Connections and statements of a campaign over so many runs, verb by verb."""
    folder.mkdir()
    made = make_workspace(folder, workspace.cluster)
    made.load(catalog_of(runs))
    rules = write_rules(folder / "rules")
    spent = []
    try:
        for rule, jobs in (("triggered", 2 * runs), ("mvtxme", runs), ("seed", runs)):
            for verb in ("-n", ""):
                with monkeypatch.context() as patch:
                    counter = Counter(patch)
                    words = ["--runs", 90001, 99999, *([verb] if verb else [])]
                    answer = made.json("submit", "-c", rules, "-r", rule, *words)
                found = answer["jobs"] if verb else range(sum(cluster["jobs"] for cluster in answer["submitted"]))
                assert len(found) == jobs
                spent.append((f"submit {verb} {rule}", counter.connections, counter.statements))
        for words in (["harvest"], ["harvest"], ["query"], ["query", "--by", "run"]):
            with monkeypatch.context() as patch:
                counter = Counter(patch)
                made.ok(*words)
            spent.append((" ".join(words), counter.connections, counter.statements))
    finally:
        made.drop()
    return spent


def test_connections_and_statements_do_not_grow_with_the_runs(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = cost(tmp_path / "few", workspace, 10, monkeypatch)
    assert cost(tmp_path / "many", workspace, 400, monkeypatch) == few
    assert max(connections for _, connections, _ in few) <= 5  # one for each database, and one to record with
    assert min(statements for _, _, statements in few) > 0
