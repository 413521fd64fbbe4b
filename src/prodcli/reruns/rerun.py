"""Run a job of the books again outside of production: one job, traced, whose outputs no catalog and no row ever knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from prodcli.batch import Batch
from prodcli.batch.node_list import node_commands
from prodcli.db import Database
from prodcli.errors import UsageError
from prodcli.nodes.excluded import bad_list
from prodcli.reruns.bundle import Bundle, Bundler
from prodcli.reruns.failed_job import FailedJob, read_job

FOLDER = "debug"  # beside the submissions


@dataclass(frozen=True, slots=True)
class Rerun:
    """A bundle, and its job in a queue; `cluster` is None for a bundle that was not submitted."""

    job: FailedJob
    bundle: Bundle
    schedd: str
    cluster: int | None = None

    @property
    def output(self) -> Path:
        """The folder of what the job makes."""
        return self.bundle.folder / "outdir"


@dataclass(frozen=True)
class Rerunner:
    """The books, the batch system and the maker of bundles."""

    books: Database
    batch: Batch
    bundler: Bundler

    def bundle(self, dbid: int, into: Path | None = None) -> Rerun:
        """Make the bundle of a job, by default in a new folder beside the submissions.

        Raises UsageError for an unknown row or a folder that holds files, ProdError if too little is kept of the job.
        """
        job = read_job(self.books, dbid)
        folder = into or self.bundler.campaigns / FOLDER / f"{dbid}-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
        if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
            raise UsageError("the folder of a bundle must be new or empty", where=str(folder))
        made = self.bundler.make(job, folder, {**node_commands(bad_list(self.books))})
        return Rerun(job, made, self._schedd(job.row))

    def submit(self, made: Rerun) -> Rerun:
        """Submit the job of a bundle; raises BatchError if the schedd refuses it, or does not answer."""
        cluster = self.batch.submit(made.schedd, made.bundle.description)
        return Rerun(made.job, made.bundle, made.schedd, cluster)

    def _schedd(self, row: Mapping[str, object]) -> str:
        """The schedd that the job was on, if it is still in use."""
        known = self.batch.schedds()
        return str(row["schedd"]) if row["schedd"] in known else known[0]
