"""The documentation has every verb, option, key and reason, its links lead somewhere, and its SQL works."""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main

from prodcli import errors
from prodcli.campaigns.request_form import lacks
from prodcli.cli.app import app
from prodcli.config import settings
from prodcli.config.find_config import FILE
from prodcli.config.profile import DIRECTORIES
from prodcli.config.yaml_files import read_yaml
from prodcli.names import placeholders
from prodcli.reasons import Reason
from prodcli.rules.check import IGNORED, REFUSED
from prodcli.rules.layout import FIRST_OUTPUT, MACROS, PLACES, SEED, Layout
from prodcli.rules.load import load_rule
from prodcli.rules.model import SECTIONS, Filesystem
from prodcli.steering.read import hosts_in, read_steering
from tests.support.postgres_server import Cluster
from tests.support.rule_files import REPOSITORY, RULES, write_rules
from tests.support.workspace import Workspace, make_workspace, seeded_catalog

DOCS = REPOSITORY / "docs"
PAGES = (REPOSITORY / "README.md", *sorted(DOCS.glob("*.md")), REPOSITORY / "prodflow-examples" / "README.md")
HEADING = re.compile(r"(?m)^#+ +(.+)$")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
BLOCK = re.compile(r"(?ms)^```(\w+)\n(.*?)^```$")
ROLES = ("prodcli_read", "prodcli_submit")


def _called(file: Path) -> str:
    return str(file.relative_to(REPOSITORY))


def page(name: str) -> str:
    """A page of docs/."""
    return (DOCS / name).read_text()


def sections(text: str) -> list[str]:
    """The parts of a page, each from its heading on."""
    starts = [0, *(found.start() for found in HEADING.finditer(text)), len(text)]
    return [text[low:high] for low, high in zip(starts, starts[1:], strict=False)]


def section(text: str, heading: str) -> str:
    """The part below a heading, with what is below its own subheadings."""
    return re.split(rf"(?m)^## {re.escape(heading)}$", text)[1].split("\n## ")[0]


def rows(text: str) -> dict[str, str]:
    """The rows of all tables by what stands in backticks in the first column."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return {key: line for line in lines for key in re.findall(r"`([^`]+)`", line.split(" | ")[0])}


def says(text: str, word: str) -> bool:
    """True if a text has a word that is none of a longer option's."""
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text) is not None


@cache
def verbs() -> dict[str, Any]:
    """The commands by what people type."""
    root: Any = typer.main.get_command(app)
    return {"": root} | dict(_below(root, ()))


