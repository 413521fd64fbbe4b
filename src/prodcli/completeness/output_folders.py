"""The folders in which outputs of a rule lie, and the files in them that are outputs.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from prodcli.catalogs.output_names import OutputNames
from prodcli.names import placeholders
from prodcli.rules.layout import Job

if TYPE_CHECKING:
    from prodcli.runs.selection import RunSelection

_BY_JOB = {"seg", "seg5", "outseg", "outseg5", "dbid", "attempt"}
_BY_ATTEMPT = {"dbid", "attempt"}
_STAGED = ".root:"  # in the name of a file that waits for its registration


class FoundOutput(NamedTuple):
    """A file on disk that is an output of the rule; `staged` if it still has the name that stage-out gave it."""

    filename: str
    path: str
    run: int
    segment: int
    staged: bool


@dataclass(frozen=True)
class OutputFolders:
    """The folders of a rule's outputs."""

    names: OutputNames

    @property
    def roots(self) -> tuple[str, ...]:
        """The disks of the outputs, as the site names them."""
        roots = self.names.layout.rule.site.roots
        return tuple(dict.fromkeys(roots[key] for key in ("outdir", "finaldir")))

    def of_runs(self, runs: Iterable[int]) -> Iterator[str]:
        """The folders of some runs; none where a folder depends on more than run and host."""
        layout = self.names.layout
        rule = layout.rule
        keys = [key for key in ("outdir", "finaldir") if not set(placeholders(layout.formats[key])) & _BY_JOB]
        hosts = [(host.name, host.leaf) for host in rule.dsttype.hosts] if rule.combining else [("", "")]
        for run in runs:
            for host, leaf in hosts:
                fields = layout.fields(Job(run, 0, 0, 0, host, leaf))
                yield from (layout.value(key, fields) for key in keys)

    def of_jobs(self, jobs: Iterable[Job]) -> Iterator[str]:
        """The folders of some jobs; none where a folder depends on the attempt."""
        layout = self.names.layout
        keys = [key for key in ("outdir", "finaldir") if not set(placeholders(layout.formats[key])) & _BY_ATTEMPT]
        for job in jobs:
            fields = layout.fields(job)
            yield from (layout.value(key, fields) for key in keys)

    def outputs(
        self, paths: Iterable[str], known: Collection[str], runs: Collection[int], segments: RunSelection | None
    ) -> Iterator[FoundOutput]:
        """The files among some paths that are outputs of these runs and segments, but known ones; staged ones always."""
        for path in paths:
            folder, _, name = path.rpartition("/")
            staged = _STAGED in name
            filename = name.partition(_STAGED)[0] + ".root" if staged else name
            if filename in known and not staged:
                continue
            fields = self.names.parse(filename)
            if fields is None or int(fields["run"]) not in runs:
                continue
            run, segment = int(fields["run"]), self.names.segment(filename) or 0
            own = {self.names.value(key, fields) for key in ("outdir", "finaldir")}
            if folder in own and (segments is None or segment in segments):
                yield FoundOutput(filename, path, run, segment, staged)


def folders_of(paths: Sequence[str | None]) -> set[str]:
    """The folders of paths."""
    return {path.rpartition("/")[0] for path in paths if path}
