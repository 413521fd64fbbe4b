"""The reports of `prodcli query REPORT` by their words; each is loaded on first use."""

from __future__ import annotations

import time
from importlib import import_module
from inspect import cleandoc
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from prodcli.errors import UsageError
from prodcli.names import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from prodcli.books.filters import Filters
    from prodcli.cli.context import Session
    from prodcli.tables.table import Table


class Report(NamedTuple):
    """A report: its function is `reports/<module>.py:<word>`, its line at most 60 characters."""

    module: str
    line: str
    by_detector: bool = False  # leaves are folded by the detector of their hosts
    of_queue: bool = False  # asks the batch system, too


REPORTS = MappingProxyType(
    {
        "pending": Report("job_figures", "jobs that have not started yet, and for how long"),
        "started": Report("job_figures", "jobs that have started: waiting, duration, events"),
        "clusters": Report("job_figures", "jobs by cluster, of clusters in a queue (--all: of all)"),
        "runs": Report("job_figures", "jobs by run: states, duration, events"),
        "failed": Report("trouble", "failed jobs by exit code, and one of them"),
        "held": Report("trouble", "held jobs by hold code, with memory, and one of them"),
        "condor": Report("live_queue", "the queues now: the schedds are asked", of_queue=True),
        "progress": Report("run_progress", "a bar for each run and dsttype (--all: also done ones)"),
        "throughput": Report("ends", "ends per hour, of the last 24 hours or --since"),
        "waste": Report("ends", "wall and CPU hours lost, of the last 7 days or --since"),
        "efficiency": Report("ends", "CPU and memory used of what was asked for, 7 days"),
        "restarts": Report("ends", "jobs that started or were submitted again, 7 days"),
        "weekly": Report("weekly", "submitted jobs by state: this week, last week, to date", by_detector=True),
    }
)


def split_words(words: list[str] | None) -> tuple[str | None, list[str]]:
    """The report that the first word names, if it does, and the words that mean runs.

    Raises UsageError for a first word of letters alone, which means neither.
    """
    first, *rest = words or [""]
    if first in REPORTS:
        return first, rest
    if first.isalpha():
        raise UsageError(
            f"no report is called {first!r:.40}{did_you_mean(first, REPORTS)}", todo="prodcli query --help"
        )
    return None, list(words or ())


def report_table(session: Session, word: str, filters: Filters, every: bool) -> Table:
    """The table of a report on the replica of the books."""
    from prodcli.reports.families import Families
    from prodcli.reports.question import Question

    families = Families(session.site)
    name = families.of_detector if REPORTS[word].by_detector else families.of_dsttype
    question = Question(filters, every, name, int(time.time()))
    function = getattr(import_module(f"prodcli.reports.{REPORTS[word].module}"), word)
    asked = (session.batch,) if REPORTS[word].of_queue else ()
    table: Table = function(session.database("production_read", read_only=True), question, *asked)
    return table


def complete_reports(incomplete: str) -> list[str]:
    """The words of reports for completion."""
    return [word for word in REPORTS if word.startswith(incomplete)]


def lists_reports(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Add the words of the reports and their lines to the help of a verb."""
    lines = [f"  {word:<10}  {report.line}" for word, report in REPORTS.items()]
    verb.__doc__ = "\n".join([cleandoc(str(verb.__doc__)), "", "\b", "REPORT is one of:", *lines])
    return verb
