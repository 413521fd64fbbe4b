"""A plan in parts, of which the first is submitted while the last is made: together they are the plan of all runs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from prodcli.catalog import Catalogs
from prodcli.errors import DatabaseError
from tests.support.rules import write_rules
from tests.support.world import World, seeded_catalog

BOOKED = "SELECT filename FROM production_jobs WHERE schedd IS NOT NULL ORDER BY clusterid, procid"


@pytest.fixture
def rules(world: World) -> Path:
    """The rule file of a workspace with a random catalog of many runs."""
    world.load(seeded_catalog(2, 60))
    return write_rules(world.folder / "rules")


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Parts for a few runs already; how many runs each question for inputs was about."""
    counts: list[int] = []

    def counted(name: str) -> None:
        real = getattr(Catalogs, name)

        def work(self: Catalogs, rule: Any, runs: Sequence[int]) -> Any:
            counts.append(len(runs))
            return real(self, rule, runs)

        monkeypatch.setattr(Catalogs, name, work)

    counted("raw_hosts")
    counted("segment_inputs")
    monkeypatch.setattr("prodcli.plan_in_parts._FEW", 3)
    return counts


@pytest.mark.parametrize("rule", ["streaming", "mvtxme", "seed"])
@pytest.mark.parametrize(
    "more",
    [(), ("--maxjobs", 3), ("--maxqueued", 5, "--chunk-size", 2), ("--mask", "INTT3"), ("--runs", "66456-66500,66510")],
    ids=str,
)
def test_the_parts_are_the_plan_of_all(
    world: World, rules: Path, asked: list[int], rule: str, more: tuple[object, ...]
) -> None:
    words = ("submit", "-c", rules, "-r", rule, *more)
    dry = world.json(*words, "-n")
    (runs,) = asked
    done = world.json(*words)
    assert sum(asked[1:]) == runs
    parts = len(asked) - 1
    assert parts == 1 if runs <= 3 else 2 <= parts <= 4
    assert parts == 4 or runs <= 3 or "--maxjobs" in more or "--chunk-size" in more  # too few jobs for a cluster
    assert [name for (name,) in world.sql(BOOKED)] == [job["filename"] for job in dry["jobs"]]
    assert sum(cluster["jobs"] for cluster in done["submitted"]) == len(dry["jobs"])
    for key in ("skipped", "masks", "runs"):
        assert done.get(key) == dry.get(key)


def test_no_more_is_planned_before_a_cluster_than_it_needs(world: World, rules: Path, asked: list[int]) -> None:
    world.ok("submit", "-c", rules, "-r", "streaming", "--chunk-size", 2)
    assert len(asked) == 2


def test_what_is_submitted_is_told_if_the_second_part_fails(
    world: World, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = Catalogs.raw_hosts, []

    def second_fails(self: Catalogs, rule: Any, runs: Sequence[int]) -> Any:
        calls.append(runs)
        if len(calls) == 2:
            raise DatabaseError("the server is gone")
        return real(self, rule, runs)

    monkeypatch.setattr(Catalogs, "raw_hosts", second_fails)
    answer = world.run("submit", "-c", rules, "-r", "streaming", "--chunk-size", 2)
    booked = len(world.sql(BOOKED))
    assert booked > 0
    assert answer.code == 6
    assert f"{booked} jobs are submitted and booked, then: the server is gone" in answer.err
    monkeypatch.undo()
    world.ok("submit", "-c", rules, "-r", "streaming")
    assert len(world.sql(BOOKED)) > booked
