"""How a file was made: the job's claim and record, the files of its payload, its inputs, and the commands that make it again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from prodcli.db import Database
from prodcli.provenance.again import commands_again
from prodcli.provenance.payload import PayloadFile, read_files
from prodcli.provenance.stored import Record, Records, SubmittedClaim

_UNTAGGED = ("", "N/A", None)  # the tag of raw inputs


@dataclass(frozen=True)
class HowMade:
    """A job by its attributes, and what is on record of it: nothing without a claim, or with a claim that has no record."""

    job: Mapping[str, Any]
    claim: SubmittedClaim | None
    record: Record | None
    files: tuple[PayloadFile, ...]
    again: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Parents:
    """Inputs that were made alike: their record (None if there is none), names, and the row of the first one's job."""

    record: Record | None
    files: tuple[str, ...]
    dbid: int | None


def how_made(records: Records, job: Mapping[str, Any], folder: PurePath) -> HowMade:
    """How the output of a job was made; files of texts lie in a folder."""
    claims = records.claims([job["claim"]]) if job["claim"] else []
    claim = claims[0] if claims else None
    found = records.get([claim.provenance]) if claim is not None and claim.provenance else {}
    record = next(iter(found.values()), None)
    if record is None:
        return HowMade(job, claim, None, (), ())
    text = records.texts([record.payload]).get(record.payload or "", "")
    return HowMade(job, claim, record, tuple(read_files(text)), tuple(commands_again(record, job, folder)))


def parents(records: Records, filecatalog: Database, job: Mapping[str, Any]) -> list[Parents]:
    """How the inputs of a job were made; raw files have no record, and are left out."""
    files = _inputs(filecatalog, job)
    claimed = {row.file: row for row in records.of_outputs(files)}
    claims = {one.id: one for one in records.claims([row.claim for row in claimed.values() if row.claim])}
    known = records.get([one.provenance for one in claims.values() if one.provenance])
    alike: dict[str | None, list[str]] = {}
    for file in files:
        claim = claims.get(claimed[file].claim or "") if file in claimed else None
        alike.setdefault(claim.provenance if claim and claim.provenance in known else None, []).append(file)
    return list(_grouped(alike, known, {name: row.dbid for name, row in claimed.items()}))


def _grouped(
    alike: Mapping[str | None, Sequence[str]], known: Mapping[str, Record], dbids: Mapping[str, int]
) -> Iterator[Parents]:
    for record, files in alike.items():
        yield Parents(known.get(record or ""), tuple(files), next((dbids[one] for one in files if one in dbids), None))


def _inputs(filecatalog: Database, job: Mapping[str, Any]) -> list[str]:
    """The names of the inputs of a job in the file catalog."""
    names = [name for name in (job["inputs"] or "").split(",") if name]
    if not names or job["input_tag"] in _UNTAGGED or job["segment"] is None:
        return []
    segment = job["segment"] // max(1, job["outputs"] or 1)
    wanted = {"run": job["run"], "segment": segment, "tag": job["input_tag"], "inputs": names}
    return filecatalog.read(lambda tx: [str(name) for name in tx.column("input_names", **wanted)])
