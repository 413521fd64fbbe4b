"""Read a rendered submission as HTCondor will read it."""

import re
from pathlib import Path

from prodcli.batch.description import Description, parse_description, read_items
from prodcli.errors import BatchError

_NO_WORD = re.compile(r"(?m)^,|,,|,$|^\n|[^\S\n]")  # a value of an item that is empty or has a blank


def read_submission(description: Path) -> tuple[str, Description, int]:
    """A description, and the number of its items; raises BatchError for items that HTCondor would read differently."""
    where = str(description)
    try:
        text = description.read_text("utf-8")
        parsed = parse_description(text, where)
        items = (description.parent / parsed.items_file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as err:
        raise BatchError(f"cannot be read: {err}", where=where) from err
    rows = read_items(items, parsed.fields, parsed.items_file)
    if _NO_WORD.search(items):
        _refuse(rows, parsed.items_file)
    if not rows:
        raise BatchError("there are no items", where=parsed.items_file)
    return text, parsed, len(rows)


def _refuse(rows: list[dict[str, str]], where: str) -> None:
    """Raise BatchError for a value that HTCondor would read differently.

    An empty one inherits the first row's, a blank ends one.
    """
    for number, row in enumerate(rows, start=1):
        for field, value in row.items():
            if not value or any(c.isspace() for c in value):
                raise BatchError(f"line {number}: {field} must be a word, not {value!r}", where=where)
