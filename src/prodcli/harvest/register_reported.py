"""Register the staged files that jobs report, so that a spider has only the rest to find.

A report is believed as far as a spider believes the name of a file: the file must be there, complete, below a root of the
site, of the production of its job, and carry the row id of the job.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from posixpath import normpath
from typing import NamedTuple

from prodcli.config.profile import Site
from prodcli.db import Database
from prodcli.errors import DatabaseError
from prodcli.job_reports.report import JobReport
from prodcli.registration.production import Production
from prodcli.registration.quarantine import Quarantine
from prodcli.registration.register_staged import register_staged
from prodcli.registration.staged_names import StagedFile, parse_staged

log = logging.getLogger(__name__)


class _Product(NamedTuple):
    """The production of a job."""

    dbid: int
    dataset: str
    tag: str


@dataclass(frozen=True)
class ReportedOutputs:
    """Registers what jobs report; `filecatalog` is writable."""

    site: Site
    filecatalog: Database
    books: Database

    def register(self, reports: Sequence[JobReport]) -> None:
        """Register the staged files of some reports; what is left out, or fails, is left to the spider."""
        staged = {report.dbid: files for report in reports if (files := list(self._staged(report)))}
        if not staged:
            return
        try:
            self._register(staged)
        except DatabaseError as failure:
            log.warning("outputs that jobs reported are not registered: %s", failure)

    def _register(self, staged: dict[int, list[StagedFile]]) -> None:
        products = self.books.read(lambda tx: list(tx.rows_as(_Product, "products_of", ids=sorted(staged))))
        by_production: dict[tuple[str, str], list[StagedFile]] = defaultdict(list)
        for one in products:
            by_production[one.dataset, one.tag] += staged[one.dbid]
        for (dataset, tag), files in sorted(by_production.items()):
            production = Production(dataset, tag, self.site)
            quarantine = Quarantine(production, self.filecatalog, self.books)
            done = register_staged(files, production, self.filecatalog, quarantine)
            log.info("%s %s: %d reported outputs are registered", dataset, tag, len(done.outputs))
            if done.left_out:
                first = done.left_out[0]
                log.info("%d are left out, the first one: %s %s", len(done.left_out), first.path, first.reason)

    def _staged(self, report: JobReport) -> Iterator[StagedFile]:
        """The staged files of a report that may be its own."""
        for output in report.outputs:
            if output.code or not output.staged or not self._is_ours(output.staged):
                continue
            try:
                file = parse_staged(output.staged)
            except ValueError:
                continue
            if file.dbid == report.dbid:
                yield file

    def _is_ours(self, path: str) -> bool:
        """True for a plain path below a root of the site."""
        roots = {root for root in self.site.roots.values() if root}
        return path == normpath(path) and any(path.startswith(root + "/") for root in roots)
