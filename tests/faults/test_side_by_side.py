"""Several spiders that come between one another's rows and names, and are killed: the newest file of each output stands."""

from __future__ import annotations

import hashlib
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from prodcli.registration import register_staged as service
from prodcli.registration import staged_on_disk
from prodcli.registration.register_staged import Registered, register_staged
from prodcli.registration.staged_names import parse_staged
from tests.support.catalog import Catalog
from tests.support.staged_files import WHEN, base, datasets, folder_of, places, production, stage
from tests.support.workspace import Workspace

NAME = base()
BETWEEN = "staged.catalogued"  # rows are written, names are not
RUNS = (69650, 70000)  # of two folders


@pytest.fixture(autouse=True)
def _empty(workspace: Workspace) -> None:
    """Empty catalogs."""
    workspace.load(Catalog())


def register(workspace: Workspace, *paths: Path) -> Registered:
    """Register staged files."""
    files = [parse_staged(str(path)) for path in paths]
    return register_staged(files, production(workspace), workspace.database("filecatalog"))


def counts(done: Registered) -> tuple[int, ...]:
    """The numbers of new, refreshed, unchanged, superseded and left out files."""
    return tuple(map(len, (done.new, done.refreshed, done.same, done.superseded, done.left_out)))


def between(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Let something happen once, between the rows and the names of a registration."""

    def once(step: str) -> None:
        if step == BETWEEN:
            monkeypatch.undo()
            act()

    monkeypatch.setattr(service, "reached", once)


def test_an_older_file_that_another_process_registers_meanwhile_does_not_win(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_of(workspace)
    new, old = stage(folder, NAME, b"newer", ctime=WHEN + 1, nevents=2000), stage(folder, NAME, b"old")
    said: list[Registered] = []
    between(monkeypatch, lambda: said.append(register(workspace, old)))
    done = register(workspace, new)
    assert (folder / NAME).read_bytes() == b"newer"
    assert (datasets(workspace)[0][3], datasets(workspace)[0][6], len(places(workspace))) == (5, 2000, 1)
    assert (counts(said[0]), counts(done)) == ((0, 1, 0, 0, 0), (0, 1, 0, 1, 0))
    assert Path(done.superseded[0]).read_bytes() == b"old"


class Killed(BaseException):
    """A spider ends at this point, as by kill -9: its transaction is undone, and nothing else is done."""


@dataclass
class Spider:
    """A registration of all staged files in a thread, which goes from one point to the next when it is told."""

    go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    arrived: threading.Event = field(default_factory=threading.Event)
    killed: bool = False
    failure: BaseException | None = None
    thread: threading.Thread | None = None


class Spiders:
    """Some spiders, each of which takes some of the files of a workspace at a time; `free` lets all run to their ends."""

    def __init__(self, workspace: Workspace, chance: random.Random) -> None:
        self.workspace = workspace
        self.chance = chance
        self.members = [Spider() for _ in range(chance.randint(2, 3))]
        self.free = False
        self._own = threading.local()

    def point(self, *_: object) -> None:
        """A point of a registration: wait until this spider is told to go on; raises Killed."""
        spider: Spider | None = getattr(self._own, "spider", None)
        if spider is None or self.free:
            return
        spider.arrived.set()
        spider.go.acquire()
        if spider.killed:
            raise Killed

    def step(self, spider: Spider, kill: bool) -> bool:
        """Let a spider go to its next point or its end; False if it waits for another spider before."""
        spider.arrived.clear()
        if spider.thread is None or not spider.thread.is_alive():
            spider.killed, spider.go = False, threading.Semaphore(0)
            found = [path for path in staged(self.workspace) if self.chance.random() < 0.5]
            spider.thread = threading.Thread(target=self._run, args=(spider, found))
            spider.thread.start()
        else:
            spider.killed = kill
            spider.go.release()
        return spider.arrived.wait(0.05)

    def end(self) -> None:
        """Let all go on to their ends; raises what one of them raised."""
        self.free = True
        for spider in self.members:
            spider.go.release()
        for spider in self.members:
            if spider.thread is not None:
                spider.thread.join(60)
            if spider.failure is not None:
                raise spider.failure

    def _run(self, spider: Spider, found: list[Path]) -> None:
        self._own.spider = spider
        try:
            with suppress(Killed):
                register(self.workspace, *found)
        except BaseException as failure:  # noqa: BLE001 - raised again by `end`
            spider.failure = failure
        spider.arrived.set()


def staged(workspace: Workspace) -> list[Path]:
    """The staged files of all folders, in the order of the disk."""
    return [path for run in RUNS for path in folder_of(workspace, run).glob("*.root:*")]


def files(workspace: Workspace) -> list[Path]:
    """All files, those with two names once."""
    found = [path for run in RUNS for path in folder_of(workspace, run).glob("*")]
    return list({path.stat().st_ino: path for path in found}.values())


@dataclass(frozen=True)
class Made:
    """A file that a job makes: segment of its output, run of its folder, time after WHEN."""

    segment: int
    run: int
    age: int

    @property
    def content(self) -> bytes:
        """What it holds; files of one output can be of one size."""
        return f"made {self.segment} at {self.age:02d}".encode()

    def stage(self, workspace: Workspace) -> None:
        """Write it."""
        said = {"ctime": WHEN + self.age, "nevents": 100 * self.age + self.segment, "dbid": self.age + 1}
        stage(folder_of(workspace, self.run), base(segment=self.segment), self.content, **said)


def outputs(chance: random.Random) -> list[list[Made]]:
    """The files of some outputs, two to four of each, some in another folder."""
    away = chance.choice([0.0, 0.0, 0.3])
    return [
        [Made(segment, RUNS[chance.random() < away], age) for age in chance.sample(range(60), chance.randint(2, 4))]
        for segment in range(5)
    ]


@pytest.fixture
def spiders(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[random.Random], Spiders]]:
    """Make spiders that stand still at every fault point, and before each look at the disk."""
    made: list[Spiders] = []

    def make(chance: random.Random) -> Spiders:
        crew = Spiders(workspace, chance)
        is_gone = service.is_gone

        def looking(*words: Any) -> bool:
            crew.point()
            return is_gone(*words)

        monkeypatch.setattr(service, "reached", crew.point)
        monkeypatch.setattr(staged_on_disk, "reached", crew.point)
        monkeypatch.setattr(service, "is_gone", looking)
        monkeypatch.setattr(service, "CHUNK", 3)
        made.append(crew)
        return crew

    yield make
    for crew in made:
        with suppress(BaseException):
            crew.end()


@pytest.mark.parametrize("seed", [*range(6), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(6, 60))])
def test_the_newest_files_stand_whoever_comes_between(
    workspace: Workspace, spiders: Callable[[random.Random], Spiders], seed: int
) -> None:
    chance = random.Random(seed)
    made = outputs(chance)
    crew = spiders(chance)
    for run in RUNS:
        folder_of(workspace, run).mkdir(parents=True, exist_ok=True)
    for files_of_one in made:
        for one in files_of_one:
            one.stage(workspace)
        for _ in range(chance.randint(1, 20)):
            spider = chance.choice(crew.members)
            for _ in range(chance.choice([1, 1, 2, 5, 20])):
                if not crew.step(spider, chance.random() < 0.02):
                    break
    crew.end()
    register(workspace, *staged(workspace))
    the_newest_stand(workspace, [one for few in made for one in few])


def the_newest_stand(workspace: Workspace, made: list[Made]) -> None:
    """Each output has its newest file and the values of this file, every file is still there, and rows have their files."""
    newest: dict[str, Made] = {}
    for one in sorted(made, key=lambda one: one.age):
        newest[base(segment=one.segment)] = one
    known = {row[0]: row for row in datasets(workspace)}
    rows = {row[1]: row for row in places(workspace)}
    assert sorted(known) == sorted(newest)
    for name, one in newest.items():
        path = folder_of(workspace, one.run) / name
        assert path.read_bytes() == one.content
        assert (known[name][3], known[name][6], known[name][9]) == (len(one.content), 100 * one.age + one.segment, 1)
        assert rows[str(path)][4] == time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(WHEN + one.age))
    for place, row in rows.items():
        content = Path(place).read_bytes()
        assert (row[2], row[3]) == (len(content), hashlib.md5(content, usedforsecurity=False).hexdigest())
    assert Counter(path.read_bytes() for path in files(workspace)) == Counter(one.content for one in made)
    assert staged(workspace) == []
