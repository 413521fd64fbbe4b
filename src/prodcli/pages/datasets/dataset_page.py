"""The page of datasets: what is done, how many events, which runs are missing and why, when, and what may be used."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodcli.books.filters import Filters
from prodcli.catalogs.file_search import FileFilter
from prodcli.data_states.states import DataState, noted_states
from prodcli.estimates.estimate_table import estimates
from prodcli.jobs.search import trouble_by_run
from prodcli.pages import links
from prodcli.pages.datasets.runs_without_jobs import Dataset, RunsWithoutJobs, runs_without_jobs
from prodcli.pages.page import Page
from prodcli.pages.page_table import MISSED_BY_NOBODY, PageTable, Row, page_table
from prodcli.reports.books_report import Question
from prodcli.reports.status import events_of_datasets, unfinished_runs
from prodcli.runs.selection import ALL_RUNS
from prodcli.sizes import counted
from prodcli.states import Status
from prodcli.tables.table import Cell, Column, Kind, Table

if TYPE_CHECKING:
    from prodcli.campaigns.progress import Progress
    from prodcli.data_states.states import NotedState
    from prodcli.pages.books_of_pages import BooksOfPages
    from prodcli.reports.status_lines import Line
    from prodcli.tables.screen import Screen

_PRODUCT = ("tag", "dsttype", "dataset")
_UNFIT = (DataState.INVALIDATED, DataState.BROKEN)
_FOR_A_PERSON = ("held", "parked", "failed")
_MOST_REASONS = 3
_NOT_YET = "not yet: nobody validated it"
_MARKS = {"yes": "green", "no": "red", "validated": "green", "invalidated": "red", "broken": "red"}


@dataclass(frozen=True)
class DatasetFacts:
    """What is known of datasets: events, the likely end, states of data, and missing runs.

    A run is missing with jobs that are open, with their trouble, or without any job.
    """

    events: Mapping[Dataset, int]
    ends: Mapping[Dataset, int]
    missing: Sequence[Line]
    never: RunsWithoutJobs
    trouble: Mapping[tuple[Dataset, int], Counter[str]]
    states: Mapping[Dataset, Sequence[NotedState]]


def dataset_page(books: BooksOfPages, found: Sequence[Progress]) -> Page:
    """The page of all datasets, campaign by campaign; raises DatabaseError if the books cannot be read."""
    return page_of(found, _read(books, found), books.screen)


def page_of(found: Sequence[Progress], facts: DatasetFacts, screen: Screen) -> Page:
    """The page of datasets, of the runs that are missing, and of the states of runs."""
    tables = [_datasets(found, facts, screen), _missing(facts, screen), _states(facts, screen)]
    never = facts.never.unknown and f"Runs without any job are not known: {facts.never.unknown}."
    lines = [
        "A run is missing while a job of it is not finished, and where no job of it was submitted.",
        *filter(None, [never]),
    ]
    return Page(links.DATASETS, "tables.html", "Datasets", {"lines": lines, "tables": tables, "details": []})


def use_in_words(states: Sequence[NotedState], missing: int) -> str:
    """Whether data may be used: only what somebody validated."""
    counts = Counter(one.state for one in states)
    good = counts[DataState.VALIDATED]
    if good and not missing and good == len(states):
        return "yes"
    if good:
        return f"in part: {good} run{'' if good == 1 else 's'}"
    return "no" if any(counts[one] for one in _UNFIT) else _NOT_YET


def waits_for(line: Line, without_jobs: int) -> str:
    """What the rest of a dataset waits for: `6 jobs in queues; a person: 22 held, 229 failed; 4 runs without jobs`."""
    wrong = {state: line.counts[state] for state in _FOR_A_PERSON if line.counts[state]}
    queued = line.jobs - line.counts["finished"] - sum(wrong.values())
    person = ", ".join(f"{count} {state}" for state, count in wrong.items())
    waits = (
        f"{counted(queued, 'job')} in queues" if queued else "",
        f"a person: {person}" if person else "",
        f"{counted(without_jobs, 'run')} without jobs" if without_jobs else "",
    )
    return "; ".join(filter(None, waits))


def _datasets(found: Sequence[Progress], facts: DatasetFacts, screen: Screen) -> PageTable:
    runs = Counter((one.tag, one.dsttype, one.dataset) for one in facts.missing)
    runs.update({key: len(reasons) for key, reasons in facts.never.reasons.items()})
    rows: list[list[Cell]] = []
    for campaign, one in ((each.campaign, line) for each in found for line in each.lines):
        key = (one.tag, one.dsttype, one.dataset)
        use = use_in_words(facts.states.get(key, ()), runs[key])
        counts = [one.jobs, one.done, runs[key], facts.events.get(key), facts.ends.get(key)]
        waits = waits_for(one, len(facts.never.reasons.get(key, ())))
        page = links.campaign(campaign.tag, campaign.production_type)
        rows.append([campaign.display_name, *key, *counts, waits, use, page])
    columns = (
        *(Column("campaign", drop_empty=True), Column("tag"), Column("dsttype"), Column("dataset")),
        Column("jobs", kind=Kind.COUNT),
        *(Column("done", kind=Kind.BAR), Column("missing", "missing runs", Kind.COUNT, style="red")),
        *(Column("events", kind=Kind.COUNT), Column("end", "likely end", Kind.TIME)),
        *(Column("waits", "waits for", drop_empty=True), Column("use", "may be used")),
        Column("page", level=MISSED_BY_NOBODY),
    )
    table = Table(columns, rows, marks=_MARKS, note="" if rows else "no jobs in the books")
    return page_table(table, screen, "datasets", _link, "Is my dataset done, when will it be, and may I use it?")


def _missing(facts: DatasetFacts, screen: Screen) -> PageTable:
    columns = (
        *(Column("run"), Column("tag"), Column("dsttype"), Column("dataset"), Column("open", "open jobs", Kind.COUNT)),
        *(Column("states", "they are"), Column("why", kind=Kind.DETAIL)),
    )
    rows = [_missing_row(one, facts) for one in facts.missing]
    rows += [
        [run, *key, None, "never submitted", why]
        for key, runs in facts.never.reasons.items()
        for run, why in runs.items()
    ]
    return page_table(Table(columns, rows), screen, "missing", caption="Runs that are missing, and why")


def _missing_row(line: Line, facts: DatasetFacts) -> list[Cell]:
    key, run = (line.tag, line.dsttype, line.dataset), int(line.key or 0)
    open_states = [f"{count} {state}" for state, count in line.counts.items() if count and state != Status.FINISHED]
    reasons = sorted(facts.trouble.get((key, run), {}).items(), key=lambda one: (-one[1], one[0]))
    why = (
        "; ".join(f"{text} ({count})" for text, count in reasons[:_MOST_REASONS])
        or "nothing is wrong: its jobs are not over yet"
    )
    return [run, *key, line.jobs - line.counts["finished"], ", ".join(open_states), why]


def _states(facts: DatasetFacts, screen: Screen) -> PageTable:
    columns = (
        *(Column("run"), Column("tag"), Column("dsttype"), Column("dataset"), Column("state")),
        *(Column("since", kind=Kind.TIME), Column("author"), Column("reason", kind=Kind.DETAIL)),
    )
    rows: list[list[Cell]] = [
        [one.data.run, *key, one.state.value, one.added, one.author, one.reason]
        for key, states in facts.states.items()
        for one in states
    ]
    return page_table(Table(columns, rows, marks=_MARKS), screen, "states", caption="What was said of the data of runs")


def _link(key: str, row: Row) -> str:
    chosen = {name: row[name] for name in _PRODUCT}
    if key == "missing":
        return links.rows(links.DATASETS, "missing", **chosen)
    if key == "use" and row["use"] != _NOT_YET:
        return links.rows(links.DATASETS, "states", **chosen)
    return str(row["page"]) if key in ("campaign", "tag", "jobs", "done", "end") else ""


def _read(books: BooksOfPages, found: Sequence[Progress]) -> DatasetFacts:
    question = Question(Filters(books.tags or None), name=books.family, now=books.screen.now)
    at_work = [one for one in found if books.at_work(one)]
    return DatasetFacts(
        events=events_of_datasets(books.database, books.tags, books.family),
        ends=_by_dataset(estimates(books.database, question), "end", books),
        missing=_unfinished(books, at_work),
        never=runs_without_jobs(books, at_work),
        trouble=_trouble_by_run(books),
        states=_states_of_data(books),
    )


def _by_dataset(table: Table, key: str, books: BooksOfPages) -> dict[Dataset, int]:
    """The greatest number of a column for each dataset that has a row of its own."""
    found: dict[Dataset, int] = {}
    for row in table.rows:
        cells = dict(zip(table.keys, row, strict=True))
        tag, dsttype, dataset = (str(cells[name] or "") for name in _PRODUCT)
        number = cells[key]
        if dsttype and isinstance(number, int | float):
            place = (tag, books.family(dsttype), dataset)
            found[place] = max(int(number), found.get(place, 0))
    return found


def _unfinished(books: BooksOfPages, found: Sequence[Progress]) -> list[Line]:
    """The lines of the runs of campaigns that have jobs which are not finished, with these jobs alone."""
    tags = sorted({one.campaign.tag for one in found})
    stateless = any(line.unknown for one in found for line in one.lines)
    return unfinished_runs(books.database, tags, stateless, books.family) if tags else []


def _trouble_by_run(books: BooksOfPages) -> dict[tuple[Dataset, int], Counter[str]]:
    """Why jobs of a run are in trouble."""
    found: dict[tuple[Dataset, int], Counter[str]] = defaultdict(Counter)
    for one in trouble_by_run(books.database, books.tags):
        found[(one.tag, books.family(one.dsttype), one.dataset), one.run][one.why] += one.jobs
    return found


def _states_of_data(books: BooksOfPages) -> dict[Dataset, list[NotedState]]:
    found: dict[Dataset, list[NotedState]] = defaultdict(list)
    for one in noted_states(books.database, FileFilter(ALL_RUNS, tags=books.tags)):
        if one.state is not DataState.OPEN:
            found[one.data.tag, books.family(one.data.dsttype), one.data.dataset].append(one)
    return found
