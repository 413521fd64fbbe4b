"""What a table is drawn on.

Pure: data in, data out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo


@dataclass(frozen=True)
class Screen:
    """A terminal, or plain text without a width, on which nothing is left out or folded.

    `now` is in seconds since 1970. Bars are of `#` on a plain screen.
    """

    now: int
    width: int | None = None
    zone: tzinfo = UTC
    plain: bool = False
