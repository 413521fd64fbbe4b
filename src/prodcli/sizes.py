"""Memory and disk sizes as people write them, and as the books keep them (MB, KB); counts in words.

Pure: data in, data out.
"""

from __future__ import annotations

import re

_SIZE = re.compile(r"(?i)\s*([0-9]+(?:\.[0-9]+)?)\s*(?:([KMGT])(?:i?B)?|(B))?\s*")
_BYTES = {"K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}
_MOST_DIGITS = 15
_MOST = 2**31 - 1  # the books keep MB and KB in 4 bytes


def parse_bytes(text: str | int | float, unit: str) -> int:
    """Read `2 GB`, `2024MB`, `10G`, `512` as bytes; a bare number counts in `unit` (K or M), as in HTCondor.

    Raises ValueError with the allowed forms.
    """
    found = _SIZE.fullmatch(str(text))
    if found is None or isinstance(text, bool):
        raise ValueError(f"{text!r} is not a size; write it like 2024MB or 2 GB")
    number, letter, plain = found.groups()
    if len(number) > _MOST_DIGITS:
        raise ValueError(f"{text!r:.40} is too large for a size")
    size = round(float(number) * (1 if plain else _BYTES[(letter or unit).upper()]))
    if size <= 0:
        raise ValueError(f"{text!r} is not a size above zero")
    return size


def parse_mb(text: str | int | float) -> int:
    """Read a memory size in MB, rounded up; a bare number is MB. Raises ValueError."""
    return _rounded_up(text, "M")


def parse_kb(text: str | int | float) -> int:
    """Read a disk size in KB, rounded up; a bare number is KB. Raises ValueError."""
    return _rounded_up(text, "K")


def parse_ladder(value: object) -> tuple[int, ...]:
    """Read `2 GB, 3 GB, 5 GB` (or a list) as a memory ladder in MB; a trailing comma is ignored.

    Raises ValueError if a step is not a size or the steps do not climb.
    """
    steps = list(value) if isinstance(value, list | tuple) else str(value).split(",")
    if len(steps) > 1 and not str(steps[-1]).strip():
        steps.pop()
    ladder = tuple(parse_mb(step) for step in steps)
    if not ladder or any(low >= high for low, high in zip(ladder, ladder[1:], strict=False)):
        raise ValueError(f"{value!r} does not climb; write a ladder from small to large, like 2 GB, 3 GB, 5 GB")
    return ladder


def _rounded_up(text: str | int | float, unit: str) -> int:
    size = -(-parse_bytes(text, unit) // _BYTES[unit])
    if size > _MOST:
        raise ValueError(f"{text!r} is too large for a size")
    return size


def bytes_in_words(size: int) -> str:
    """`512 B`, `1.5 GB`: a number of bytes in its largest unit, of 1024 each."""
    amount, unit = float(size), "B"
    for unit in ("B", "KB", "MB", "GB", "TB", "PB"):
        if abs(amount) < 1000 or unit == "PB":
            break
        amount /= 1024
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"


GRID = 128  # advised steps are multiples of it, as HTCondor's slots are


def on_grid(size: int) -> int:
    """The memory of a slot for a job that asks for so much."""
    return -(-size // GRID) * GRID


def counted(number: int, what: str) -> str:
    """`1 job`, `2 jobs`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def left_out(number: int, why: str, what: str = "job") -> str:
    """`2 jobs left out: already held`."""
    return f"{counted(number, what)} left out: {why}"
