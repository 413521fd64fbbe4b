"""The data of a level: of the runs of its groups, or of the jobs of a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prodcli.catalogs.file_search import FileFilter, dsttypes_called
from prodcli.data_states.states import Data
from prodcli.level_actions.level_jobs import jobs_of
from prodcli.runs.selection import ALL_RUNS, RunSelection

if TYPE_CHECKING:
    from prodcli.config.profile import Site
    from prodcli.db import Database
    from prodcli.hierarchy.chosen import ChosenStep


def data_of(books: Database, site: Site, steps: Sequence[ChosenStep]) -> list[FileFilter]:
    """The data of steps, as selections of files; of a cluster the data of each dsttype and run that it has jobs of."""
    return [one for step in steps for one in (_of_cluster(books, step) if step.cluster else [_of_step(site, step)])]


def _of_step(site: Site, chosen: ChosenStep) -> FileFilter:
    product = chosen.step.product
    names = dsttypes_called(site, product.dsttype)
    return FileFilter(chosen.runs or ALL_RUNS, None, names, [product.tag], product.dataset)


def _of_cluster(books: Database, chosen: ChosenStep) -> list[FileFilter]:
    """A selection for each dsttype of the cluster's jobs: for combining that of a host."""
    product, runs = chosen.step.product, dict[str, set[int]]()
    for one in books.read(lambda tx: list(tx.rows_as(Data, "data_of_cluster", **jobs_of(chosen).values()))):
        runs.setdefault(one.dsttype, set()).add(one.run)
    return [
        FileFilter(RunSelection((), frozenset(found)), None, (dsttype,), [product.tag], product.dataset)
        for dsttype, found in runs.items()
    ]
