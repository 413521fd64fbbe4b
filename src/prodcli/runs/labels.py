"""Labels of runs as a selection reads them: `label:golden`."""

import re

from prodcli.db import Database, Transaction
from prodcli.errors import DatabaseError, UsageError
from prodcli.names import did_you_mean

LABEL = "label:"  # what a selector begins with that means a label
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def label_name(text: str) -> str:
    """A label as people type it; raises UsageError for a word that is no label."""
    if not _NAME.fullmatch(text):
        raise UsageError(
            f"{text!r:.60} is no label", where="LABEL", todo="letters, digits, _ . -, at most 64, like golden"
        )
    return text


def known_labels(books: Database) -> list[str]:
    """The labels that some run has; raises DatabaseError for books without labels."""
    return books.read(_known)


def runs_with(books: Database, label: str) -> list[int]:
    """The runs with a label; raises UsageError for a label that no run has, DatabaseError for books without labels."""
    known, runs = books.read(lambda tx: (_known(tx), list(tx.column("runs_with_label", label=label))))
    if not runs:
        hint = did_you_mean(label, known) if known else "; no run has a label"
        raise UsageError(f"no run has the label {label!r:.60}{hint}")
    return runs


def _known(tx: Transaction) -> list[str]:
    if tx.one("has_table", table_name="production_run_labels") is None:
        raise DatabaseError("the books have no labels of runs", todo="run prodcli db upgrade")
    return list(tx.column("known_labels"))
