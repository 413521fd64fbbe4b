"""Keeps what the submissions of a command are made from, and follows the policy of the site.

A payload is looked at once for a command. Where the policy does not refuse, trouble with git, files or books costs a
warning, and never a submission.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread

from prodcli.config.payload_policy import PayloadPolicy
from prodcli.db import Database, Transaction, chunks_of
from prodcli.errors import ProdError
from prodcli.provenance.keep import keep
from prodcli.provenance.payload import Payload, look_at_payload
from prodcli.provenance.policy import unfit, unfit_version, unknown
from prodcli.provenance.record import Invocation, Provenance
from prodcli.provenance.resolved_rule import payload_of, resolved_text
from prodcli.rules.model import Rule

log = logging.getLogger(__name__)
_CLAIMS = 5_000  # per statement
_TODO = "commit and push it, or let site.provenance say warn"


def _new_id() -> str:
    return os.urandom(16).hex()


@dataclass(frozen=True, slots=True)
class Repeated:
    """A claim whose jobs are submitted again: its rule, tag and kit, and the script of the jobs."""

    claim: str
    rule: str
    tag: str
    kit: str
    script: str


@dataclass(frozen=True, slots=True)
class _Original:
    """The record of a claim; None where it has none."""

    claim: str
    provenance: str | None
    rule_file: str | None
    written: str | None
    resolved: str | None


@dataclass(eq=False)
class PendingRecord:
    """A record that is kept once rows are claimed that name it, before a schedd gets their jobs."""

    record: Provenance
    _write: Callable[[Provenance], None]
    _kept: bool = False

    @property
    def id(self) -> str:
        """The id of the record."""
        return self.record.id

    def keep(self) -> None:
        """Keep the record, unless it is kept already; a failure is a warning."""
        if not self._kept:
            self._kept = True
            self._write(self.record)


@dataclass(frozen=True)
class Keeper:
    """The books and the folder that keep records, the command that submits, and the policy that holds for the command."""

    books: Database
    campaigns: Path
    invocation: Callable[[], Invocation]  # asked once there is something to keep
    policy: PayloadPolicy
    _looks: dict[tuple[tuple[str, ...], str], Payload] = field(default_factory=dict, init=False)
    _looking: Lock = field(default_factory=Lock, init=False)

    def begin(self, rule: Rule) -> None:
        """Begin to look at the payload of a rule, while the caller does other work."""
        Thread(target=self._payload_of, args=(rule,), name="payload", daemon=True).start()

    def refusals(self, rule: Rule) -> Iterator[str]:
        """One line for each reason why the policy lets no job of the rule be submitted now."""
        if self.policy is PayloadPolicy.REFUSE:
            payload = self._payload_of(rule)
            yield from (*unfit_version(rule), *unfit(payload), *unknown(payload))

    def require_fit(self, rule: Rule) -> None:
        """Raise ProdError for the first of the refusals."""
        for why in self.refusals(rule):
            raise ProdError(why, todo=_TODO)

    def warn(self, rule: Rule) -> None:
        """Warn of a payload that could not be got again, if the policy says so."""
        if self.policy is PayloadPolicy.WARN:
            for why in (*unfit_version(rule), *unfit(self._payload_of(rule))):
                log.warning("%s", why)

    def of_rule(self, rule: Rule) -> PendingRecord:
        """What jobs of a rule are made from now."""
        self.warn(rule)
        record = Provenance(
            id=_new_id(),
            rule=rule.name,
            tag=rule.outtriplet,
            rule_file=rule.file,
            written=rule.written,
            resolved=resolved_text(rule),
            payload=self._payload_of(rule),
            kit=Path(rule.kit).name,
        )
        return PendingRecord(record, self._keep)

    def of_repeated(self, claims: Sequence[Repeated]) -> dict[str, PendingRecord]:
        """What jobs that are submitted again are made from now, by claim; claims of one content share a record.

        Raises ProdError if the policy refuses.
        """
        records: dict[object, PendingRecord] = {}
        found: dict[str, PendingRecord] = {}
        for one, record in self._repeating(claims):
            same = (record.rule, record.tag, record.written, record.resolved, record.kit, record.payload)
            found[one.claim] = records.setdefault(same, PendingRecord(record, self._keep))
        for why in dict.fromkeys(why for one in records.values() for why in self._against(one.record)):
            if self.policy is PayloadPolicy.REFUSE:
                raise ProdError(why, todo=_TODO)
            log.warning("%s", why)
        return found

    def _against(self, record: Provenance) -> Iterator[str]:
        if self.policy is not PayloadPolicy.ALLOW:
            yield from unfit(record.payload)
        if self.policy is PayloadPolicy.REFUSE:
            yield from unknown(record.payload)

    def _repeating(self, claims: Sequence[Repeated]) -> Iterator[tuple[Repeated, Provenance]]:
        """The record of each claim that is repeated: its rule as it was, the payload as it is now."""
        known, texts = self._originals([one.claim for one in claims])
        for one in claims:
            was = known.get(one.claim, _Original(one.claim, None, None, None, None))
            text = texts.get(was.resolved or "", "")
            entries, script = payload_of(text)
            yield (
                one,
                Provenance(
                    id=_new_id(),
                    rule=one.rule,
                    tag=one.tag,
                    rule_file=was.rule_file or "",
                    written=texts.get(was.written or "", ""),
                    resolved=text,
                    payload=self._looked_at(tuple(entries), script or one.script),
                    kit=one.kit,
                    repeats=was.provenance,
                ),
            )

    def _originals(self, claims: Sequence[str]) -> tuple[dict[str, _Original], dict[str, str]]:
        """The records of claims, and the texts of their rules by hash."""
        known: dict[str, _Original] = {}
        texts: dict[str, str] = {}

        def work(tx: Transaction) -> None:
            for chunk in chunks_of(sorted(set(claims)), _CLAIMS):
                known.update((row.claim, row) for row in tx.rows_as(_Original, "provenance_of_claims", claims=chunk))
            hashes = {name for row in known.values() for name in (row.written, row.resolved) if name}
            texts.update(tx.rows("texts_of_hashes", hashes=sorted(hashes)) if hashes else ())

        self.books.read(work)
        return known, texts

    def _payload_of(self, rule: Rule) -> Payload:
        return self._looked_at(tuple(rule.path(entry) for entry in rule.job.payload), rule.path(rule.job.script))

    def _looked_at(self, entries: tuple[str, ...], script: str) -> Payload:
        with self._looking:
            if (entries, script) not in self._looks:
                self._looks[entries, script] = look_at_payload(entries, script)
            return self._looks[entries, script]

    def _keep(self, record: Provenance) -> None:
        try:
            keep(self.books, self.campaigns, record, self.invocation())
        except ProdError as failure:
            log.warning("what these jobs are made from is not on record: %s", failure)
