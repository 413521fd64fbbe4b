"""What is shown while a server does not answer: what the books know, with one warning, and what is waited for."""

import signal
from pathlib import Path

import pytest

from prodcli.batch.local.batch import LocalBatch
from prodcli.errors import BatchError
from tests.support.postgres_server import Cluster
from tests.support.rule_files import write_rules
from tests.support.terminal import Terminal
from tests.support.workspace import ONE_DATABASE, Workspace, make_workspace, seeded_catalog

NOBODY = "odbc:DRIVER={PostgreSQL Unicode};SERVER=127.0.0.1;PORT=1;DATABASE=books"


@pytest.fixture
def master(cluster: Cluster, tmp_path: Path) -> Workspace:
    """A workspace whose books lie on a server that answers."""
    made = make_workspace(tmp_path, cluster)
    made.load(seeded_catalog(1))
    return made


def with_urls(workspace: Workspace, **urls: str) -> None:
    workspace.settings["databases"] |= urls
    workspace.write()


@pytest.mark.postgresql
def test_master_and_replica_stand_in_for_each_other_where_they_are_read(master: Workspace) -> None:
    books, reports = master.settings["databases"]["production"], [("query",), ("rescue", "--dry-run"), ("log",)]
    answers = [master.ok(*words, "--format", "json").out for words in reports]
    for urls in ({"production_read": NOBODY}, {"production": NOBODY, "production_read": books}):
        with_urls(master, **urls)
        for words, known in zip(reports, answers, strict=True):
            answer = master.run(*words, "--format", "json")
            assert (answer.code, answer.out, answer.err.count("\n")) == (0, known, bool(answer.err)), words
            if answer.err:
                assert "PORT=1;DATABASE=books does not answer; PostgreSQL" in answer.err
                assert answer.err.endswith(" is read instead\n")
    assert answer.err  # log reads the master
    assert master.run("harvest").code == 4
    check = master.run("config", "check", "--format", "json")
    assert [one["is"] for one in check.data if one["what"] == "database production"] == ["WRONG"]
    master.drop()


@pytest.mark.postgresql
def test_a_terminal_is_told_what_is_waited_for(master: Workspace) -> None:
    with_urls(master, production=NOBODY)
    terminal = Terminal(master, "log", quiet=False)
    terminal.read_until("PORT=1;DATABASE=books: does not answer, retrying (2 of 6)\n")
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.end()[0] == 130
    for quiet, redirected in ((True, ""), (False, "2>err")):
        code, shown = Terminal(master, "log", redirected, quiet).end()
        assert (code, shown.count("\n")) == (4, quiet), shown
    assert "retrying" not in (master.folder / "err").read_text()
    master.drop()


@ONE_DATABASE
def test_held_jobs_are_shown_as_the_last_harvest_left_them(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.load(seeded_catalog(1))
    rules = write_rules(workspace.folder / "rules")
    workspace.ok("submit", "-c", rules, "-r", "mvtxme", "--maxjobs", 2)
    workspace.ok("hold", "--state", "submitted", "--yes")
    known = {verb: workspace.json(*verb) for verb in (("held",), ("rescue", "--dry-run"))}
    assert known[("held",)][0]["jobs"] == 2

    def silent(*_: object, **__: object) -> None:
        raise BatchError("no answer", where="schedd local")

    monkeypatch.setattr(LocalBatch, "changes", silent)
    for verb in (("held",), ("rescue",)):
        answer = workspace.run(*verb, "--format", "json")
        assert answer.err == (
            "prodcli: no schedd answers: schedd local: no answer (the table shows the books as of the last harvest)\n"
        )
        assert answer.code == (5 if verb == ("rescue",) else 0)  # nothing can be done about them
        assert answer.data == known[verb if verb == ("held",) else ("rescue", "--dry-run")]
    assert workspace.json("rescue", "--dry-run") == known[("rescue", "--dry-run")]


@ONE_DATABASE
def test_a_host_without_its_schedd_shows_the_jobs_of_those_that_were_harvested(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.load(seeded_catalog(1))
    rules = write_rules(workspace.folder / "rules")
    words = ("-c", rules, "-r", "mvtxme")
    workspace.ok("submit", *words, "--maxjobs", 2)
    workspace.ok("hold", "--state", "submitted", "--yes")
    reports = [("held",), ("rescue", "--dry-run"), ("why", *words)]
    known = [workspace.json(*report) for report in reports]

    def unknown(_: object) -> None:
        raise BatchError("this host has no schedd", where="HTCondor")

    monkeypatch.setattr(LocalBatch, "schedds", unknown)
    assert [workspace.run(*report, "--format", "json").data for report in reports] == known
    assert workspace.run("kill", "--state", "held", "--yes").code == 5


@ONE_DATABASE
def test_why_shows_what_the_books_know_where_a_catalog_does_not_answer(workspace: Workspace) -> None:
    workspace.load(seeded_catalog(1))
    words = ("-c", write_rules(workspace.folder / "rules"), "-r", "mvtxme")
    workspace.ok("submit", *words, "--maxjobs", 2)
    with_urls(workspace, daq=f"sqlite:///{workspace.folder}/nowhere.db")
    answer = workspace.run("why", *words)
    assert (answer.code, answer.err.count("\n")) == (4, 1)
    assert "nowhere.db" in answer.err
    title, _, row, *_ = answer.out.splitlines()
    assert title == "mvtxme: jobs in the books; why there are not more cannot be said now"
    assert row.split()[3] == "2"
    assert workspace.run("why", *words, "--format", "json").out == ""