def _below(group: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if command.hidden:
            continue
        words = (*path, name)
        if getattr(command, "commands", None):
            yield from _below(command, words)
        else:
            yield " ".join(words), command


def options(verb: str) -> list[tuple[str, ...]]:
    """The options of a verb that are not hidden, each with all its names."""
    found = [p for p in verbs()[verb].params if p.param_type_name == "option" and not getattr(p, "hidden", False)]
    return [(*p.opts, *p.secondary_opts) for p in found if "--help" not in p.opts]


@pytest.mark.parametrize("verb", [verb for verb in verbs() if verb])
def test_verbs_are_documented_with_their_options(verb: str) -> None:
    about = [part for file in PAGES for part in sections(file.read_text()) if says(part, f"prodcli {verb}")]
    assert about, f"no page says `prodcli {verb}`"
    everywhere = "".join(file.read_text() for file in PAGES)
    for names in options(verb):
        # an option that many verbs share is explained once
        shared = sum(names in options(other) for other in verbs()) > 2
        for name in names:
            assert any(says(part, name) for part in ([everywhere] if shared else about)), f"{verb} {name}"


def test_common_options_are_documented() -> None:
    for names in options(""):
        for name in names:
            assert says(page("guide.md"), name), name


@pytest.mark.parametrize("file", PAGES, ids=_called)
def test_commands_in_the_pages_exist(file: Path) -> None:
    for line in re.findall(r"(?m)^ {4}(?:.*&& )?prodcli (.+)$", file.read_text()):
        for command in re.split(r"; prodcli ", line.split(" #")[0]):
            words = [word for word in shlex.split(command) if word != "VERB"]
            ours = [verb for verb in verbs() if verb and f" {' '.join(words)} ".find(f" {verb} ") >= 0]
            known = {name for verb in ("", *ours) for names in options(verb) for name in (*names, "--help")}
            typed = {word for word in words if word.startswith("-")}
            assert typed <= known and (ours or typed), command


@pytest.mark.parametrize("name", SECTIONS)
def test_rule_keys_are_documented(name: str) -> None:
    known = rows(section(page("rules.md"), name))
    extra = {"input": {*IGNORED, *REFUSED}, "job": {"mem"}}.get(name, set())
    for key in {*SECTIONS[name].model_fields, *extra}:
        assert key in known, f"{name}.{key}"


def test_directories_of_a_rule_are_documented() -> None:
    assert set(Filesystem.model_fields) == set(DIRECTORIES)
    roots = rows(section(page("configuration.md"), "Keys"))["roots"]
    for text in (rows(page("rules.md"))["filesystem"], roots):
        assert all(f"`{kind}`" in text for kind in DIRECTORIES)


@pytest.fixture(scope="module")
def effective(tmp_path_factory: pytest.TempPathFactory) -> settings.Config:
    """The configuration of an empty file."""
    file = tmp_path_factory.mktemp("site") / FILE
    file.write_text("{}\n")
    return settings.load_config(file, file.parent)


def test_defaults_of_rules_are_documented(effective: settings.Config) -> None:
    for name, defaults in effective.site.defaults.items():
        known = rows(section(page("rules.md"), name))
        for key, value in defaults.items():
            assert f"`{value}`" in known[key], f"{name}.{key}: {value}"


def test_config_keys_are_documented(effective: settings.Config) -> None:
    known = rows(section(page("configuration.md"), "Keys"))
    own = {key: value.value for key, value in effective.values.items() if not key.startswith("site.")}
    for key, value in own.items():
        assert key in known, key
        assert f"`{value}`" in known[key] or value == "", f"{key}: {value}"
    for key in ("roots", "site", "testbed", *(f"databases.{name}" for name in settings.DATABASES)):
        assert key in known, key
    known = rows(section(page("configuration.md"), "The site profile"))
    for key in {key.split(".")[1] for key in effective.values if key.startswith("site.")}:
        assert key in known, f"site.{key}"


def test_placeholders_are_documented(effective: settings.Config, tmp_path: Path) -> None:
    layout = Layout(load_rule(write_rules(tmp_path), "mvtxme", effective.site))
    places = {"outbase", "logbase", "root", *DIRECTORIES, "log", "output", "error", "initialdir"}
    known = rows(section(page("rules.md"), "Placeholders"))
    assert {key[1:-1] for key in known} == {*layout.constants, *MACROS, *FIRST_OUTPUT, *PLACES, *SEED, *places}


def test_arguments_are_documented_by_position(effective: settings.Config) -> None:
    table = re.findall(r"(?m)^\| (\d+) \| `(\w+)` \|", section(page("rules.md"), "Arguments"))
    assert table == [(str(i), name) for i, name in enumerate(placeholders(effective.site.arguments), start=1)]


def test_reasons_are_in_the_guide_in_order() -> None:
    known = rows(section(page("guide.md"), "Why is it not submitted?"))
    assert list(known) == [reason.value for reason in Reason]


def test_exit_codes_are_documented() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.ProdError)]
    table = re.findall(r"(?m)^\| (\d+) \| ", section(page("operations.md"), "Exit codes"))
    assert {int(code) for code in table} == {0} | {kind.exit_code for kind in kinds}


def anchors(file: Path) -> set[str]:
    """The headings of a page, as links name them."""
    text = BLOCK.sub("", file.read_text())
    words = (re.sub(r"[^\w\- ]", "", heading.casefold()) for heading in HEADING.findall(text))
    return {heading.strip().replace(" ", "-") for heading in words}


@pytest.mark.parametrize("file", PAGES, ids=_called)
def test_links_lead_somewhere(file: Path) -> None:
    for link in LINK.findall(file.read_text()):
        if "://" in link:
            continue
        target, _, anchor = link.partition("#")
        there = (file.parent / target).resolve() if target else file
        assert there.exists(), link
        assert not anchor or anchor in anchors(there), link


