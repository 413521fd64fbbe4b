"""What a site says about payloads that nobody could get again from a commit of a remote.

Pure: data in, data out.
"""

from __future__ import annotations

from enum import StrEnum


class PayloadPolicy(StrEnum):
    """What a pass does about such a payload."""

    REFUSE = "refuse"
    WARN = "warn"
    ALLOW = "allow"


def payload_policy(word: object) -> PayloadPolicy:
    """The policy of a word; raises ValueError for another word."""
    known = {str(one): one for one in PayloadPolicy}
    if str(word) not in known:
        raise ValueError(f"provenance: {word!r:.60} is none of {', '.join(known)}")
    return known[str(word)]
