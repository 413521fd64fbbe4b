"""The passes of a launch as a table: what each would submit, or has submitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prodcli.cli.steering.steer_table import runs_in_words
from prodcli.tables.table import Cell, Column, Kind, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.automation.rule_result import RulePass
    from prodcli.config.profile import Site
    from prodcli.steering.steered_rule import SteeredRule

_COLUMNS = (
    Column("rule", style="bold"),
    Column("tag", level=2, shared=True),
    Column("runs", level=1),
    Column("jobs", kind=Kind.COUNT),
    Column("left_out", kind=Kind.COUNT, level=1),
    Column("why", kind=Kind.DETAIL, drop_empty=True),
    Column("error", kind=Kind.DETAIL, style="red", drop_empty=True),
)


def launch_table(rules: Sequence[SteeredRule], found: Sequence[RulePass], site: Site, *notes: str) -> Table:
    """A row for each rule, parents first; `notes` stand below."""
    said = {one.name: runs_in_words(one, site) for one in rules}
    rows: list[list[Cell]] = [
        [one.rule, one.tag, said.get(one.rule, ""), one.submitted, sum(one.reasons.values()), _why(one), one.error]
        for one in found
    ]
    return Table(_COLUMNS, rows, note="\n".join(filter(None, notes)))


def _why(one: RulePass) -> str:
    """`no input 12, blocked 3`, the most frequent first, after what the pass says of itself."""
    counts = sorted(one.reasons.items(), key=lambda item: (-item[1], item[0]))
    return "; ".join(filter(None, [one.note, ", ".join(f"{reason} {count}" for reason, count in counts)]))
