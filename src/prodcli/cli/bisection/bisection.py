"""`diagnose --bisect`: what changed when failures began."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prodcli.cli.context import Session
    from prodcli.cli.tables.view import View
    from prodcli.diagnosis.failure_question import FailureQuestion


def show_bisection(session: Session, question: FailureQuestion, how: View) -> None:
    """Show what changed with the most frequent signatures of a question."""
    from prodcli.bisection.bisect_table import data_table, people_table
    from prodcli.bisection.bisected import bisected
    from prodcli.db.schema import require_current
    from prodcli.time_text import clock_time

    books = session.database("production_read", read_only=True)
    require_current(books)
    with session.progress("comparing attempts"):
        found = bisected(books, question, int(time.time()))
    table = data_table if how.is_data else people_table
    session.show(table(found, partial(clock_time, zone=session.zone)), how)
