"""Questions on a terminal: asked below their table, and only of somebody who sees it and can answer."""

import signal
from pathlib import Path

import pytest

from tests.support.terminal import Terminal
from tests.support.workspace import Workspace, make_workspace, seeded_catalog


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with a mask, which may be removed."""
    made = make_workspace(tmp_path)
    made.load(seeded_catalog(1))
    made.ok("mask", "add", "INTT3", "--runs", "66500", "--reason", "off")
    return made


def masks(workspace: Workspace) -> int:
    """How many masks there are."""
    return len(workspace.json("mask", "list"))


def test_a_question_stands_below_its_table(workspace: Workspace) -> None:
    terminal = Terminal(workspace, "mask remove 1")
    terminal.read_until("[y/N] ")
    assert terminal.shown.index("INTT3") < terminal.shown.index("[y/N]")
    terminal.type("y\n")
    assert terminal.end()[0] == 0
    assert masks(workspace) == 0


@pytest.mark.parametrize("answer", ["n\n", "\n", "\x04"])
def test_all_but_yes_is_no(workspace: Workspace, answer: str) -> None:
    terminal = Terminal(workspace, "mask remove 1")
    terminal.read_until("[y/N] ")
    terminal.type(answer)
    code, shown = terminal.end()
    assert (code, shown.splitlines()[-1].endswith("nothing was changed")) == (1, True), shown
    assert masks(workspace) == 1


@pytest.mark.parametrize(
    ("sign", "code", "word"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
def test_a_signal_at_a_question_changes_nothing_and_says_so(
    workspace: Workspace, sign: int, code: int, word: str
) -> None:
    terminal = Terminal(workspace, "mask remove 1")
    terminal.read_until("[y/N] ")
    terminal.process.send_signal(sign)
    ended, shown = terminal.end()
    assert ended == code, shown
    assert shown.splitlines()[-1].endswith(f"[y/N]: {word} at this question; nothing was changed"), shown
    assert masks(workspace) == 1


@pytest.mark.parametrize(
    "redirected", ["<&-", ">&-", "2>&-", "</dev/null", ">/dev/null", ">out", "2>err", "<&- >&- 2>&-"]
)
def test_nobody_is_asked_who_does_not_see_the_table(workspace: Workspace, redirected: str) -> None:
    assert Terminal(workspace, "mask remove 1", redirected).end()[0] == 2
    assert masks(workspace) == 1


def test_with_json_and_csv_nobody_is_asked(workspace: Workspace) -> None:
    workspace.ok("nodes", "exclude", "add", "spool0301", "--reason", "off", "--yes")
    for style in ("json", "csv"):
        code, shown = Terminal(workspace, f"nodes exclude remove spool0301 --format {style}").end()
        assert (code, shown.count("\n")) == (2, 1)
        assert "needs --yes with --format json or csv" in shown
    assert len(workspace.json("nodes", "exclude", "list")) == 1
