"""A question about jobs: which ones, and by which index the books find them.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from prodcli.books.job_filter import ENDED, JobFilter
from prodcli.jobs.conditions import Condition
from prodcli.runs.selection import ALL_RUNS
from prodcli.states import LIVE, Status, Substatus

_IN_QUEUE = {
    *LIVE,
    Status.SUBMITTING,
    Substatus.WAITING,
    Substatus.TRANSFERRING,
    Substatus.SUSPENDED,
    Substatus.STALLED,
    Substatus.PARKED,
}
_FEW_RUNS = 300  # that are looked up one by one
_LONG_TAG = 100  # bytes; an index has no more of a tag


@dataclass(frozen=True)
class JobQuestion:
    """The jobs that meet a filter and some conditions, or with some output files; empty means all jobs of the books."""

    wanted: JobFilter = field(default_factory=JobFilter)
    conditions: Sequence[Condition] = ()
    files: Sequence[str] = ()

    @property
    def is_narrow(self) -> bool:
        """True if any job is left out."""
        return self.values() != JobQuestion().values()

    @property
    def rows(self) -> str:
        """The name of the query that reads the jobs by an index."""
        wanted, states = self.wanted, set(self.wanted.states)
        if wanted.dbids:
            return "rows_of_dbids"
        if self.files:
            return "rows_of_files"
        if wanted.clusters:
            return "rows_of_clusters"
        if self._few_runs:
            return "rows_of_runs"
        if states and states <= _IN_QUEUE:
            return "rows_in_queue"
        if states and states <= set(ENDED):
            return "rows_failed"
        if wanted.tags and all(len(tag.encode()) <= _LONG_TAG for tag in wanted.tags):
            return "rows_of_tags"
        return "rows_between_runs" if wanted.runs != ALL_RUNS and wanted.runs.spans else "rows_of_all"

    @property
    def is_about_rows(self) -> bool:
        """True if the rows of jobs alone decide which ones are chosen, and nothing that is looked up for them."""
        wanted = self.wanted
        looked_up = (wanted.hold_reason, wanted.older, wanted.since)
        return not (self.conditions or wanted.codes or wanted.nodes) and all(one is None for one in looked_up)

    @property
    def _few_runs(self) -> list[int]:
        """The runs one by one, if they are few."""
        spans = self.wanted.runs.spans
        if sum(high - low + 1 for low, high in spans) > _FEW_RUNS:
            return []
        return [run for low, high in spans for run in range(low, high + 1)]

    @property
    def options(self) -> frozenset[str]:
        """The options of the filter that are in use: given once more, they choose more jobs and not fewer."""
        wanted, runs = self.wanted, self.wanted.runs != ALL_RUNS
        said: dict[str, object] = {
            "--tag": wanted.tags,
            "--dsttype": wanted.dsttypes,
            "--rule": wanted.rules,
            "--runs": runs,
            "--node": wanted.nodes,
        }
        said |= {"--state": wanted.states, "--code": wanted.codes, "--cluster": wanted.clusters, "--dbid": wanted.dbids}
        return frozenset(option for option, value in said.items() if value)

    def values(self) -> dict[str, object]:
        """The bound values of the queries."""
        wanted = [one for one in self.conditions if not one.excluded]
        unwanted = [one for one in self.conditions if one.excluded]
        return {
            **self.wanted.values(),
            "few_runs": self._few_runs,
            "first_run": min((low for low, _ in self.wanted.runs.spans), default=0),
            "last_run": max((high for _, high in self.wanted.runs.spans), default=0),
            **_of_clusters(self.wanted.clusters),
            "all_files": int(not self.files),
            "files": list(self.files),
            "conditions": len(wanted),
            "wanted": [row for number, one in enumerate(wanted) for row in one.rows(number)],
            "exceptions": len(unwanted),
            "unwanted": [row for one in unwanted for row in one.rows(0)],
        }


def _of_clusters(clusters: Sequence[Mapping[str, Any]]) -> dict[str, object]:
    """The values by which an index finds clusters, and single jobs of them."""
    ids, procs = [one["cluster"] for one in clusters], [one["proc"] for one in clusters]
    return {
        "cluster_ids": ids,
        "first_cluster": min(ids, default=0),
        "last_cluster": max(ids, default=0),
        "any_proc": int(None in procs),
        "procs": [proc for proc in procs if proc is not None],
    }
