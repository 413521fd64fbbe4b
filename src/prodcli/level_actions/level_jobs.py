"""The jobs of a step: of the runs of its groups, or of one cluster.

Pure: data in, data out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from prodcli.books.job_filter import JobFilter, parse_clusters
from prodcli.runs.selection import ALL_RUNS

if TYPE_CHECKING:
    from prodcli.hierarchy.chosen import ChosenStep


def jobs_of(chosen: ChosenStep) -> JobFilter:
    """The conditions on jobs of a step; without groups and cluster all jobs of its product are meant."""
    product = chosen.step.product
    wanted = JobFilter(tags=[product.tag], dataset=product.dataset, dsttypes=[product.dsttype])
    clusters = parse_clusters([chosen.cluster], "ADDRESS") if chosen.cluster else []
    return replace(wanted, runs=chosen.runs or ALL_RUNS, clusters=clusters)
