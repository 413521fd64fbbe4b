"""The page of a step: its runs, each number with a link to its jobs.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from prodcli.pages import links
from prodcli.pages.campaigns.campaign import in_words
from prodcli.pages.page import Page
from prodcli.pages.page_table import Row, page_table
from prodcli.reports.status_lines import COLUMNS, Line, total
from prodcli.reports.status_table import count_columns, counts_of
from prodcli.tables.table import Cell, Column, Table

if TYPE_CHECKING:
    from prodcli.campaigns.overview import Campaign
    from prodcli.tables.screen import Screen

_JOBS_OF_PART = 2000
_READ_TOGETHER = 20_000  # jobs
Step = tuple[str, str, str]  # tag, dsttype, dataset


def parts_of(runs: Sequence[Line]) -> dict[int, int]:
    """The page of jobs on which each run is, from 1: whole runs, until a page has some 2000 jobs."""
    parts, part, jobs = {}, 1, 0
    for line in sorted(runs, key=_run):
        if jobs and jobs + line.jobs > _JOBS_OF_PART:
            part, jobs = part + 1, 0
        parts[_run(line)] = part
        jobs += line.jobs
    return parts


def together(steps: Sequence[Line], most: int = _READ_TOGETHER) -> Iterator[Sequence[Line]]:
    """Steps of a dataset whose jobs are read together: some with at most so many jobs, or one."""
    for _, of_dataset in groupby(sorted(steps, key=lambda one: one.dataset), key=lambda one: one.dataset):
        some: list[Line] = []
        for line in of_dataset:
            if some and sum(one.jobs for one in some) + line.jobs > most:
                yield some
                some = []
            some.append(line)
        yield some


def step_page(step: Step, runs: Sequence[Line], parts: Mapping[int, int], screen: Screen, campaign: Campaign) -> Page:
    """The page of a step of a campaign with its runs, the newest first."""
    newest = sorted(runs, key=_run, reverse=True)
    rows: list[list[Cell]] = [[one.key, *counts_of(one)] for one in newest]
    whole = total(newest)
    table = Table([Column("run"), *count_columns()], rows, total=["total", *counts_of(whole)])

    def link(key: str, row: Row) -> str:
        path = links.jobs(*step, parts[int(row["run"] or 0)])
        chosen = {"run": row["run"], **({"state": key} if key in COLUMNS else {})}
        return links.rows(path, "jobs", **chosen) if key in ("run", "jobs", *COLUMNS) else ""

    tag, dsttype, dataset = step
    context = {
        "lines": [in_words(whole)],
        "tables": [page_table(table, screen, "runs", link, f"Runs of {tag} {dataset}")],
        "details": [],
    }
    return Page(links.step(*step), "tables.html", dsttype, context, trail(campaign))


def trail(campaign: Campaign) -> Sequence[links.Link]:
    """The way from the index to a campaign."""
    return (links.TOP[0], links.Link(campaign.name, links.campaign(campaign.tag, campaign.production_type)))


def _run(line: Line) -> int:
    return int(line.key or 0)
