"""`harvest --follow`: a line when there is news, trouble told once, and an end by Ctrl-C or SIGTERM."""

import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from prodcli.errors import BatchError, TransientDatabaseError
from prodcli.harvest.follow import Follower, FollowLine, LineKind, follow
from prodcli.harvest.harvest import Harvest
from tests.support.condor_pool import wait_for
from tests.support.postgres_server import Cluster
from tests.support.rule_files import write_rules
from tests.support.workspace import Workspace, make_workspace, seeded_catalog

NEWS = re.compile(r"(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ  (.*)$")


@pytest.fixture
def rules(workspace: Workspace) -> Path:
    """A rule file; eight jobs of it are submitted."""
    workspace.load(seeded_catalog(1))
    file = write_rules(workspace.folder / "rules")
    workspace.ok("submit", "-c", file, "-r", "mvtxme")
    return file


class Following:
    """A `prodcli harvest --follow` that runs beside the test."""

    def __init__(self, workspace: Workspace, *words: str) -> None:
        self.folder = workspace.folder
        command = [
            sys.executable,
            "-m",
            "prodcli",
            "--site",
            workspace.file,
            *words,
            "harvest",
            "--follow",
            "--every",
            "1",
        ]
        with (self.folder / "out").open("w") as out, (self.folder / "err").open("w") as err:
            self.process = subprocess.Popen(command, stdout=out, stderr=err)

    @property
    def news(self) -> list[str]:
        """What it has told on stdout, without the times."""
        return NEWS.findall((self.folder / "out").read_text())

    @property
    def trouble(self) -> str:
        """What it has told on stderr."""
        return (self.folder / "err").read_text()

    def end(self, number: signal.Signals) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(30)

    def __enter__(self) -> "Following":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()


def told_as_done(following: Following) -> int:
    """The jobs that were told as newly done."""
    return sum(int(count) for line in following.news for count in re.findall(r"done \d+ \(\+(\d+)\)", line))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_line_for_what_is_new_until_a_signal(
    workspace: Workspace, rules: Path, number: signal.Signals, code: int
) -> None:
    with Following(workspace) as following:
        wait_for(lambda: workspace.sql("SELECT COUNT(*) FROM production_harvest") == [(1,)])
        workspace.ok("local", "run", "--drain")
        wait_for(
            lambda: (
                workspace.sql("SELECT COUNT(*) FROM production_jobs WHERE status = 'finished' AND schedd = 'local'")
                == [(8,)]
            )
        )
        wait_for(lambda: told_as_done(following) == 8)
        time.sleep(2.5)  # passes without news
        assert following.end(number) == code
    assert told_as_done(following) == 8
    assert (workspace.folder / "out").read_text().count("\n") == len(following.news)
    assert "Traceback" not in following.trouble
    assert following.trouble.count("\n") == 2  # in which workspace, and how it ended


def test_quiet_it_tells_trouble_only(workspace: Workspace, rules: Path) -> None:
    workspace.ok("local", "run", "--drain")
    with Following(workspace, "-q") as following:
        wait_for(
            lambda: (
                workspace.sql("SELECT COUNT(*) FROM production_jobs WHERE status = 'finished' AND schedd = 'local'")
                == [(8,)]
            )
        )
        (workspace.folder / "batch.db").rename(workspace.folder / "kept")
        (workspace.folder / "batch.db").mkdir()
        wait_for(lambda: "does not answer" in following.trouble)
        time.sleep(2.5)
        (workspace.folder / "batch.db").rmdir()
        (workspace.folder / "kept").rename(workspace.folder / "batch.db")
        wait_for(lambda: "answers again" in following.trouble)
        following.end(signal.SIGTERM)
    assert following.news == []
    told, back, _ = following.trouble.splitlines()
    assert re.fullmatch(r"prodcli: \d{4}\S+ \S+Z the batch system does not answer: no schedd answers: .*", told)
    assert back.endswith("the batch system answers again")


@pytest.mark.postgresql
def test_a_database_that_goes_away_is_told_once_and_survived(cluster: Cluster, tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path, cluster)
    workspace.load(seeded_catalog(1))
    rules = write_rules(workspace.folder / "rules")
    workspace.ok("submit", "-c", rules, "-r", "mvtxme")
    name = workspace.settings["databases"]["production"].partition("DATABASE=")[2].partition(";")[0]
    with Following(workspace) as following:
        wait_for(lambda: bool(following.news))
        cluster.psql("postgres", f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        cluster.psql(
            "postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'prodcli'"
        )
        wait_for(lambda: "does not answer" in following.trouble)
        workspace.ok("local", "run", "--drain")
        time.sleep(3)
        cluster.psql("postgres", f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        wait_for(lambda: any(re.search(r"done \d+ \(\+8\)", line) for line in following.news))
        assert following.end(signal.SIGINT) == 130
    workspace.drop()
    assert following.trouble.count("the database does not answer: ") == 1
    assert following.trouble.count("the database answers again") == 1
    assert "Traceback" not in following.trouble


def test_what_was_told_is_not_told_again() -> None:
    follower = Follower()
    silent = Harvest(
        before={("finished", ""): 341, ("submitted", ""): 56, ("held", "parked"): 9},
        totals={("finished", ""): 345, ("submitted", ""): 50, ("held", "parked"): 9, ("failed", "removed"): 2},
        moves=Counter({("finished", ""): 4, ("failed", "removed"): 2}),
        missing=3,
        silent={"b": "it hangs"},
    )
    assert list(follower.passed(silent)) == [
        FollowLine(LineKind.TROUBLE, "schedd b does not answer: it hangs"),
        FollowLine(LineKind.NEWS, "done 345 (+4)  run 0  idle 50 (-6)  held 0  fail 2 (+2)  parked 9  3 missing"),
        FollowLine(LineKind.NEWS, "! 2 more failed -> prodcli rescue"),
    ]
    assert list(follower.passed(Harvest(silent={"b": "it hangs still"}, missing=3, totals=silent.totals))) == []
    away = TransientDatabaseError("gone")
    assert list(follower.failed(away)) == [FollowLine(LineKind.TROUBLE, "the database does not answer: gone")]
    assert list(follower.failed(away)) == []
    assert [line.text for line in follower.passed(Harvest(before=silent.totals, totals=silent.totals))] == [
        "schedd b answers again",
        "the database answers again",
    ]


def test_what_fails_at_once_ends_it() -> None:
    def run() -> Harvest:
        raise BatchError("no schedd answers")

    with pytest.raises(BatchError):
        follow(run, 1, lambda line: None)
