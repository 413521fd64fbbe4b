"""Productions, steps of their start, and findings as tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from prodcli.tables.table import Cell, Column, Kind, Table

if TYPE_CHECKING:
    from prodcli.productions.booked import BookedProduction
    from prodcli.productions.lint import ProductionFinding
    from prodcli.productions.start import NewProduction


def production_table(found: Iterable[BookedProduction]) -> Table:
    """All productions, with what their rules make."""
    rows: list[list[Cell]] = [
        [
            one.name,
            one.state,
            sum(bool(rule.rule) for rule in one.rules),
            ", ".join(dict.fromkeys(rule.product.tag for rule in one.rules)),
            one.changed,
            one.author,
            one.reason,
            one.folder,
        ]
        for one in found
    ]
    columns = (
        *(Column("production", style="bold"), Column("state"), Column("rules", kind=Kind.COUNT, level=1)),
        *(Column("tags", level=1), Column("changed", kind=Kind.AGO, level=2), Column("author", level=3)),
        *(Column("reason", level=2, drop_empty=True), Column("folder", kind=Kind.PATH, level=4)),
    )
    empty = "there is no production yet: prodcli production new NAME --from TEMPLATE"
    return Table(columns, rows, marks={"open": "green", "stopped": "red"}, note="" if rows else empty)


def finding_table(found: Sequence[ProductionFinding], name: str) -> Table:
    """What is wrong or odd in a production."""
    rows = [[one.where, one.rule, one.kind, one.what] for one in found]
    columns = (
        Column("where"),
        Column("rule", level=1),
        Column("kind", style="yellow"),
        Column("finding", kind=Kind.DETAIL),
    )
    return Table(columns, rows, note="" if rows else f"{name}: all well")


def step_table(new: NewProduction, dry_run: bool) -> Table:
    """What a new production will be made of."""
    files = new.files
    rows = [["folder", str(new.root)]]
    rows += [
        ["steering file" if one in files.steering_files else "rule file", str(new.folder / one)] for one in files.texts
    ]
    rows += [["rule", name] for name in files.rule_names]
    rows += [["tag", files.filling.tag]]
    rows += [["run list", str(new.folder / one)] for one in new.run_lists]
    rows += [["host", host] for host in files.hosts]
    if new.repository is not None:
        rows += [["git clone of", str(new.repository)], ["git branch", new.branch], ["git tag", new.git_tag]]
    rows += [["books", "an entry, which production list shows"]]
    columns = (Column("step", style="bold"), Column("what", kind=Kind.PATH))
    return Table(columns, rows, note="dry run: nothing was changed" if dry_run else "")
