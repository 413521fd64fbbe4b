"""A site is replaced at once: whatever a writer meets, readers see old pages or new ones, and never a part of a page."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from prodcli.pages import site
from prodcli.pages.page import Page, PageFile
from prodcli.pages.site import write_site
from tests.support.processes import Process
from tests.support.workspace import COMBINATIONS, Workspace

LOCAL = pytest.mark.parametrize(("database", "batch"), COMBINATIONS[:1])
PAGES, TURNS = 4, 25
KILLED_WHILE_IT_WRITES = """
import os, signal, sys
from pathlib import Path
from prodcli.pages.site import write_site
from tests.integration.pages.test_site_writing import look

def pages():
    for place, page in enumerate(look(2)):
        if place == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        yield page

write_site(Path(sys.argv[1]), pages(), "now")
"""
KILLED_BETWEEN_TWO_RENAMES = """
import os, shutil, signal, sys
from pathlib import Path
from prodcli.pages import site
from tests.integration.pages.test_site_writing import look

site._exchange = lambda one, other: False
rename = Path.rename

def first_only(one, other):
    rename(one, other)
    os.kill(os.getpid(), signal.SIGKILL)

Path.rename = first_only
site.write_site(Path(sys.argv[1]), look(2), "now")
"""


def look(turn: int) -> Iterator[Page | PageFile]:
    """The pages of a look, each of which names its turn."""
    for place in range(PAGES):
        lines = [f"turn {turn}", *("a line of a long page" for _ in range(200))]
        yield Page(f"{place}.html", "tables.html", f"Turn {turn}", {"lines": lines, "tables": [], "details": []})
    yield PageFile("plot.jobs.0.svg", f"<svg>{turn}</svg>".encode())


def turn_of(page: str) -> int:
    """The turn that a page names; raises AssertionError for a part of a page."""
    assert page.endswith("</html>"), page[-80:]
    return int(page.partition("<p>turn ")[2].partition("<")[0])


def leftovers(folder: Path) -> list[str]:
    """What lies beside a site."""
    return sorted(one.name for one in folder.parent.iterdir() if one != folder)


def dates(folder: Path) -> set[int]:
    """The seconds in which the files of a site were changed."""
    return {int(path.stat().st_mtime) for path in folder.rglob("*")}


def killed(text: str, folder: Path) -> None:
    """Run a writer that kills itself."""
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", text, folder], env={**os.environ, "PYTHONPATH": f"{root}/src:{root}"})
    assert done.returncode == -signal.SIGKILL


def aged(folder: Path) -> None:
    """Let everything beside a site be old."""
    for name in leftovers(folder):
        os.utime(folder.parent / name, (time.time() - 7200,) * 2)


def read_meanwhile(folder: Path, work: Callable[[], None], may_be_missing: bool) -> int:
    """Read all pages in two threads, while work goes on; returns how many were read. Turns never go back."""
    over, counts, wrong = threading.Event(), [0, 0], list[BaseException]()

    def read(reader: int) -> None:
        last = 0
        try:
            while not over.is_set():
                for place in range(PAGES):
                    try:
                        turn = turn_of((folder / f"{place}.html").read_text())
                    except FileNotFoundError:
                        assert may_be_missing
                        continue
                    assert turn >= last
                    last, counts[reader] = turn, counts[reader] + 1
        except BaseException as failure:  # noqa: BLE001 - raised again below
            wrong.append(failure)

    readers = [threading.Thread(target=read, args=(one,)) for one in (0, 1)]
    for one in readers:
        one.start()
    try:
        work()
    finally:
        over.set()
        for one in readers:
            one.join()
    assert wrong == []
    return sum(counts)


def test_files_of_two_looks_in_one_second_differ_in_their_dates(tmp_path: Path) -> None:
    folder, seen = tmp_path / "site", list[int]()
    for turn in (1, 2, 3):
        write_site(folder, look(turn), "now")
        seen += dates(folder)
    assert seen == sorted(set(seen))
    assert len(seen) == 3


@pytest.mark.parametrize("at_once", [True, False], ids=["exchange", "two renames"])
def test_two_readers_never_see_a_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: bool) -> None:
    folder = tmp_path / "site"
    write_site(folder, look(1), "now")
    if not at_once:
        monkeypatch.setattr(site, "_exchange", lambda one, other: False)

    def write() -> None:
        for turn in range(2, TURNS):
            write_site(folder, look(turn), "now")

    assert read_meanwhile(folder, write, may_be_missing=not at_once) > 0
    assert turn_of((folder / "0.html").read_text()) == TURNS - 1
    assert leftovers(folder) == []


def test_a_file_that_is_open_is_read_to_its_end(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    write_site(folder, look(1), "now")
    with (folder / "0.html").open() as page:
        begin = page.read(100)
        write_site(folder, look(2), "now")
        assert turn_of(begin + page.read()) == 1


def test_a_writer_that_is_killed_leaves_the_old_pages(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    write_site(folder, look(1), "now")
    killed(KILLED_WHILE_IT_WRITES, folder)
    assert {turn_of((folder / f"{place}.html").read_text()) for place in range(PAGES)} == {1}
    write_site(folder, look(3), "now")
    assert len(leftovers(folder)) == 1, "another writer may be at work there"
    aged(folder)
    write_site(folder, look(4), "now")
    assert leftovers(folder) == []


def test_a_writer_that_is_killed_between_two_renames_is_followed_by_the_next(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    write_site(folder, look(1), "now")
    killed(KILLED_BETWEEN_TWO_RENAMES, folder)
    assert not folder.exists()
    write_site(folder, look(3), "now")
    assert turn_of((folder / "0.html").read_text()) == 3
    aged(folder)
    write_site(folder, look(4), "now")
    assert leftovers(folder) == []


def test_folders_of_others_beside_a_site_stay(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    for name in (".site-notes", "site-old", ".sites"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "one.txt").touch()
    write_site(folder, look(1), "now")
    aged(folder)
    write_site(folder, look(2), "now")
    assert leftovers(folder) == [".site-notes", ".sites", "site-old"]


@LOCAL
@pytest.mark.parametrize(("sign", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 0)])
def test_a_watch_writes_again_and_again_until_a_signal(real: Workspace, sign: signal.Signals, code: int) -> None:
    folder = real.folder / "site"
    process = Process(real, "dashboard", "html", folder, "--watch", 1)
    inodes: set[int] = set()
    deadline = time.monotonic() + 100
    while len(inodes) < 3 and time.monotonic() < deadline:
        if folder.exists():
            inodes.add(folder.stat().st_ino)
        time.sleep(0.05)
    process.send(sign)
    answer = process.end()
    assert (answer.code, len(inodes) >= 3) == (code, True), answer
    assert "Traceback" not in answer.err
    assert (folder / "index.html").read_text().endswith("</html>")
    assert [one.name for one in real.folder.iterdir() if one.name.startswith(".site")] == []
