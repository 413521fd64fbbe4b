"""The inventory of a rule's outputs: jobs, files, catalog rows, rows of the books, and outputs made from them.

Outputs are known by their file names, whoever made them. Names are looked up in the books, in the file catalog and on
disk; everything of a name belongs together. A few statements, and one listing of each folder.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, NamedTuple, TypeVar

from prodcli.books.claims import Seen
from prodcli.catalogs.output_names import OutputNames
from prodcli.db import Database, chunks_of
from prodcli.errors import ProdError, RuleError
from prodcli.names import parse_output_name
from prodcli.outputs.safe_files import inside, sizes
from prodcli.rules.layout import Job, Layout
from prodcli.rules.model import Rule
from prodcli.runs.selection import RunSelection

T = TypeVar("T")
_NAMES = 5_000  # names per statement
_GROUP = 100  # runs of a run group


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file on disk, below a root, with the output that it belongs to."""

    filename: str
    root: str
    path: str
    size: int


@dataclass
class Output:
    """The inventory of one output; `places` are the possible paths of its files: root and path, by kind."""

    filename: str
    seen: Seen | None = None
    catalogued: int = 0
    size: int = 0
    places: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    downstream: bool = False


@dataclass(frozen=True)
class Wanted:
    """The outputs to find; whether with logs, histograms, and outputs made from them."""

    rule: Rule
    runs: RunSelection
    segments: RunSelection | None = None
    files: bool = True
    logs: bool = False
    histograms: bool = False
    downstream: bool = False

    def has(self, run: int, segment: int) -> bool:
        """True for a run and a segment of inputs whose job makes a wanted output."""
        several = self.rule.outputs_per_job
        chosen = None if self.segments is None else self.segments.divided(several)
        return run in self.runs and (chosen is None or segment in chosen)


@dataclass
class Erasable:
    """Everything to erase: outputs by file name, files by kind; and paths that are left alone, with the reason."""

    outputs: dict[str, Output] = field(default_factory=dict)
    files: dict[str, list[FoundFile]] = field(default_factory=dict)
    left: dict[str, list[str]] = field(default_factory=dict)
    below: list[Output] = field(default_factory=list)  # made from these outputs, and not included

    @property
    def rows(self) -> list[Seen]:
        """The rows of the books."""
        return [one.seen for one in self.outputs.values() if one.seen is not None]


class _Downstream(NamedTuple):
    """A job that took some of the outputs as input, and where its logs are."""

    seen: Seen
    tag: str
    dsttype: str
    intriplet: str
    run: int
    segment: int
    outputs_per_job: int
    logs: tuple[str | None, ...]


class _Catalogued(NamedTuple):
    """How many rows the file catalog has of a file, and its size."""

    filename: str
    rows: int
    size: int


class _Place(NamedTuple):
    """Where a file lies."""

    filename: str
    path: str


