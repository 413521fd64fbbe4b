"""kill -9 at every step of a spider, and several spiders at once: no content is lost, no row is of another file."""

import hashlib
import resource
import signal
import time
from pathlib import Path

import pytest

from prodcli.fault_points import STEPS
from prodcli.registration.register_staged import CHUNK
from tests.faults.conftest import LONG, LONG_POSTGRESQL, LONG_SQLITE, POSTGRESQL, SQLITE, MakeWorkspace
from tests.support import processes
from tests.support.catalog import Catalog
from tests.support.staged_files import WHEN, base, folder_of, stage
from tests.support.workspace import Workspace

STAGED = [step for step in STEPS if step.startswith("staged.")]
SHORT = {("sqlite", "staged.catalogued"), ("sqlite", "staged.kept"), ("postgresql", "staged.renamed:kill:3")}
FILES = 12


def cases() -> list[object]:
    """Every step on both databases; a few that are quick and tell most are not `long`."""
    steps = (*STAGED, "staged.kept:kill:3", "staged.renamed:kill:3")
    marks = {"sqlite": [], "postgresql": [pytest.mark.postgresql]}
    return [
        pytest.param(database, step, marks=[*marks[database], *([] if (database, step) in SHORT else [LONG])])
        for database in marks
        for step in steps
    ]


def prepared(made: Workspace) -> Workspace:
    """A workspace with staged files of every kind: new, remade, several of one output, in two folders."""
    made.load(Catalog())
    folder = folder_of(made)
    for segment in range(0, FILES, 3):
        stage(folder, base(segment=segment), f"first {segment}".encode(), ctime=WHEN - 100)
    processes.ok(made, *words(made))
    for segment in range(FILES):
        stage(folder, base(segment=segment), f"made {segment}".encode())
    for segment in range(0, FILES, 4):
        stage(folder, base(segment=segment), f"newer {segment}".encode(), ctime=WHEN + 5, dbid=2)
        stage(folder, base(segment=segment), f"older {segment}".encode(), ctime=WHEN - 5, dbid=3)
    stage(folder_of(made, 69700), base(69700), b"elsewhere")
    return made


def words(workspace: Workspace) -> tuple[object, ...]:
    """A spider for all of them."""
    return "spider", "dst", "-c", workspace.folder / "rules/rules.yaml", "-r", "cluster", "--runs", "69600-69799"


def contents(workspace: Workspace) -> list[str]:
    """What all files hold; files with two names once."""
    files = {path.stat().st_ino: path for path in (workspace.folder / "files").rglob("*") if path.is_file()}
    return sorted(path.read_text() for path in files.values())


def rows(workspace: Workspace) -> dict[str, tuple[str, str, int]]:
    """Path, md5 and status by file name; each has one row in both tables."""
    query = (
        "SELECT d.filename, f.full_file_path, f.md5, d.status, d.size, f.size FROM datasets d"
        " FULL JOIN files f ON f.lfn = d.filename ORDER BY d.filename"
    )
    found = workspace.sql(query, role="filecatalog")
    assert len({row[0] for row in found}) == len(found)
    assert all(row[4] == row[5] for row in found)
    return {row[0]: row[1:4] for row in found}


def nothing_is_half_done(workspace: Workspace) -> None:
    """A row on disk is that of its file, or of a staged file that waits for its name."""
    waiting = {path.name.partition(":")[0]: path for path in (workspace.folder / "files").rglob("*.root:*")}
    for name, (place, md5, status) in rows(workspace).items():
        assert status == 1
        there = Path(place)
        right = there.exists() and hashlib.md5(there.read_bytes(), usedforsecurity=False).hexdigest() == md5
        assert right or name in waiting, name


def everything_is_registered(workspace: Workspace) -> None:
    """Every output has its newest file, and no file has a staged name."""
    found = rows(workspace)
    assert len(found) == FILES + 1
    for name, (place, md5, status) in found.items():
        content = Path(place).read_text()
        segment = int(name[-10:-5])
        newest = "elsewhere" if "69700" in name else f"{'made' if segment % 4 else 'newer'} {segment}"
        assert (content, status, Path(place).name) == (newest, 1, name)
        assert md5 == hashlib.md5(content.encode(), usedforsecurity=False).hexdigest()
    assert [path for path in (workspace.folder / "files").rglob("*") if ":" in path.name] == []


@pytest.mark.parametrize(("database", "step"), cases())
def test_a_kill_loses_nothing(make: MakeWorkspace, database: str, step: str) -> None:
    workspace = prepared(make(database, "local"))
    before = contents(workspace)
    answer = processes.run(workspace, *words(workspace), fault=step if ":" in step else f"{step}:kill")
    assert answer.code == -signal.SIGKILL, answer
    assert contents(workspace) == before
    nothing_is_half_done(workspace)
    processes.ok(workspace, *words(workspace))
    everything_is_registered(workspace)
    assert contents(workspace) == before
    (line,) = workspace.json(*words(workspace))
    assert line["found"] == 0


@pytest.mark.parametrize("database", [LONG_SQLITE, POSTGRESQL])
@pytest.mark.parametrize("step", ["staged.catalogued:kill:2", "staged.renamed:kill:900", "staged.settled"])
def test_a_kill_while_two_chunks_are_under_way(make: MakeWorkspace, database: str, step: str) -> None:
    """The files of the first chunk get their names while the rows of the second are written."""
    workspace = make(database, "local")
    workspace.load(Catalog())
    for segment in range(CHUNK + 500):
        stage(folder_of(workspace), base(segment=segment), f"made {segment}".encode())
    before = contents(workspace)
    answer = processes.run(workspace, *words(workspace), fault=step if ":" in step else f"{step}:kill")
    assert answer.code == -signal.SIGKILL, answer
    assert contents(workspace) == before
    nothing_is_half_done(workspace)
    processes.ok(workspace, *words(workspace))
    assert contents(workspace) == before
    nothing_is_half_done(workspace)
    assert len(rows(workspace)) == CHUNK + 500
    assert [path for path in folder_of(workspace).iterdir() if ":" in path.name] == []


