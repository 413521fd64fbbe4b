"""Read records: of claims, clusters, tags and files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from prodcli.db import Database, Transaction, chunks_of
from prodcli.names import parse_output_name

_ROWS = 5_000  # per statement


@dataclass(frozen=True)
class StoredCode:
    """A git repository of a record; `diff` is the hash of the difference, None if there is none."""

    folder: str
    remote: str
    branch: str
    commit: str
    pushed: str
    changed: tuple[str, ...]
    diff: str | None
    note: str


@dataclass(frozen=True)
class Record:
    """A record of a submission; texts by their hash, None where they are not known; `made` in seconds since 1970."""

    id: str
    made: int
    rule: str
    tag: str
    rule_file: str
    written: str | None
    resolved: str | None
    payload: str | None
    kit: str | None
    version: str
    account: str
    actor: str
    host: str
    command: str
    repeats: str | None
    code: tuple[StoredCode, ...] = ()


@dataclass(frozen=True, slots=True)
class SubmittedClaim:
    """A claim: what its jobs make, and the id of its record; None for claims that are older than records."""

    id: str
    schedd: str
    rule: str
    tag: str | None
    dataset: str | None
    dsttype: str | None
    started: int
    account: str | None
    kit: str | None
    provenance: str | None


class OutputClaim(NamedTuple):
    """An output with the row of its job, and the claim; None for rows of other tools."""

    file: str
    dbid: int
    claim: str | None


@dataclass(frozen=True)
class Records:
    """The records of the books, to be asked for."""

    books: Database

    def claims(self, ids: Sequence[str]) -> list[SubmittedClaim]:
        """Claims by their ids."""
        return self._claims("claims_by_id", claims=list(ids))

    def of_cluster(self, cluster: int, schedd: str) -> list[SubmittedClaim]:
        """The claims of a cluster; of an empty schedd those on any."""
        return self._claims("claims_of_cluster", cluster=cluster, schedd=schedd)

    def newest_of_tag(self, tag: str) -> list[SubmittedClaim]:
        """The newest claim with a record of each product of a tag."""
        return self._claims("newest_claims_of_tag", tag=tag)

    def knows_tag(self, tag: str) -> bool:
        """True if a claim has the tag."""
        return self.books.read(lambda tx: tx.one("has_claims_of_tag", tag=tag)) is not None

    def _claims(self, query: str, **values: object) -> list[SubmittedClaim]:
        return self.books.read(lambda tx: list(tx.rows_as(SubmittedClaim, query, **values)))

    def of_outputs(self, files: Sequence[str]) -> list[OutputClaim]:
        """The jobs of outputs, with their claims."""

        def work(tx: Transaction) -> list[OutputClaim]:
            chunks = chunks_of(sorted(files), _ROWS)
            return [row for chunk in chunks for row in tx.rows_as(OutputClaim, "claims_of_outputs", files=chunk)]

        return self.books.read(work)

    def job_beside(self, name: str) -> int | None:
        """The row of the job of a file that is not its first output: of a later segment, or as the job reported it."""
        try:
            base, run, segment = parse_output_name(name)
        except ValueError:
            return None
        stem = name.removesuffix(f"{segment:05d}.root")

        def work(tx: Transaction) -> int | None:
            found: int | None = tx.value("job_with_segment", run=run, segment=segment, stem=stem)
            return tx.value("job_that_reported", run=run, file=name) if found is None else found

        return self.books.read(work)

    def get(self, ids: Sequence[str]) -> dict[str, Record]:
        """Records by their ids, with their repositories."""
        wanted = sorted(set(ids))

        def work(tx: Transaction) -> dict[str, Record]:
            code: dict[str, tuple[StoredCode, ...]] = {}
            for chunk in chunks_of(wanted, _ROWS):
                for owner, one in tx.rows_as(_code, "repositories_of_records", ids=chunk):
                    code[owner] = (*code.get(owner, ()), one)
            return {
                row["id"]: Record(**row, code=code.get(row["id"], ()))
                for chunk in chunks_of(wanted, _ROWS)
                for row in tx.rows_as(_row, "records_by_id", ids=chunk)
            }

        return self.books.read(work)

    def texts(self, hashes: Sequence[str | None]) -> dict[str, str]:
        """Texts by their hashes."""
        wanted = sorted({one for one in hashes if one})
        return dict(self.books.read(lambda tx: list(tx.rows("texts_of_hashes", hashes=wanted)))) if wanted else {}


def _code(provenance: str, changed: str, **rest: Any) -> tuple[str, StoredCode]:
    return provenance, StoredCode(changed=tuple(json.loads(changed)), **rest)


def _row(**columns: Any) -> Mapping[str, Any]:
    return columns
