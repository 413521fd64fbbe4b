"""Hold reasons and err files with numbers, hosts and paths masked, so that equal causes have equal texts.

Pure: data in, data out.
"""

from __future__ import annotations

import re

from prodcli.errors import one_line

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
_MASKED = re.compile(r"\b(?:HOST|N|PATH|URL)\b")
_TELLING = re.compile(
    r"(?i)error|exception|fatal|fail|cannot|can't|could not|unable|no such|not found|denied|refused|timed? ?out|abort|violation"
    r"|segmentation|killed|terminate|undefined|assert|no space|quota|bad_alloc|out of memory"
)


def signature(reason: str | None) -> str:
    """A reason with the parts masked that differ from job to job; a long one is cut."""
    text = one_line((reason or "")[:_READ])
    for pattern, name in _MASKS:
        text = pattern.sub(name, text)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."


def has_masks(text: str) -> bool:
    """True if some parts of a text are masked."""
    return _MASKED.search(text) is not None


def speaks_of_trouble(line: str) -> bool:
    """True for a line that speaks of an error."""
    return _TELLING.search(line) is not None


def telling_line(text: str) -> str:
    """The last line of an err file that speaks of trouble, masked; else its last line with text."""
    lines = [line for line in text.splitlines() if line.strip()]
    told = next((line for line in reversed(lines) if speaks_of_trouble(line)), lines[-1] if lines else "")
    return signature(told)
