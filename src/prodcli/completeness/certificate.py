"""Certify a complete production: a manifest of its files, written as a check goes on, and its checksum in the books."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from prodcli import __version__
from prodcli.completeness.catalog_rows import OutputRow
from prodcli.completeness.disk import md5s
from prodcli.completeness.manifest import CertifiedFile, Header, Sums, line_of
from prodcli.errors import ProdError
from prodcli.rules.view import view

if TYPE_CHECKING:
    from prodcli.completeness.check import CheckedPart
    from prodcli.completeness.result import CheckResult
    from prodcli.db import Database
    from prodcli.rules.model import Rule
    from prodcli.runs.selection import RunSelection


def header_of(rule: Rule, runs: RunSelection, author: str) -> Header:
    """The first line of a manifest of a rule's outputs in some runs."""
    fields = dict(view(rule))
    text = "".join(f"{key}={value}\n" for key, value in fields.items())
    return Header(
        id=str(uuid.uuid4()),
        version=__version__,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        author=author,
        rule=fields,
        rule_sha256=hashlib.sha256(text.encode()).hexdigest(),
        tag=rule.outtriplet,
        dataset=rule.params.dataset,
        dsttype=rule.params.dsttype,
        runs=",".join(str(low) if low == high else f"{low}-{high}" for low, high in runs.spans),
    )


@dataclass
class ManifestFile:
    """A manifest that is being written; files without a usable md5 or size are collected in `wanting`."""

    target: TextIO
    checksum: hashlib._Hash = field(default_factory=hashlib.sha256)
    files: int = 0
    bytes: int = 0
    events: int = 0
    wanting: list[str] = field(default_factory=list)

    def write(self, line: str) -> None:
        """Write a line."""
        self.checksum.update(line.encode())
        self.target.write(line)

    def add(self, rows: Iterable[OutputRow]) -> None:
        """Write files, whose checksums are computed if the file catalog has none."""
        for one in _certified(list(rows), self.wanting):
            self.write(line_of(one))
            self.files += 1
            self.bytes += one.size
            self.events += one.events or 0

    def end(self) -> None:
        """Write the last line."""
        self.write(line_of(Sums(self.files, self.bytes, self.events, self.checksum.hexdigest())))


def _certified(rows: Sequence[OutputRow], wanting: list[str]) -> Iterator[CertifiedFile]:
    open_ = {row.path: None for row in rows if row.path and not row.md5}
    computed = dict(md5s([path for path in open_ if path]))
    for row in rows:
        md5, size = row.md5 or computed.get(row.path or ""), row.file_size if row.file_size is not None else row.size
        if row.path is None or md5 is None or size is None or row.status == 0:
            wanting.append(row.filename)
        else:
            yield CertifiedFile(row.path, size, md5, row.events, row.run, row.segment)


@dataclass(frozen=True)
class Certificate:
    """A certificate to be written into a file; `books` keep its checksum."""

    file: Path
    header: Header
    rule: Rule
    books: Database

    @contextmanager
    def being_written(self) -> Iterator[ManifestFile]:
        """A manifest in a file of a temporary name, which goes unless `finish` is called; raises ProdError if it cannot be."""
        try:
            with self._unfinished.open("x") as target:
                manifest = ManifestFile(target)
                manifest.write(line_of(self.header))
                yield manifest
        except OSError as failure:
            raise ProdError(f"the manifest cannot be written: {failure.strerror}", where=str(self.file)) from None
        finally:
            with suppress(OSError):
                self._unfinished.unlink(missing_ok=True)

    @property
    def _unfinished(self) -> Path:
        return self.file.with_name(f".{self.file.name}.{self.header.id}")

    def with_files(self, manifest: ManifestFile, parts: Iterable[CheckedPart]) -> Iterator[CheckedPart]:
        """The parts of a check, whose outputs go into the manifest on the way."""
        for part in parts:
            manifest.add(_outputs_of(self.rule, part))
            yield part

    def finish(self, manifest: ManifestFile, result: CheckResult) -> str:
        """Give the manifest its name, after its checksum is in the books; returns the checksum.

        Raises ProdError for a production that is not complete.
        """
        self._require_complete(manifest, result)
        manifest.end()
        manifest.target.flush()
        os.fsync(manifest.target.fileno())
        sha256 = manifest.checksum.hexdigest()
        header = self.header
        row: Mapping[str, object] = {
            "id": header.id,
            "sha256": sha256,
            "rule": self.rule.name,
            "tag": header.tag,
            "dataset": header.dataset,
            "dsttype": header.dsttype,
            "runs": header.runs,
            "files": manifest.files,
            "bytes": manifest.bytes,
            "events": manifest.events,
            "author": header.author,
            "version": header.version,
        }
        self.books.write(
            lambda tx: tx.run("add_certificate", **row), lambda tx: tx.value("certificate_sha256", id=header.id)
        )
        self._unfinished.replace(self.file)
        return sha256

    def _require_complete(self, manifest: ManifestFile, result: CheckResult) -> None:
        where, todo = result.rule.name, "no manifest is written"
        if not result.complete:
            raise ProdError(f"the production is not complete: {result.told}", where=where, todo=todo)
        if not manifest.files:
            raise ProdError("there is nothing to certify", where=where, todo=todo)
        if manifest.wanting:
            more = f"{len(manifest.wanting)} outputs are not on disk, or have no size or checksum, like "
            raise ProdError(more + manifest.wanting[0], where=where, todo=todo)


def _outputs_of(rule: Rule, part: CheckedPart) -> Iterator[OutputRow]:
    """The outputs of a part's units, each once."""
    each, seen = rule.outputs_per_job, set()
    units = {(unit.run, unit.dsttype if rule.combining else unit.segment) for unit in part.units}
    for row in part.outputs:
        place = row.dsttype if rule.combining else row.segment // each * each
        if (row.run, place) in units and row.filename not in seen:
            seen.add(row.filename)
            yield row
