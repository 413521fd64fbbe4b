"""`config check` looks at folders, rights and indexes, and says what to do about each."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from prodcli.db.schema import own_tables
from tests.support.postgres_server import Cluster
from tests.support.workspace import ONE_DATABASE, Workspace, make_workspace, seeded_catalog


@pytest.fixture
def served(cluster: Cluster, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace on a server, with a role of its own."""
    made = make_workspace(tmp_path, cluster)
    made.load(seeded_catalog(1))
    cluster.psql("postgres", "CREATE ROLE checker LOGIN")
    yield made
    for database in made.names:
        cluster.psql(database, "DROP OWNED BY checker")
    made.drop()
    cluster.psql("postgres", "DROP ROLE checker")


def checked(workspace: Workspace) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code, and the checks by what they are about."""
    answer = workspace.run("config", "check", "--format", "json")
    return answer.code, {one["what"]: one for one in answer.data}


def name(workspace: Workspace, role: str) -> str:
    """The name of a database on the server."""
    return str(workspace.settings["databases"][role]).partition("DATABASE=")[2].partition(";")[0]


def become_checker(workspace: Workspace, *roles: str) -> None:
    urls = workspace.settings["databases"]
    urls |= {role: urls[role].replace("UID=postgres", "UID=checker") for role in roles}
    workspace.write()


@ONE_DATABASE
def test_folders_are_shown_with_their_space(workspace: Workspace) -> None:
    workspace.load(seeded_catalog(1))
    code, found = checked(workspace)
    assert code == 0
    for what in ("roots", "campaigns", "logs"):
        assert (found[what]["is"], found[what]["todo"]) == ("ok", "")
        assert " free, " in found[what]["detail"]
        assert found[what]["detail"].endswith("% full")


@ONE_DATABASE
def test_a_root_that_is_no_folder_or_cannot_be_written(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.load(seeded_catalog(1))
    (workspace.folder / "taken").touch()
    closed = workspace.folder / "closed"
    closed.mkdir()
    workspace.settings["roots"] |= {"outdir": str(workspace.folder / "taken/x"), "logdir": str(closed / "x")}
    workspace.write()
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != closed and may(path, mode))
    code, found = checked(workspace)
    assert (code, found["roots"]["is"]) == (1, "WRONG")
    assert f"outdir: {workspace.folder}/taken is no folder" in found["roots"]["detail"]
    assert f"logdir: {closed}/x does not exist, and {closed} cannot be written" in found["roots"]["detail"]
    assert found["roots"]["todo"] == "let the account write there, or name other folders in prodcli.yaml"


@ONE_DATABASE
def test_a_root_that_is_too_full(workspace: Workspace) -> None:
    workspace.load(seeded_catalog(1))
    workspace.settings["site"] = {"full_at": {"outdir": 0.0001}}
    workspace.write()
    code, found = checked(workspace)
    assert (code, "and the site allows 0.01 %" in found["roots"]["detail"]) == (1, True)
    assert "prodcli usage" in found["roots"]["todo"]


@pytest.mark.postgresql
def test_an_index_that_planning_needs_is_named_with_its_statement(served: Workspace) -> None:
    assert checked(served)[0] == 0
    for role, statement in (
        ("filecatalog", "DROP INDEX datasets_type_tag_run"),
        ("raw", "DROP INDEX datasets_run_host"),
    ):
        served.sql(statement, role=role)
    code, found = checked(served)
    assert code == 0
    assert found["indexes of filecatalog"] == {
        "what": "indexes of filecatalog",
        "is": "slow",
        "detail": "datasets has no index that begins with dsttype, tag, runnumber: every plan reads all files of its runs",
        "todo": "CREATE INDEX CONCURRENTLY datasets_dsttype_tag_runnumber ON datasets (dsttype, tag, runnumber);",
    }
    for role in ("filecatalog", "raw"):
        served.sql(found[f"indexes of {role}"]["todo"].replace("CONCURRENTLY ", ""), role=role)
    assert [what for what in checked(served)[1] if what.startswith("indexes")] == []


@pytest.mark.postgresql
def test_a_view_needs_no_index(served: Workspace) -> None:
    served.sql("ALTER TABLE datasets RENAME TO everything", role="raw")
    served.sql("CREATE VIEW datasets AS SELECT * FROM everything", role="raw")
    assert [what for what in checked(served)[1] if what.startswith("indexes")] == []


@pytest.mark.postgresql
def test_rights_that_are_missing_are_named_with_their_statement(served: Workspace) -> None:
    become_checker(served, "production", "raw")
    tables = ", ".join(sorted(own_tables("postgresql") - {"production_quarantine"}))
    assert served.cluster is not None
    books, raw, psql = name(served, "production"), name(served, "raw"), served.cluster.psql
    psql(books, f"GRANT SELECT ON {tables} TO checker")
    code, found = checked(served)
    assert code == 4
    assert found["rights in production"]["detail"] == "checker may not read production_quarantine"
    assert found["rights in raw"]["detail"] == "checker may not read datasets"
    for role, database in (("production", books), ("raw", raw)):
        psql(database, found[f"rights in {role}"]["todo"])
    code, found = checked(served)
    assert (code, found["rights in production"]["is"]) == (0, "ok")
    assert found["rights in production"]["detail"].startswith("checker only reads: submit, harvest")
    psql(books, "GRANT INSERT ON production_jobs, production_claims TO checker")
    code, found = checked(served)
    assert (code, found["rights in production"]["is"]) == (4, "WRONG")
    assert "checker may not write to production_action_jobs" in found["rights in production"]["detail"]
    assert "production_dsttypes" not in found["rights in production"]["detail"]
