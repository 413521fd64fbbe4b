"""Read the events of inputs and outputs from the file catalog: one statement each, however many runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodcli.catalogs.catalogs import input_words
from prodcli.catalogs.output_names import OutputNames
from prodcli.completeness.catalog_rows import OutputRow
from prodcli.completeness.input_events import InputGroup
from prodcli.db import Database, Transaction
from prodcli.names import leafdir
from prodcli.rules.layout import Layout

if TYPE_CHECKING:
    from prodcli.rules.model import Rule
    from prodcli.runs.selection import RunSelection


@dataclass(frozen=True)
class CatalogReads:
    """What a check reads from the file catalog."""

    filecatalog: Database

    def input_groups(self, rule: Rule, runs: Sequence[int]) -> list[InputGroup]:
        """The inputs of every segment by their events; an input counts on disk or not."""

        def work(tx: Transaction) -> list[InputGroup]:
            query = tx.named("input_events").constrained(rule.input.infile_query_constraints)
            fixed = {"runs": list(runs), "tag": rule.intriplet, "dataset": rule.input.dataset}
            return [
                found._replace(mask=found.mask << shift)
                for shift, inputs in input_words(rule.dsttype.inputs)
                for found in tx.rows_as(InputGroup, query, inputs=inputs, **fixed)
            ]

        return self.filecatalog.read(work)

    def outputs(self, rule: Rule, runs: Sequence[int]) -> list[OutputRow]:
        """The outputs of a rule's production: its dataset, tag and dsttypes; those of listed jobs by their names."""
        if lists_jobs(rule):
            names = OutputNames(Layout(rule))
            named = {"runs": list(runs), "pattern": names.like}
            found = self.filecatalog.read(lambda tx: list(tx.rows_as(OutputRow, "named_outputs", **named)))
            return [row for row in found if names.parse(row.filename) is not None]
        wanted = {"tag": rule.outtriplet, "dataset": rule.params.dataset, "dsttypes": dsttypes_of(rule)}
        return self.filecatalog.read(
            lambda tx: list(tx.rows_as(OutputRow, "checked_outputs", runs=list(runs), **wanted))
        )


def segment0_events(raw: Database, rule: Rule, runs: Sequence[int]) -> dict[tuple[int, str], int]:
    """How far the raw files of segment 0 go, by run and host, where the raw catalog knows."""
    wanted = {"runs": list(runs), "hosts": [host.name for host in rule.dsttype.hosts]}
    rows = raw.read(lambda tx: list(tx.rows("raw_segment0_events", **wanted)))
    return {(run, host): int(events) for run, host, events in rows if events is not None}


def lists_jobs(rule: Rule) -> bool:
    """True if a query of the rule's own, or the rule itself, lists the jobs."""
    return rule.by_query or rule.generated


def runs_with_outputs(database: Database, query: str, rule: Rule, selection: RunSelection) -> set[int]:
    """The selected runs of which a database has outputs with the names of the rule."""
    wanted = {"spans": [{"low": low, "high": high} for low, high in selection.spans]}
    pattern = OutputNames(Layout(rule)).like
    return set(database.read(lambda tx: list(tx.column(query, pattern=pattern, **wanted))))


def dsttypes_of(rule: Rule) -> list[str]:
    """The dsttypes of a rule's outputs: for combining one for each host."""
    name = rule.params.dsttype
    return [leafdir(name, host.leaf) for host in rule.dsttype.hosts] if rule.combining else [name]