def test_a_spider_that_comes_while_another_stands_still(make: MakeWorkspace) -> None:
    """Between rows and names a second spider does all the work, and the first finds nothing left."""
    workspace = make("sqlite", "local")
    workspace.load(Catalog())
    stage(folder_of(workspace), base(), b"old", ctime=WHEN - 1)
    first = processes.Process(workspace, *words(workspace), fault="staged.catalogued:stop")
    first.wait_until_stopped()
    stage(folder_of(workspace), base(), b"newer")
    processes.ok(workspace, *words(workspace))
    first.send(signal.SIGCONT)
    assert first.end().code == 0
    assert contents(workspace) == ["newer", "old"]
    ((place, _, status),) = rows(workspace).values()
    assert (Path(place).read_text(), status) == ("newer", 1)
    nothing_is_half_done(workspace)


def the_newer_stands(workspace: Workspace, *contents_of: str) -> None:
    """These files stand under the names of the outputs, with their rows, and the older one has its other name."""
    nothing_is_half_done(workspace)
    assert sorted(Path(place).read_text() for place, _, _ in rows(workspace).values()) == sorted(contents_of)
    assert contents(workspace) == sorted([*contents_of, "old"])
    assert [path for path in folder_of(workspace).iterdir() if ":" in path.name] == []


@pytest.mark.parametrize("database", [SQLITE, LONG_POSTGRESQL])
@pytest.mark.parametrize("killed", [False, True])
def test_a_spider_with_an_older_file_that_comes_while_another_stands_still(
    make: MakeWorkspace, database: str, killed: bool
) -> None:
    """The second spider takes the row of the first for abandoned: there is no file under its name."""
    workspace = make(database, "local")
    workspace.load(Catalog())
    newer = stage(folder_of(workspace), base(), b"newer")
    first = processes.Process(workspace, *words(workspace), fault="staged.catalogued:stop")
    first.wait_until_stopped()
    hidden = newer.rename(newer.parent / ".hidden")  # so that the second spider looked before the newer file was there
    stage(folder_of(workspace), base(), b"old", ctime=WHEN - 1)
    second = processes.Process(workspace, *words(workspace), fault="staged.catalogued:stop")
    second.wait_until_stopped()
    hidden.rename(newer)
    for spider in (second, first):
        spider.send(signal.SIGKILL if killed else signal.SIGCONT)
        assert spider.end().code == (-signal.SIGKILL if killed else 0)
    if killed:
        processes.ok(workspace, *words(workspace))
    the_newer_stands(workspace, "newer")


@pytest.mark.parametrize("database", [POSTGRESQL])
def test_a_spider_with_an_older_file_that_comes_while_another_gives_names(make: MakeWorkspace, database: str) -> None:
    """The second spider waits for the rows before it looks whether the newer file has its name."""
    workspace = make(database, "local")
    workspace.load(Catalog())
    for segment in range(2):
        stage(folder_of(workspace), base(segment=segment), f"newer {segment}".encode())
    first = processes.Process(workspace, *words(workspace), fault="staged.renamed:stop")
    first.wait_until_stopped()
    (waiting,) = folder_of(workspace).glob("*.root:*")
    stage(folder_of(workspace), waiting.name.partition(":")[0], b"old", ctime=WHEN - 1)
    hidden = waiting.rename(waiting.parent / ".hidden")
    second = processes.Process(workspace, *words(workspace), fault="staged.examined:stop")
    second.wait_until_stopped()
    hidden.rename(waiting)
    second.send(signal.SIGCONT)
    while workspace.sql("SELECT COUNT(*) FROM pg_locks WHERE NOT granted", role="filecatalog") == [(0,)]:
        time.sleep(0.05)
    first.send(signal.SIGCONT)
    assert (first.end().code, second.end().code) == (0, 0)
    the_newer_stands(workspace, "newer 0", "newer 1")


@pytest.mark.parametrize("database", [LONG_SQLITE, POSTGRESQL])
def test_several_spiders_at_once(make: MakeWorkspace, database: str) -> None:
    workspace = prepared(make(database, "local"))
    before = contents(workspace)
    spiders = [processes.Process(workspace, *words(workspace)) for _ in range(4)]
    answers = [spider.end() for spider in spiders]
    assert [answer.code for answer in answers] == [0] * 4, answers
    everything_is_registered(workspace)
    assert contents(workspace) == before


def test_a_catalog_on_a_full_disk_leaves_the_names(make: MakeWorkspace) -> None:
    """As on a full disk or over quota: no file can grow."""
    workspace = make("sqlite", "local")
    workspace.load(Catalog())
    for segment in range(200):
        stage(folder_of(workspace), base(segment=segment))
    spider = processes.Process(workspace, *words(workspace), fault="staged.examined:stop")
    spider.wait_until_stopped()
    resource.prlimit(spider.pid, resource.RLIMIT_FSIZE, (0, 0))
    spider.send(signal.SIGCONT)
    answer = spider.end()
    assert answer.code == 4, answer
    assert all(line.startswith("prodcli: ") for line in answer.err.splitlines()), answer.err
    assert rows(workspace) == {}
    assert len(list(folder_of(workspace).glob("*.root:*"))) == 200
    processes.ok(workspace, *words(workspace))
    assert len(rows(workspace)) == 200
