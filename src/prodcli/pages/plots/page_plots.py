"""The plots of pages: progress, throughput, memory, slots, durations and events of a campaign; progress and events of each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from prodcli.plots.durations import durations
from prodcli.plots.event_profile import Events, event_figure, read_events
from prodcli.plots.memory_use import memory
from prodcli.plots.progress import ProgressRows, progress_figure, read_progress
from prodcli.plots.slots import slots
from prodcli.plots.throughput import throughput

if TYPE_CHECKING:
    from prodcli.db import Database
    from prodcli.plots.figure import Figure
    from prodcli.reports.books_report import Question
    from prodcli.reports.status_lines import Line

_DAY = 86_400
_SLICES = (("1d", "24 hours", _DAY), ("7d", "7 days", 7 * _DAY), ("30d", "30 days", 30 * _DAY))


@dataclass(frozen=True)
class PagePlot:
    """A plot of a page: `name` is a word that no other plot of the page has.

    Plots with one heading are slices of time, of which a reader chooses one by its `slice`.
    """

    name: str
    heading: str
    figure: Figure
    slice: str = ""


@dataclass(frozen=True)
class PlotRows:
    """The counted rows of the plots that both a campaign and its steps have: read once, and divided by step."""

    progress: ProgressRows
    events: Sequence[Events]

    def of(self, step: Line) -> PlotRows:
        """The rows of a step, whatever its dataset."""
        events = [one for one in self.events if one.dsttype in step.dsttypes]
        return PlotRows(self.progress.of(step.dsttype, step.dsttypes), events)


def read_plot_rows(database: Database, question: Question) -> PlotRows:
    """The rows of a campaign or of a step; raises DatabaseError if the books cannot be read."""
    return PlotRows(read_progress(database, question), read_events(database, question))


def campaign_plots(database: Database, question: Question, rows: PlotRows) -> list[PagePlot]:
    """The plots of a campaign, which tell its steps apart, the first ones first; raises DatabaseError if the books cannot be read."""

    def since(seconds: int) -> Question:
        return replace(question, filters=replace(question.filters, since=question.now - seconds))

    of_slots = [
        PagePlot(f"slots-{name}", "Slots by rule", slots(database, since(length)), words)
        for name, words, length in _SLICES
    ]
    return [
        PagePlot("progress", "Progress", progress_figure(rows.progress, question)),
        PagePlot("throughput", "Throughput of 7 days", throughput(database, since(7 * _DAY))),
        *of_slots,
        PagePlot("memory", "Memory", memory(database, question)),
        PagePlot("durations", "Durations", durations(database, question)),
        PagePlot("events", "Events by run", event_figure(rows.events, question)),
    ]


def step_plots(rows: PlotRows, question: Question) -> list[PagePlot]:
    """The plots of a step, in which those of its campaign do not tell it apart."""
    return [
        PagePlot("progress", "Progress", progress_figure(rows.progress, question)),
        PagePlot("events", "Events by run", event_figure(rows.events, question)),
    ]
