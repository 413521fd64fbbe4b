"""The rule `seed` and the names of its outputs in one run."""

from collections.abc import Callable
from pathlib import Path

from tests.support.rule_files import CLUSTER, RULES, rule, write_rules
from tests.support.units import DATASET
from tests.support.workspace import Workspace

RUN = 69650
ROLL = rule("DST_TRKR_SEED", "ana.537", "2025p010", CLUSTER, job_outputs_per_job=10)
Place = Callable[[str], Path]


def name(segment: int) -> str:
    """The name of an output."""
    return f"DST_TRKR_SEED_{DATASET}_{CLUSTER}-{RUN:08d}-{segment:05d}.root"


def words(workspace: Workspace, *more: object) -> tuple[object, ...]:
    """The rule and the run."""
    rules = write_rules(workspace.folder / "rules", RULES | {"roll": ROLL})
    return "-c", rules, "-r", "seed", "--runs", RUN, *more
