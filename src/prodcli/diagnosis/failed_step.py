"""A step of a job's attempt as the books have it, and the signature of what it died of.

Pure: data in, data out.
"""

from __future__ import annotations

from dataclasses import dataclass

from prodcli.batch.node_list import node_of
from prodcli.diagnosis.signatures import signature, speaks_of_trouble, telling_line
from prodcli.error_catalog.catalog import ErrorCatalog, Match
from prodcli.error_catalog.known_error import Category, Symptom
from prodcli.states import Status, Substatus

RESTLESS = 5  # starts of a job that was evicted; one that starts more seldom is left to HTCondor
TOLD_BY_FILES = (Status.FAILED, Substatus.NO_OUTPUT)  # states of which the err file tells what happened


@dataclass(frozen=True, slots=True)
class FailedStep:
    """A step of an attempt; `state` is what it died of or was held for, None if it is in no trouble.

    `entered` is since when, in seconds since 1970. `retried` if the job went on and has ended again, `won` if it has
    finished. `err` is the path of its stderr, None if a later attempt has written over the file; `message` is the last
    error that the job reported. `signature_id` is the signature that it has already, with the booked state, code and text.
    """

    dbid: int
    attempt: int
    step: int
    state: str | None
    entered: int
    exit_code: int | None
    signal: int | None
    hold_code: int | None
    hold_subcode: int | None
    reason: str | None
    retried: int
    won: int
    runnumber: int
    segment: int | None
    rulename: str
    tag: str
    dataset: str
    dsttype: str
    node: str | None
    site: str | None
    cpu_model: str | None
    err: str | None
    message: str | None
    signature_id: int | None
    booked_state: str | None
    booked_code: str | None
    booked_text: str | None

    @property
    def code(self) -> str:
        """`34/102` of a hold, `exit 1` of a failure, else empty."""
        if self.state == Status.HELD:
            return f"{self.hold_code or 0}/{self.hold_subcode or 0}"
        if self.state == Status.FAILED:
            return "no exit code" if self.exit_code is None else f"exit {self.exit_code}"
        return ""

    @property
    def reported(self) -> bool:
        """True if the job reported the facility or CPU model of its node."""
        return self.site is not None or self.cpu_model is not None

    @property
    def told_by_files(self) -> bool:
        """True if the err file tells what happened."""
        return self.state in TOLD_BY_FILES

    @property
    def keeps_signature(self) -> bool:
        """True if the signature was read from files before, which may be gone by now."""
        alike = (self.booked_state, self.booked_code) == (self.state, self.code)
        return alike and self.told_by_files and bool(self.booked_text or not self.message)

    @property
    def is_to_be_read(self) -> bool:
        """True if the err file is to be read."""
        return self.told_by_files and not self.keeps_signature

    def symptom(self, text: str) -> Symptom:
        """What the error catalog looks at."""
        return Symptom(
            self.state or "",
            exit_code=self.exit_code,
            signal=self.signal,
            hold_code=self.hold_code if self.state == Status.HELD else None,
            hold_subcode=self.hold_subcode if self.state == Status.HELD else None,
            text=text,
            node=node_of(self.node or ""),
        )


@dataclass(frozen=True, slots=True)
class FailureSignature:
    """The common cause of failures: state, code, masked text, and the entry of the error catalog that fits; '' if none does."""

    state: str
    code: str
    text: str
    entry: str = ""
    name: str = ""
    category: Category = Category.UNKNOWN


def signature_of(step: FailedStep, end: str, catalog: ErrorCatalog) -> FailureSignature:
    """The signature of a step in trouble, from the end of its err file or its hold reason."""
    told = "\n".join(filter(None, (end, step.message))) if step.told_by_files else step.reason or ""
    return signature_from(step.symptom(told), step.code, end, step.message or "", catalog)


def signature_from(symptom: Symptom, code: str, end: str, message: str, catalog: ErrorCatalog) -> FailureSignature:
    """The signature of a symptom; `end` is that of an err file, `message` the last error that the job reported."""
    found = catalog.match(symptom)
    told_by_files = symptom.state in TOLD_BY_FILES
    text = _told_line(end, message, found) if told_by_files else signature(symptom.text)
    if found is None:
        return FailureSignature(symptom.state, code, text)
    entry = found.entry
    return FailureSignature(symptom.state, code, text, entry.key, entry.name, entry.category)


def _told_line(end: str, message: str, found: Match | None) -> str:
    """The line that the catalog knows, else the last one that speaks of trouble, else what the job reported, masked."""
    if found is not None and found.line:
        return signature(found.line)
    line = telling_line(end)
    return line if not message or speaks_of_trouble(line) else signature(message)
