"""`prodcli top` in a real tmux: 80x24, resized, and ended by a key and by a signal."""

import os
import signal
import subprocess
from collections.abc import Iterator

import pytest

from tests.support.attributed_jobs import attributed_books
from tests.support.catalog import Catalog
from tests.support.condor_pool import wait_for
from tests.support.tmux import Tmux, top_in_tmux
from tests.support.workspace import ONE_DATABASE, Workspace

BOOKS = attributed_books(19)


@pytest.fixture
def tmux(workspace: Workspace) -> Iterator[Tmux]:
    """A window in which top runs, and then says how it has ended."""
    workspace.load(Catalog([], [], [], []))
    BOOKS.write(workspace)
    with top_in_tmux(workspace) as made:
        yield made


@ONE_DATABASE
@pytest.mark.limit(240)
def test_top_in_tmux(tmux: Tmux, workspace: Workspace) -> None:
    shown = tmux.until("a_b_v001")
    assert len(shown) == 24
    assert shown[0].startswith("prodcli top  production")
    assert max(map(len, shown)) <= 80
    tmux.type("Enter")
    tmux.until("> a_b_v001")
    tmux.resize(130, 40)
    wait_for(lambda: len(tmux.shown()[0]) > 100)
    tmux.resize(80, 24)
    wait_for(lambda: max(map(len, tmux.shown())) <= 80)
    tmux.type("k")
    tmux.until("Esc: back")
    tmux.type("Escape")
    tmux.until("> a_b_v001")
    tmux.type("?")
    tmux.until("Keys of prodcli top")
    tmux.type("Escape")
    tmux.until("> a_b_v001")  # a key that follows Esc at once would be Alt and the key
    tmux.type("/", *"kurs/p", "Enter")  # at once, as a paste comes: no letter is a verb
    tmux.until("filter 'kurs/p'")
    tmux.type("q")
    assert not any("a_b_v001" in line for line in tmux.until("ended 0"))


@ONE_DATABASE
@pytest.mark.limit(240)
def test_a_signal_leaves_the_terminal_as_it_was(tmux: Tmux, workspace: Workspace) -> None:
    tmux.until("a_b_v001")
    pid = int(tmux.run("list-panes", "-F", "#{pane_pid}"))
    children = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=True).stdout.split()
    os.kill(int(children[0]), signal.SIGTERM)
    shown = tmux.until("ended 143")
    assert any("prodcli: terminated" in line for line in shown)
    assert not any("a_b_v001" in line for line in shown)
