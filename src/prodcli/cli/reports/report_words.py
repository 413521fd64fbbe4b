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
    """A report: its module has a function of its word; its line has at most 60 characters."""

    module: str
    line: str
    by_detector: bool = False  # leaves are folded by the detector of their hosts
    of_queue: bool = False  # asks the batch system, too
    of_catalog: bool = False  # asks the file catalog, too
    by: tuple[str, ...] = ("host",)  # what its rows can be split by


REPORTS = MappingProxyType(
    {
        "pending": Report("reports.job_figures", "jobs that have not started yet, and for how long"),
        "started": Report("reports.job_figures", "jobs that have started: waiting, duration, events"),
        "clusters": Report("reports.job_figures", "jobs by cluster, of clusters in a queue (--all: of all)"),
        "runs": Report("reports.job_figures", "jobs by run: states, duration, events"),
        "failed": Report("reports.trouble", "failed jobs by exit code, and one of them"),
        "held": Report("reports.trouble", "held jobs by hold code, with memory, and one of them"),
        "condor": Report("reports.live_queue", "the queues now: the schedds are asked", of_queue=True),
        "progress": Report("reports.run_progress", "a bar for each run and dsttype (--all: also done ones)"),
        "outputs": Report("reports.run_progress", "outputs expected of jobs, and registered ones", of_catalog=True),
        "throughput": Report("reports.ends", "ends per hour, of the last 24 hours or --since", by=()),
        "waste": Report("reports.ends", "wall and CPU hours lost, 7 days; also --by phase", by=("host", "phase")),
        "efficiency": Report("reports.ends", "CPU and memory used of what was asked for, 7 days"),
        "restarts": Report("reports.ends", "jobs that started or were submitted again, 7 days"),
        "estimates": Report(
            "estimates.estimate_table", "when campaigns, rules or runs (--by run) will have ended", by=("run",)
        ),
        "accuracy": Report("estimates.accuracy", "how good the estimates of the last 30 days were", by=()),
        "weekly": Report("reports.weekly", "submitted jobs by state: this week, last week, to date", by_detector=True),
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


def report_table(session: Session, word: str, filters: Filters, every: bool, by: str | None) -> Table:
    """The table of a report on the replica of the books; raises UsageError if it cannot be split so."""
    from prodcli.reports.books_report import Question
    from prodcli.reports.families import Families

    report = REPORTS[word]
    if by is not None and by not in report.by:
        raise UsageError(
            f"{word} is not split by {by}", where="--by", todo=f"--by {' or '.join(report.by)}" if report.by else ""
        )
    families = Families(session.site)
    folded = families.of_detector if report.by_detector else families.of_dsttype
    name = str if by == "host" else folded
    question = Question(filters, every, name, int(time.time()), by)
    function = getattr(import_module(f"prodcli.{report.module}"), word)
    asked = [session.batch] if report.of_queue else [session.catalog("filecatalog")] if report.of_catalog else []
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
