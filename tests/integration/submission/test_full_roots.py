"""A pass submits nothing while a root is fuller than the site allows; dry runs and `why` warn."""

import os
from pathlib import Path

import pytest

from prodcli.health import disk_space
from prodcli.health.disk_space import disk_spaces
from tests.support.rule_files import write_rules
from tests.support.workspace import ONE_DATABASE, Workspace, seeded_catalog

WORDS = ("-r", "mvtxme", "--runs", "1-99999")


@pytest.fixture
def loaded(workspace: Workspace) -> Workspace:
    """A workspace whose roots are fuller than it allows."""
    workspace.load(seeded_catalog(1))
    write_rules(workspace.folder / "rules")
    allow(workspace, {"outdir": 0.000001})
    return workspace


def allow(workspace: Workspace, limits: object) -> None:
    """Say how full roots may be."""
    workspace.settings["site"] = {"full_at": limits}
    workspace.write()


def words(workspace: Workspace, verb: str, *more: str) -> tuple[object, ...]:
    """A verb on the rule."""
    return (verb, "-c", workspace.folder / "rules" / "rules.yaml", *WORDS, *more)


def jobs(workspace: Workspace) -> int:
    """How many jobs of the rule are in the books and in a queue."""
    query = "SELECT COUNT(*) FROM production_jobs WHERE schedd IS NOT NULL"
    return int(workspace.sql(query)[0][0])


def test_a_pass_stops_with_one_line(loaded: Workspace) -> None:
    answer = loaded.run(*words(loaded, "submit"))
    assert (answer.code, answer.out) == (1, "")
    (line,) = answer.err.splitlines()
    assert "outdir is " in line
    assert "% full, and the site allows 0.0001 %" in line
    assert jobs(loaded) == 0


def test_dry_runs_and_why_warn(loaded: Workspace) -> None:
    dry = loaded.run(*words(loaded, "submit", "-n"))
    assert dry.code == 0
    assert "a pass submits nothing now: outdir is " in dry.err
    assert "% full, and the site allows" in loaded.ok(*words(loaded, "why")).err


def test_roots_with_room_are_no_matter(loaded: Workspace) -> None:
    for limits in ({"outdir": 1, "logdir": "1.0"}, {}):
        allow(loaded, limits)
        assert loaded.ok(*words(loaded, "submit", "-n")).err == ""
    loaded.ok(*words(loaded, "submit", "--maxjobs", "1"))
    assert jobs(loaded) == 1


def test_force_is_not_stopped_as_it_frees_space(loaded: Workspace) -> None:
    loaded.ok(*words(loaded, "submit", "--force", "--yes"))
    assert jobs(loaded) > 0


@ONE_DATABASE
@pytest.mark.parametrize("value", [0, 1.5, -1, "full", "nan", "97 %", [1], None])
def test_what_is_no_fraction_is_refused(loaded: Workspace, value: object) -> None:
    allow(loaded, {"outdir": value})
    answer = loaded.run("config", "detectors")
    assert answer.code == 3
    assert "full_at.outdir" in answer.err


@ONE_DATABASE
def test_an_unknown_root_is_refused(loaded: Workspace) -> None:
    allow(loaded, {"outdri": 0.9})
    answer = loaded.run("config", "detectors")
    assert answer.code == 3
    assert "full_at.outdri" in answer.err


def test_a_folder_that_is_not_there_yet_has_the_space_of_the_one_above(tmp_path: Path) -> None:
    there, deeper = disk_spaces({"outdir": str(tmp_path), "logdir": str(tmp_path / "a" / "b" / "c")})
    found = os.statvfs(tmp_path)
    assert (deeper.kind, deeper.device) == ("logdir", there.device)
    assert 0 <= there.fullness <= 1
    assert abs(there.used + there.free - (found.f_blocks - found.f_bfree + found.f_bavail) * found.f_frsize) < 2**30


def test_a_folder_that_cannot_be_read_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def stale(_: object) -> None:
        raise OSError(116, "Stale file handle")

    monkeypatch.setattr(disk_space.os, "statvfs", stale)
    assert disk_spaces({"outdir": str(tmp_path)}) == []
    assert "Stale file handle" in caplog.text