@pytest.mark.parametrize("file", PAGES, ids=_called)
def test_test_files_that_a_page_names_exist(file: Path) -> None:
    there = {found.name for found in (REPOSITORY / "tests").rglob("test_*.py")}
    assert set(re.findall(r"\btest_\w+\.py\b", file.read_text())) <= there


@pytest.mark.parametrize("file", PAGES, ids=_called)
def test_yaml_in_the_pages_loads(file: Path, tmp_path: Path, effective: settings.Config) -> None:
    """A rule is one of the site that the last configuration of its page before it has."""
    site = effective.site
    for kind, block in BLOCK.findall(file.read_text()):
        if kind != "yaml":
            continue
        path = tmp_path / "block.yaml"
        path.write_text(block)
        if "  params:" in block:
            load_rule(path, None, site)
        elif "  defaultlocations:" in block:
            hosts = [read_steering(path, host) for host in hosts_in(path)]
            assert [one.problems or one.warnings for one in hosts if one.rules] == [()] * len(hosts)
        elif "requester:" in block:
            assert lacks(read_yaml(path, errors.ConfigError), site.dsttypes) == []
        else:
            site = settings.load_config(path, tmp_path).site
            assert site.dsttypes


@pytest.fixture
def granted(cluster: Cluster, tmp_path: Path) -> Iterator[Workspace]:
    """Books of which the two roles of the documentation may do what it grants them."""
    workspace = make_workspace(tmp_path, cluster)
    workspace.load(seeded_catalog(1))
    owner = dict(workspace.settings["databases"])
    books = _name(owner["production"])
    try:
        for kind, block in BLOCK.findall(page("configuration.md")):
            if kind == "sql":
                cluster.psql(books, block)
        cluster.psql(_name(owner["daq"]), "GRANT SELECT ON run, hostinfo TO prodcli_read")
        cluster.psql(_name(owner["raw"]), "GRANT SELECT ON datasets, files TO prodcli_read")
        cluster.psql(
            _name(owner["filecatalog"]),
            "GRANT SELECT ON datasets, files TO prodcli_read; GRANT SELECT, INSERT ON datasets, files TO prodcli_submit",
        )
        yield workspace
    finally:
        workspace.drop()
        for url in owner.values():
            cluster.drop(_name(url))
        cluster.psql("postgres", "".join(f"DROP ROLE IF EXISTS {role};" for role in ROLES))


def _name(url: str) -> str:
    return url.partition("DATABASE=")[2].partition(";")[0]


def become(workspace: Workspace, role: str, *databases: str) -> None:
    """Let the workspace connect to databases as a role."""
    urls = workspace.settings["databases"]
    for name in databases:
        urls[name] = re.sub(r"UID=\w+", f"UID={role}", urls[name])
    workspace.write()


