"""`prodcli init`: a prodcli.yaml as flags or answers say, books, catalogs without rows, and what is wrong with them."""

import stat
from pathlib import Path

import pytest
import yaml

from tests.support.postgres_server import Cluster
from tests.support.terminal import Terminal
from tests.support.workspace import Answer, Workspace, make_workspace


@pytest.fixture
def anywhere(tmp_path: Path) -> Workspace:
    """A folder to run commands in; its own prodcli.yaml is that of another place."""
    (tmp_path / "other").mkdir()
    return make_workspace(tmp_path / "other")


def init(anywhere: Workspace, *words: object) -> tuple[Path, Answer]:
    """A new folder, and what init answered."""
    folder = anywhere.folder.parent / "new"
    return folder, anywhere.run("init", folder, *words, "--format", "json")


def made(folder: Path) -> Workspace:
    """The workspace that was made."""
    return Workspace(folder, yaml.safe_load((folder / "prodcli.yaml").read_text()))


def test_without_a_word_all_of_it_is_sqlite_and_works(anywhere: Workspace) -> None:
    folder, answer = init(anywhere, "--yes")
    assert (answer.code, {one["is"] for one in answer.data}) == (0, {"ok"}), answer
    workspace = made(folder)
    assert sorted(workspace.settings["databases"]) == ["daq", "filecatalog", "production", "raw"]
    assert workspace.settings["batch"] == {"system": "local"}
    assert set(workspace.settings["roots"].values()) == {"output"}
    assert {one["is"] for one in workspace.json("config", "check")} == {"ok"}
    assert workspace.json("query") == workspace.json("files", "--runs", 66500) == []


def test_a_file_that_is_there_stays_as_it_is(anywhere: Workspace) -> None:
    before = anywhere.file.read_text()
    answer = anywhere.run("init", anywhere.folder, "--yes")
    assert (answer.code, "nothing was changed" in answer.err) == (2, True)
    assert anywhere.file.read_text() == before
    assert [file.name for file in anywhere.folder.iterdir()] == ["prodcli.yaml"]


@pytest.mark.postgresql
def test_books_are_made_on_a_server_and_those_of_other_tools_are_left_alone(
    anywhere: Workspace, cluster: Cluster
) -> None:
    cluster.create("init_new")
    cluster.create("init_old")
    cluster.psql("init_old", "CREATE TABLE production_jobs (id int)")
    url = cluster.odbc("init_new")
    folder, answer = init(anywhere, "--production", url.removeprefix("odbc:"), "--root", "/tmp")  # noqa: S108
    found = {one["what"]: one for one in answer.data}
    assert found["books"]["detail"].startswith("made: PostgreSQL ")
    assert (found["database production"]["is"], answer.code) == ("ok", 3)  # the catalogs are not named
    assert made(folder).settings["databases"] == {"production": url}
    (folder / "prodcli.yaml").unlink()
    _, answer = init(anywhere, "--production", cluster.odbc("init_old"))
    found = {one["what"]: one for one in answer.data}
    assert found["books"]["detail"].startswith("there are books already: ")
    assert (found["database production"]["is"], answer.code) == ("WRONG", 4)
    assert cluster.psql("init_old", "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == "1\n"
    for name in ("init_new", "init_old"):
        cluster.drop(name)


def test_what_databases_are_called(anywhere: Workspace) -> None:
    words = (
        "--production",
        "books",
        "--raw",
        "/data/raw.db",
        "--daq",
        "DSN=daq;UID=a",
        "--schedds",
        "a@pool",
        "b@pool",
    )
    folder, _ = init(anywhere, *words, "--collector", "cm")
    settings = made(folder).settings
    assert settings["databases"] == {
        "production": "odbc:DSN=books",
        "raw": "sqlite:////data/raw.db",
        "daq": "odbc:DSN=daq;UID=a",
    }
    assert settings["batch"] == {"system": "htcondor", "schedds": ["a@pool", "b@pool"], "collector": "cm"}
    assert "roots" not in settings


def test_a_password_is_for_its_owner_alone(anywhere: Workspace) -> None:
    folder, answer = init(anywhere, "--production", 'DRIVER={none};SERVER=x;PWD=very"secret\\')
    assert made(folder).settings["databases"]["production"] == 'odbc:DRIVER={none};SERVER=x;PWD=very"secret\\'
    assert stat.S_IMODE((folder / "prodcli.yaml").stat().st_mode) == 0o600
    assert "secret" not in answer.out + answer.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--profile", "nobodys"), 3),
        (("--production", "sqlite:x"), 3),
        (("--batch", "slurm"), 2),
    ],
)
def test_nothing_is_left_of_a_configuration_that_cannot_be(
    anywhere: Workspace, words: tuple[str, ...], code: int
) -> None:
    folder = anywhere.folder.parent / "new"
    answer = anywhere.run("init", folder, *words)
    assert (answer.code, answer.err.count("\n")) == (code, 1), answer
    assert not (folder / "prodcli.yaml").exists()


def test_a_terminal_is_asked(anywhere: Workspace) -> None:
    terminal = Terminal(anywhere, f"init {anywhere.folder}/new")
    for question, answer in (
        ("The books: ", "books.db"),
        ("The replica of the books, for reports (Enter: none): ", ""),
        ("The file catalog: produced files (Enter: none): ", "files.db"),
        ("The raw catalog: raw files (Enter: none): ", "raw.db"),
        ("The run catalog (Enter: none): ", "runs.db"),
        ("Batch system, local or htcondor (Enter: local): ", "slurm"),
        ("htcondor (Enter: local): ", ""),
        ("Folder of what jobs write (Enter: output): ", "/data/out"),
    ):
        terminal.read_until(question)
        terminal.shown = ""
        terminal.type(f"{answer}\n")
    code, shown = terminal.end()
    assert (code, "WRONG" in shown) == (0, False), shown
    settings = made(anywhere.folder / "new").settings
    assert settings["databases"] == {
        "production": "sqlite:///books.db",
        "filecatalog": "sqlite:///files.db",
        "raw": "sqlite:///raw.db",
        "daq": "sqlite:///runs.db",
    }
    assert settings["roots"]["outdir"] == "/data/out"
