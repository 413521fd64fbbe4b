"""No secret of the configuration is in anything that a command writes: stdout, stderr, logs, campaign folders."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.rule_files import write_rules
from tests.support.workspace import ONE_DATABASE, Workspace, seeded_catalog

SECRET = "S3cr3t"  # noqa: S105 - what is looked for
DRIVER = "odbc:DRIVER=none;SERVER=127.0.0.1;PORT=1"


def betraying(workspace: Workspace) -> list[Path]:
    """The files in the folder of a workspace that hold the secret, but its configuration."""
    files = [one for one in workspace.folder.rglob("*") if one.is_file() and one != workspace.file]
    return [one for one in files if SECRET.encode() in one.read_bytes()]


def shows_nothing(workspace: Workspace, words: Sequence[object]) -> int:
    """Run a command, also with its log on stderr; the exit code of it."""
    code = 0
    for more in ((), ("--log",)):
        answer = workspace.run(*more, *words, quiet=False)
        code = answer.code
        assert SECRET not in answer.out, (words, answer.out)
        assert SECRET not in answer.err, (words, answer.err)
        assert "Traceback" not in answer.err
    assert betraying(workspace) == [], words
    return code


@pytest.fixture
def rules(workspace: Workspace) -> Path:
    """A workspace with a catalog and rules."""
    workspace.load(seeded_catalog(1))
    return write_rules(workspace.folder / "rules")


@pytest.mark.parametrize(
    "url",
    [
        f"http://user:{SECRET}@127.0.0.1:1/runs",
        f"https://user:{SECRET}/{SECRET}@127.0.0.1:1/runs",
        f"http://{SECRET}@127.0.0.1:1/runs",
        f"http://127.0.0.1:1/runs?token={SECRET}&format=txt",
        f"http://127.0.0.1:1/runs?a=1&X-Amz-Signature={SECRET}",
        f"http://user:{SECRET} x@127.0.0.1:1/runs",
        f"http://user:{SECRET}@[::1/runs",
        f"http://user:{SECRET}",
        f"ftp://user:{SECRET}@127.0.0.1/runs",
        f"file:///nowhere/runs?token={SECRET}",
    ],
)
def test_a_selectors_url(workspace: Workspace, rules: Path, url: str) -> None:
    workspace.settings["selectors"] = {"mine": {"url": url}}
    workspace.write()
    rule = ("-c", rules, "-r", "mvtxme", "--runs", "mine")
    assert shows_nothing(workspace, ("submit", *rule, "-n"))
    assert shows_nothing(workspace, ("submit", *rule))
    assert shows_nothing(workspace, ("submit", *rule, "--print-query"))
    for style in ("table", "json", "csv"):
        shows_nothing(workspace, ("config", "show", "--format", style))
    shows_nothing(workspace, ("config", "check"))


@pytest.mark.parametrize(
    "value",
    [
        f"{DRIVER};UID=u;PWD={SECRET}",
        f"{DRIVER};PWD={{{SECRET};x}}",
        f"{DRIVER};PWD={{{SECRET}",
        f"{DRIVER};Password={SECRET} {SECRET}",
        f"odbcc:PWD={SECRET}",
        f"PWD={SECRET}",
        f"postgresql://u:{SECRET}@127.0.0.1:1/books",
        f"postgresql://u:{SECRET}",
    ],
)
@pytest.mark.parametrize("role", ["production", "daq"])
def test_a_databases_url(workspace: Workspace, rules: Path, role: str, value: str) -> None:
    no_command_shows_the_url(workspace, rules, role, value)


@ONE_DATABASE  # every command ends with the configuration
@pytest.mark.parametrize(
    "value",
    [
        [f"odbc:PWD={SECRET}"],
        {"DSN": "x", "PWD": SECRET},
        {"password": SECRET},
        {"x": f"odbc:DRIVER=a-driver-with-a-long-name;SERVER=somewhere;PWD={SECRET}"},
    ],
)
@pytest.mark.parametrize("role", ["production", "daq"])
def test_a_databases_url_that_is_no_text(workspace: Workspace, rules: Path, role: str, value: object) -> None:
    assert no_command_shows_the_url(workspace, rules, role, value) == {3}


def no_command_shows_the_url(workspace: Workspace, rules: Path, role: str, value: object) -> set[int]:
    """Run commands of every kind with an URL in the configuration; their exit codes."""
    workspace.settings["databases"][role] = value
    workspace.write()
    rule = ("-c", rules, "-r", "mvtxme")
    commands: tuple[tuple[object, ...], ...] = (
        ("submit", *rule, "-n"),
        ("submit", *rule, "--print-query"),
        ("submit", *rule),
        ("harvest",),
        ("rescue",),
        ("query",),
        ("config", "check"),
        ("config", "check", "--format", "json"),
        ("config", "show"),
        ("config", "show", "--format", "json"),
        ("db", "status"),
        ("why", *rule, "--runs", 1),
    )
    return {shows_nothing(workspace, words) for words in commands}


@ONE_DATABASE  # it ends before any is opened
@pytest.mark.parametrize("text", [f"  daq: 'odbc:PWD={SECRET}", f"  daq: [odbc:PWD={SECRET}", f"  daq: @PWD={SECRET}"])
def test_a_configuration_that_is_no_yaml(workspace: Workspace, text: str) -> None:
    workspace.file.write_text(workspace.file.read_text() + f"\nmore:\n{text}\n")
    assert shows_nothing(workspace, ("config", "show")) == 3


def test_what_people_say_and_what_is_kept_of_it(workspace: Workspace, rules: Path) -> None:
    words = ("submit", "-c", rules, "-r", "mvtxme", "--runs", f"mine(http://u:{SECRET}@h)")
    shows_nothing(workspace, words)
    shows_nothing(workspace, ("--site", f"http://u:{SECRET}@h/prodcli.yaml", "query"))
    shows_nothing(workspace, ("harvest", f"--token=PWD={SECRET}"))
    shows_nothing(workspace, ("query", "--tag", f"PWD={SECRET}"))
    shows_nothing(workspace, ("release", "--tag", f"https://h?token={SECRET}", "--yes"))


def test_sql_that_carries_a_password_is_shown_without(workspace: Workspace, rules: Path) -> None:
    workspace.settings["selectors"] = {
        "mine": {"sql": f"SELECT runnumber FROM run WHERE 'password={SECRET}' <> ''", "database": "daq"}  # noqa: S608
    }
    workspace.write()
    shows_nothing(workspace, ("submit", "-c", rules, "-r", "mvtxme", "--runs", "mine", "--print-query"))
    shows_nothing(workspace, ("submit", "-c", rules, "-r", "mvtxme", "--runs", "mine"))
    shows_nothing(workspace, ("config", "show"))