@pytest.mark.postgresql
def test_the_roles_may_do_what_they_need_and_no_more(granted: Workspace) -> None:
    rules = write_rules(granted.folder / "rules")
    rule = ("-c", rules, "-r", "mvtxme")
    become(granted, "prodcli_read", "production", "filecatalog", "raw", "daq")
    for words in (
        ("submit", *rule, "-n"),
        ("submit", *rule, "--print-query"),
        ("query",),
        ("memory", "advise"),
        ("plot", "progress"),
        ("plot", "slots", "--format", "json"),
        ("mask", "list"),
        ("cursor", "show"),
        ("loop", "status"),
        ("production", "list"),
        ("graph", "-c", rules),
        ("runs", "invalid", "list"),
        ("files", "--runs", 66468),
        ("tape", "--runs", 66468),
        ("data", "list"),
        ("usage",),
        ("validate", *rule, "--runs", 66468, "--reason", "x", "-n"),
        ("nodes",),
        ("nodes", "exclude", "list"),
        ("nodes", "exclude", "add", "spool1", "--reason", "x", "-n"),
        ("db", "status"),
        ("db", "check"),
        ("config", "check"),
        ("reconcile", "-n"),
        ("log",),
        ("kill", "--state", "submitted", "-n"),
        ("abort", "ana537_2025p010_v001", "-n"),
        ("digest", "-n"),
        ("scout", *rule),
        ("rescue", "-n"),
        ("why", "-c", rules, "--runs", 66400, 66700, "--ignore-state", "held", "--assume-mask", "TPC17"),
        ("why", "-c", rules, "--runs", 66468),
    ):
        granted.ok(*words)
    assert granted.run("db", "rebuild-rollup").code == 4
    assert granted.run("submit", *rule).code == 4
    assert granted.run("mask", "add", "TPC17", "--runs", 1, "--reason", "x").code == 4
    assert granted.run("cursor", "set", 1, *rule).code == 4
    broken = ("data", "set", "broken", *rule, "--runs", "66400-66700", "--reason", "x", "--yes")
    assert granted.run(*broken).code == 4
    assert granted.run("nodes", "exclude", "add", "spool1", "--reason", "x", "--yes").code == 4
    become(granted, "prodcli_submit", "production")
    granted.ok("mask", "add", "TPC17", "--runs", 1, "--reason", "x")
    granted.ok("runs", "invalid", "add", "--runs", 1, "--reason", "x")
    granted.ok("mask", "remove", 1, "--yes")
    granted.ok("cursor", "set", 1, *rule)
    granted.ok("cursor", "ratchet", 2, *rule)
    granted.ok(*broken)
    granted.ok("data", "set", "open", *broken[3:])
    granted.ok("runs", "invalid", "remove", 1, "--yes")
    granted.sql("INSERT INTO production_productions VALUES ('calo', '/calo', 'open', '', 'x', now(), now())")
    granted.ok("production", "stop", "calo", "--reason", "x", "--yes")
    granted.ok("production", "resume", "calo", "--reason", "x")
    granted.ok("mask", "auto", "--runs", 1)
    granted.ok("nodes", "exclude", "add", "spool1", "--reason", "x", "--yes")
    granted.ok("nodes", "exclude", "remove", "spool1", "--yes")
    granted.ok("digest")
    granted.ok("abort", "ana537_2025p010_v001", "--yes")
    granted.ok("production", "resume", "ana537_2025p010_v001")
    assert granted.json("submit", *rule)["submitted"][0]["jobs"] > 0
    (cluster,) = granted.sql("SELECT DISTINCT clusterid FROM production_jobs WHERE schedd IS NOT NULL")[0]
    granted.sql("DELETE FROM production_jobs WHERE schedd IS NOT NULL")
    granted.ok("reconcile", "--adopt", cluster)
    granted.ok("hold", "--cluster", cluster, "--yes")
    granted.ok("release", "--cluster", cluster, "--yes", "--user-holds")
    granted.ok("local", "run", "--drain")
    granted.ok("harvest")
    (line,) = granted.json("query", "--rule", "mvtxme", "--tag", "ana537_2025p010_v001", "--since", "1h")
    assert line["finished"] == line["jobs"] > 0
    assert granted.sql("SELECT COUNT(*) FROM production_attempts WHERE status = 'finished'") == [(line["finished"],)]
    assert granted.sql("SELECT COUNT(*) FROM production_rollup_delta") == [(0,)]
    granted.ok("db", "rebuild-rollup")
    granted.ok("db", "check")
    steered = write_rules(granted.folder / "steered", {"mvtxme": RULES["mvtxme"]})
    granted.ok("loop", steered, "--once", "--plain")
    granted.ok("control", "-f", steered)
    _register(granted, rules)
    assert granted.run("db", "upgrade").code == 4


def _register(workspace: Workspace, rules: Path) -> None:
    folder = (
        workspace.folder
        / "files/production/run3auau/physics/ana537_2025p010_v001/DST_TRKR_MVTXME/run_00069600_00069700"
    )
    folder.mkdir(parents=True)
    (folder / "DST_TRKR_MVTXME_run3auau_ana537_2025p010_v001-00069650-00000.root").write_text("x")
    become(workspace, "prodcli_submit", "filecatalog")
    assert workspace.json("register", "-c", rules, "-r", "mvtxme", "--runs", 69650)[0]["new"] == 1


def test_sql_of_the_guide_runs(workspace: Workspace) -> None:
    workspace.load(seeded_catalog(1))
    (block,) = [block for kind, block in BLOCK.findall(page("guide.md")) if kind == "sql"]
    assert all(row[1] in ("held", "failed") for row in workspace.sql(block.strip().rstrip(";")))
