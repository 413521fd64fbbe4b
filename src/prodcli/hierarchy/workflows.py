"""The workflows of a group: clusters of jobs, each with what it was made from and where its logs lie."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, NamedTuple

from prodcli.runs.selection import ALL_RUNS

if TYPE_CHECKING:
    from prodcli.db import Database
    from prodcli.hierarchy.chosen import ChosenStep


class Workflow(NamedTuple):
    """A cluster; times in seconds since 1970. `proc` and `log` are of one of its jobs, `payload` is the hash of a text."""

    cluster: int
    schedd: str
    jobs: int
    finished: int
    failed: int
    held: int
    first_run: int
    last_run: int
    submitted: int | None
    proc: int | None
    log: str | None
    folder: str | None
    provenance: str | None
    rule_file: str | None
    payload: str | None

    @property
    def name(self) -> str:
        """`12@submit1`, as addresses have it."""
        return f"{self.cluster}@{self.schedd}" if self.schedd else str(self.cluster)

    @property
    def open(self) -> int:
        """Jobs that are in a queue, and not held."""
        return self.jobs - self.finished - self.failed - self.held


def workflows(books: Database, chosen: ChosenStep) -> list[Workflow]:
    """The clusters with jobs of a step in the chosen groups, the newest first; raises DatabaseError."""
    cluster, _, schedd = chosen.cluster.partition("@")
    spans = [{"low": low, "high": high} for low, high in (chosen.runs or ALL_RUNS).spans]
    values = {"cluster": int(cluster) if cluster else None, "schedd": schedd, "spans": spans}
    about = asdict(chosen.step.product)
    return books.read(lambda tx: list(tx.rows_as(Workflow, "clusters_of_step", **about, **values)))
