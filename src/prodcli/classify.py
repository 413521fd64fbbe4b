"""Hold reasons and error outputs by what they have in common: numbers, hosts and paths masked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from prodcli.errors import one_line
from prodcli.holds import meaning_of
from prodcli.targets import TargetJob

_LONGEST = 240  # letters of a signature
_READ = 2000  # letters of a reason that are looked at
_MASKS = (
    (re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\",;)]+"), "URL"),
    (re.compile(r"<\d{1,3}(?:\.\d{1,3}){3}:[^>\s]*>|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b"), "HOST"),
    (re.compile(r"(?<![\w.])\.{0,2}(?:/(?:\.{1,2}(?=/)|[\w.+@%=~:-]*[\w+@%=~-]))+/?"), "PATH"),
    (re.compile(r"\b(?:slot[\w-]+@)?[A-Za-z][\w-]*(?:\.[A-Za-z0-9][\w-]*)+\.[a-z]{2,}\b"), "HOST"),
    (re.compile(r"\bslot[\w-]+@[\w-]+"), "HOST"),
    (re.compile(r"\b0x[0-9a-fA-F]+\b|\d+(?:\.\d+)?"), "N"),
)
_TELLING = re.compile(
    r"(?i)error|exception|fatal|fail|cannot|can't|could not|unable|no such|not found|denied|refused|timed? ?out|abort|violation"
    r"|segmentation|killed|terminate|undefined|assert|no space|quota|bad_alloc|out of memory"
)


@dataclass
class HoldClass:
    """Held jobs with the same code and signature; memory in MB, `oldest` in seconds since 1970."""

    code: str
    meaning: str
    signature: str
    helps: str
    dbids: list[int] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    used: list[int] = field(default_factory=list)
    nodes: Counter[str] = field(default_factory=Counter)
    oldest: int = 0
    example: str = ""


def signature(reason: str | None) -> str:
    """A reason with what differs from job to job masked; a long one is cut."""
    text = one_line((reason or "")[:_READ])
    for pattern, name in _MASKS:
        text = pattern.sub(name, text)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."


def telling_line(text: str) -> str:
    """The last line of an error output that speaks of trouble, masked; else its last line that says anything."""
    lines = [line for line in text.splitlines() if line.strip()]
    told = next((line for line in reversed(lines) if _TELLING.search(line)), lines[-1] if lines else "")
    return signature(told)


def hold_classes(jobs: Iterable[TargetJob]) -> list[HoldClass]:
    """Held jobs by code and signature, the most frequent first."""
    found: dict[tuple[int, int, str], HoldClass] = {}
    for job in jobs:
        code, subcode = job.hold_code or 0, job.hold_subcode or 0
        key = (code, subcode, signature(job.hold_reason))
        if key not in found:
            hold = meaning_of(code, subcode, job.hold_reason)
            meaning, helps = (
                (hold.meaning.rpartition(" (")[0], hold.helps) if hold else ("no code", "see the hold reason")
            )
            found[key] = HoldClass(f"{code}/{subcode}", meaning, key[2], helps, oldest=job.since, example=job.id)
        _add(found[key], job)
    return sorted(found.values(), key=lambda one: (-len(one.dbids), one.code, one.signature))


def _add(one: HoldClass, job: TargetJob) -> None:
    one.dbids.append(job.dbid)
    one.asked += [job.memory_asked] if job.memory_asked is not None else []
    one.used += [job.memory_used] if job.memory_used is not None else []
    one.nodes[job.node or ""] += 1
    one.oldest = min(one.oldest, job.since)
