"""A plan in parts, of which one is submitted while the next is made: together they are the plan of all runs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from prodcli.catalogs.catalogs import Catalogs
from prodcli.errors import DatabaseError
from tests.support.rule_files import write_rules
from tests.support.workspace import Workspace, seeded_catalog

BOOKED = "SELECT filename FROM production_jobs WHERE schedd IS NOT NULL ORDER BY clusterid, procid"


@pytest.fixture
def rules(workspace: Workspace) -> Path:
    """The rule file of a workspace with a random catalog of many runs."""
    workspace.load(seeded_catalog(2, 60))
    return write_rules(workspace.folder / "rules")


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

    for question in ("raw_hosts", "segment_inputs", "with_inputs"):  # of each run one is asked
        counted(question)
    for name in ("_FEW", "_RUNS"):
        monkeypatch.setattr(f"prodcli.planning.plan_in_parts.{name}", 3)
    monkeypatch.setattr("prodcli.planning.plan_in_parts._FIRST_RUNS", 1)
    return counts


@pytest.mark.parametrize("rule", ["streaming", "cluster", "mvtxme", "seed"])
@pytest.mark.parametrize(
    "more",
    [(), ("--maxjobs", 3), ("--maxqueued", 5, "--chunk-size", 2), ("--mask", "INTT3"), ("--runs", "66456-66500,66510")],
    ids=str,
)
def test_the_parts_are_the_plan_of_all(
    workspace: Workspace,
    rules: Path,
    asked: list[int],
    monkeypatch: pytest.MonkeyPatch,
    rule: str,
    more: tuple[object, ...],
) -> None:
    words = ("submit", "-c", rules, "-r", rule, *more)
    with monkeypatch.context() as patched:
        patched.setattr("prodcli.planning.plan_in_parts._FEW", 1000)
        whole = workspace.json(*words, "-n")
    runs = sum(asked)
    asked.clear()
    dry = workspace.json(*words, "-n")
    assert dry == whole
    for_dry = sorted(asked)
    asked.clear()
    done = workspace.json(*words)
    assert sorted(asked) == for_dry
    assert sum(asked) == runs
    assert max(asked) <= 3
    assert asked.count(1) >= (runs > 3)  # the first part is the newest run
    assert [name for (name,) in workspace.sql(BOOKED)] == [job["filename"] for job in dry["jobs"]]
    assert sum(cluster["jobs"] for cluster in done["submitted"]) == len(dry["jobs"])
    for key in ("skipped", "masks", "runs"):
        assert done.get(key) == dry.get(key)


def test_what_is_submitted_is_told_if_an_older_part_fails(
    workspace: Workspace, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("submit", "-c", rules, "-r", "streaming")
    oldest = workspace.json(*words, "-n")["jobs"][-1]["runnumber"]
    real = Catalogs.raw_hosts

    def fails(self: Catalogs, rule: Any, runs: Sequence[int]) -> Any:
        if oldest in runs:
            raise DatabaseError("the server is gone")
        return real(self, rule, runs)

    monkeypatch.setattr(Catalogs, "raw_hosts", fails)
    answer = workspace.run(*words, "--chunk-size", 2)
    booked = len(workspace.sql(BOOKED))
    assert booked > 0
    assert answer.code == 6
    assert f"{booked} jobs are submitted and booked, then: the server is gone" in answer.err
    monkeypatch.undo()
    workspace.ok(*words)
    assert len(workspace.sql(BOOKED)) > booked


def test_the_statements_of_all_parts_are_shown(workspace: Workspace, rules: Path, asked: list[int]) -> None:
    shown = workspace.ok("submit", "-c", rules, "-r", "streaming", "--print-query").out
    assert len(asked) > 1
    assert shown.count("\n-- raw_hosts on raw") == len(asked)