@dataclass(frozen=True)
class Finder:
    """Finds the inventory in the writable databases and on disk."""

    books: Database
    filecatalog: Database

    def find(self, wanted: Wanted) -> Erasable:
        """The inventory of a rule's outputs; raises RuleError if its files cannot be told from other files."""
        names = OutputNames(Layout(wanted.rule))
        found = Erasable()
        spans = [{"low": low, "high": high} for low, high in wanted.runs.spans]
        for seen in _rows(self.books, Seen, "named_jobs", spans=spans, pattern=names.like):
            self._add(found, names, wanted, seen.filename, seen)
        for filename in self.filecatalog.read(
            lambda tx: list(tx.column("named_files", spans=spans, pattern=names.like))
        ):
            self._add(found, names, wanted, filename)
        on_disk = _Folders()
        for root, folder, filename in _lying_about(names, wanted, on_disk):
            self._add(found, names, wanted, filename)
            _add_other_kind(found, names, wanted, (root, folder, filename))
        self._complete(found, [one.filename for one in found.outputs.values() if one.seen is None])
        self._add_downstream(found, wanted, spans)
        self._place(found, wanted, _roots(names, wanted))
        for output in found.outputs.values():
            on_disk.collect(found, output, wanted)
        return found

    def _add(
        self, found: Erasable, names: OutputNames, wanted: Wanted, filename: str, seen: Seen | None = None
    ) -> None:
        fields = names.parse(filename)
        if fields is None or not wanted.has(int(fields["run"]), int(fields["seg"])):
            return
        first = f"{names.value('logbase', fields)}.root"
        if first != filename:
            self._add(found, names, wanted, first)  # a job is claimed by its first output, be it there or not
        known = found.outputs.setdefault(filename, Output(filename))
        if seen is not None:
            known.seen = seen
        if known.places:
            return
        folders = [(key, names.value(key, fields)) for key in ("outdir", "finaldir")]
        known.places["outputs"] = {(names.root(key), f"{folder}/{filename}") for key, folder in folders if folder}
        logs = [(key, names.value(name, fields)) for key, name in _LOGS]
        known.places["logs"] = {(names.root(key), path) for key, path in logs if path and first == filename}
        folder = names.value("histdir", fields)
        called = _histograms(names, filename)
        known.places["histograms"] = {(names.root("histdir"), f"{folder}/{called}")} if folder else set()

    def _complete(self, found: Erasable, names: Sequence[str]) -> None:
        """Add the rows of names whose files are not in the folders of their runs."""
        for chunk in chunks_of(names, _NAMES):
            for seen in _rows(self.books, Seen, "seen_jobs", names=chunk):
                found.outputs[seen.filename].seen = seen

    def _add_downstream(self, found: Erasable, wanted: Wanted, spans: list[dict[str, int]]) -> None:
        """Add outputs made from these outputs, step by step, as far as the books know their inputs."""
        rule = wanted.rule
        segments = set(_runs_of(found.outputs.values()))
        runs = {run for run, _ in segments}
        names = set(found.outputs)
        made = {(rule.params.dsttype, rule.outtriplet): segments}  # runs and segments by dsttype and tag
        todo = set(made)
        while todo:
            takers: dict[tuple[str, str], set[tuple[int, int]]] = defaultdict(set)  # what each may have taken
            for dsttype, tag in todo:
                for name in _takers(rule, dsttype):
                    takers[name, tag] |= made[dsttype, tag]
            dsttypes = [{"name": name} for name in sorted({name for name, _ in takers})]
            tags = sorted({tag for _, tag in takers})
            values = {"spans": spans, "dsttypes": dsttypes, "tags": tags, "dataset": rule.params.dataset}
            before, todo = set(made), set()
            for job in _rows(self.books, _downstream_job, "downstream_jobs", **values):
                filename = job.seen.filename
                taken = takers.get((job.dsttype, job.intriplet), ())
                same = (job.run, job.segment // job.outputs_per_job) in taken or (rule.combining and job.run in runs)
                if filename in names or not taken or not same:
                    continue
                names.add(filename)
                output = Output(filename, job.seen, downstream=True)
                places = product((rule.site.roots["logdir"], rule.site.roots["condor"]), job.logs)
                output.places["logs"] = {(root, path) for root, path in places if path}
                if wanted.downstream:
                    found.outputs[filename] = output
                else:
                    found.below.append(output)
                if (job.dsttype, job.tag) not in made:
                    todo.add((job.dsttype, job.tag))
                    made[job.dsttype, job.tag] = {
                        (run, segment * job.outputs_per_job + number)
                        for run, segment in taken
                        for number in range(job.outputs_per_job)
                    }
            todo -= before

    def _place(self, found: Erasable, wanted: Wanted, roots: Sequence[str]) -> None:
        """The rows of the file catalog for the names, and the paths of their files."""
        site_roots = [wanted.rule.site.roots[kind] for kind in ("outdir", "finaldir")]
        for chunk in chunks_of(list(found.outputs), _NAMES):
            for row in _rows(self.filecatalog, _Catalogued, "catalog_rows", names=chunk):
                found.outputs[row.filename].catalogued, found.outputs[row.filename].size = row.rows, row.size
            for filename, path in _rows(self.filecatalog, _Place, "file_places", names=chunk):
                output = found.outputs[filename]
                home = next(
                    (r for r in (*roots, *(site_roots if output.downstream else ())) if r and inside(r, path or "")),
                    None,
                )
                if home is not None and path.rpartition("/")[2] == filename:
                    output.places.setdefault("outputs", set()).add((home, path))
                elif path:
                    found.left.setdefault("outside of the rule's output roots", []).append(path)


_LOGS = (("condor", "log"), ("logdir", "output"), ("logdir", "error"))


class _Folders:
    """Lists folders, each once."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], dict[str, int]] = {}

    def files(self, root: str, folder: str) -> dict[str, int]:
        """The files of a folder with their sizes in bytes; raises ProdError for a folder that cannot be read."""
        if (root, folder) not in self._seen:
            try:
                self._seen[root, folder] = sizes(root, folder)
            except OSError as failure:
                raise ProdError(
                    f"cannot be read: {failure.strerror}", where=folder, todo="nothing is deleted"
                ) from None
        return self._seen[root, folder]

    def collect(self, found: Erasable, output: Output, wanted: Wanted) -> None:
        """Add the existing files of an output by kind."""
        kinds = {"outputs": wanted.files, "logs": wanted.logs, "histograms": wanted.histograms}
        paths: set[str] = set()
        for kind in (kind for kind, meant in kinds.items() if meant):
            for root, path in sorted(output.places.get(kind, ())):
                folder, _, name = path.rpartition("/")
                for file in self._called(output, root, folder, name, kind):
                    if file.path not in paths:
                        paths.add(file.path)
                        found.files.setdefault(kind, []).append(file)

    def _called(self, output: Output, root: str, folder: str, name: str, kind: str) -> Iterator[FoundFile]:
        if not inside(root, f"{folder}/{name}"):
            return
        there = self.files(root, folder)
        wanted = [one for one in there if _is_histogram(one, name)] if kind == "histograms" else [name]
        for one in wanted:
            if one in there:
                yield FoundFile(output.filename, root, f"{folder}/{one}", there[one])


def _is_histogram(name: str, output: str) -> bool:
    """True for a histogram or calibration with the end that all files of the output have.

    In a folder of several dsttypes, for `HIST_X_dataset_tag-run-segment.root` of `DST_X_dataset_tag-run-segment.root`.
    """
    if output.startswith("*"):
        return name.startswith(("HIST_", "CALIB_")) and name.endswith(output[1:])
    return name.startswith("HIST_") and name.removeprefix("HIST_").removeprefix("DST_") == output.removeprefix("DST_")


def _histograms(names: OutputNames, filename: str) -> str:
    """The histograms of an output: `*` and the end of their names, if their folder is that of one dsttype."""
    layout = names.layout
    end = f"_{layout.rule.params.dataset}_{layout.rule.outtriplet}-"
    own = "{leafdir}" in layout.formats["histdir"] and layout.rule.params.names is None
    return f"*{end}{filename.partition(end)[2]}" if own else filename


def _add_other_kind(found: Erasable, names: OutputNames, wanted: Wanted, place: tuple[str, str, str]) -> None:
    """Add a file of another kind in a folder (root, folder, name) that only jobs of the rule's dsttype write to."""
    root, folder, filename = place
    other = names.other_kind(filename)
    if other is None or not wanted.has(other.run, other.segment // wanted.rule.outputs_per_job):
        return
    parts, layout = folder.split("/"), names.layout
    dsttype = layout.rule.params.dsttype
    own = any(part == dsttype or part.startswith(f"{dsttype}_") for part in parts)
    group = layout.fields(Job(other.run, 0, 0, 0))["rungroup"]
    if own and (group in parts or "{rungroup}" not in layout.formats["outdir"]):
        found.outputs.setdefault(filename, Output(filename)).places["outputs"] = {(root, f"{folder}/{filename}")}


def _lying_about(names: OutputNames, wanted: Wanted, folders: _Folders) -> Iterator[tuple[str, str, str]]:
    """The files in the folders of the selected runs (root, folder, name), if the run alone gives the folders."""
    layout = names.layout
    rule = layout.rule
    if rule.by_query or rule.params.names is not None or not wanted.files:
        return
    for key in ("outdir", "finaldir"):
        root = _root(names, key)
        step = 1 if "{run" in layout.formats[key].replace("{rungroup}", "") else _GROUP
        if "{seg" in layout.formats[key] or "{dbid}" in layout.formats[key]:
            continue
        for host in rule.dsttype.hosts if rule.combining else [None]:
            for low, high in wanted.runs.spans:
                for run in range(low // step * step, high + 1, step):
                    job = Job(run, 0, 0, 0, host.name if host else "", host.leaf if host else "")
                    folder = layout.value(key, layout.fields(job))
                    yield from ((root, folder, name) for name in folders.files(root, folder))


def _roots(names: OutputNames, wanted: Wanted) -> list[str]:
    """The folders below which files may be deleted.

    Raises RuleError for a directory that begins with a field of the job.
    """
    if wanted.logs:
        _ = _root(names, "logdir"), _root(names, "condor")
    if wanted.histograms:
        _ = _root(names, "histdir")
    return [_root(names, key) for key in ("outdir", "finaldir")] if wanted.files else []


def _root(names: OutputNames, key: str) -> str:
    root, rule = names.root(key), names.layout.rule
    if not root.startswith("/") or not root.strip("/"):
        raise RuleError(
            f"job.filesystem.{key}: nothing says below which folder the rule's files lie",
            where=f"{rule.file}: rule {rule.name}",
            todo="let it begin with a path that is the same for all jobs, or say --keep-files",
        )
    return root


def _rows(database: Database, make: Callable[..., T], query: str, **values: object) -> list[T]:
    return database.read(lambda tx: list(tx.rows_as(make, query, **values)))


def _downstream_job(
    tag: str,
    dsttype: str,
    intriplet: str,
    run: int,
    segment: int,
    outputs_per_job: int,
    log: str | None,
    out: str | None,
    err: str | None,
    **seen: Any,
) -> _Downstream:
    return _Downstream(Seen(**seen), tag, dsttype, intriplet, run, segment, outputs_per_job, (log, out, err))


def _takers(rule: Rule, maker: str) -> list[str]:
    """The dsttypes that are made from a dsttype, by the profile."""
    return [
        one.name
        for one in rule.site.dsttypes.values()
        if any(given == maker or given.startswith(maker + "_") for given in one.inputs)
    ]


def _runs_of(outputs: Iterable[Output]) -> Iterator[tuple[int, int]]:
    for output in outputs:
        try:
            _, run, segment = parse_output_name(output.filename)
        except ValueError:
            continue
        yield run, segment
