"""The keys of JSON that docs/reports.md names for a verb."""

from collections.abc import Iterator
from typing import Any

from tests.support.rule_files import REPOSITORY

# below these keys stand names of the data: reasons, kinds, schedds, parameters of the verb
_FREE = frozenset({"flags", "left", "not_eligible", "parameters", "failed", "unheard", "clusters"})


def keys_of(data: Any) -> Iterator[str]:
    """All keys of the objects in JSON, but those that are data themselves."""
    for one in data if isinstance(data, list) else []:
        yield from keys_of(one)
    for key, value in data.items() if isinstance(data, dict) else []:
        yield key
        yield from keys_of(value) if key not in _FREE else ()


def undocumented(verb: str, data: Any) -> set[str]:
    """The keys that the line of a verb does not name."""
    lines = (REPOSITORY / "docs" / "reports.md").read_text().splitlines()
    said = " ".join(line for line in lines if line.startswith("| `") and f"`{verb}`" in line.split(" | ")[0])
    return set(keys_of(data)) - set(said.replace("`", " ").replace(",", " ").split())
