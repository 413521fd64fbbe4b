"""Labels that people put on runs, for selections: `--runs label:golden`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prodcli.db import Database, chunks_of
from prodcli.runs.selection import RunSelection

_RUNS = 20_000  # runs per statement


@dataclass(frozen=True, slots=True)
class LabelledRuns:
    """Runs that got a label at once: by whom, when (in seconds since 1970) and why."""

    label: str
    runs: RunSelection
    reason: str
    author: str
    added: int


def known_runs(daq: Database, wanted: RunSelection) -> list[int]:
    """The runs of a selection that the daq database has, sorted."""
    spans = [{"low": low, "high": high} for low, high in wanted.spans]
    return daq.read(lambda tx: list(tx.column("known_runs", spans=spans)))


def label_runs(database: Database, label: str, runs: Sequence[int], reason: str, author: str) -> int:
    """Put a label on runs; returns their number, without runs that have the label."""
    return database.write(
        lambda tx: sum(
            tx.run("add_run_labels", label=label, runs=[{"run": run} for run in chunk], reason=reason, author=author)
            for chunk in chunks_of(runs, _RUNS)
        )
    )


def unlabel_runs(database: Database, label: str, runs: Sequence[int]) -> int:
    """Take a label from runs; returns their number."""
    return database.write(
        lambda tx: sum(tx.run("remove_run_labels", label=label, runs=chunk) for chunk in chunks_of(runs, _RUNS))
    )


def labelled_runs(database: Database, label: str | None, wanted: RunSelection) -> list[LabelledRuns]:
    """The labelled runs of a selection, by label and time; `label` None is every label."""
    spans = [{"low": low, "high": high} for low, high in wanted.spans]
    groups: dict[tuple[str, str, str, int], set[int]] = {}
    for name, run, reason, author, added in database.read(
        lambda tx: list(tx.rows("labelled_runs", label=label, spans=spans))
    ):
        groups.setdefault((name, reason, author, added), set()).add(run)
    return [
        LabelledRuns(name, RunSelection((), frozenset(runs)), reason, author, added)
        for (name, reason, author, added), runs in groups.items()
    ]
