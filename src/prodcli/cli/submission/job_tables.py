"""The jobs of a plan as tables: a row for each run, or for each job with its arguments and files."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import PurePath
from typing import TYPE_CHECKING

from prodcli.runs.selection import RunSelection
from prodcli.tables.table import Cell, Column, Kind, Table

if TYPE_CHECKING:
    from prodcli.planning.plan import Plan
    from prodcli.rules.layout import Job, Layout

_FOLDERS = 3  # log folders that are named


def runs_table(plan: Plan) -> Table:
    """A row for each run: its jobs, segments and inputs, and the first file; the log folders below."""
    columns = (
        Column("run"), Column("jobs", kind=Kind.COUNT), Column("segments"),
        Column("inputs_min", "inputs", Kind.COUNT, to="inputs_max"), Column("inputs_max", kind=Kind.COUNT),
        Column("first_file", level=1),
    )  # fmt: skip
    by_run = [list(jobs) for _, jobs in groupby(sorted(plan.jobs, key=lambda job: -job.run), key=lambda job: job.run)]
    return Table(columns, [_run(plan, jobs) for jobs in by_run], note=_folders(plan, by_run))


def jobs_table(plan: Plan) -> Table:
    """A row for each job; arguments and files stand below it on a terminal, so that they can be copied."""
    paths = (Column(key, kind=Kind.PATH) for key in ("log", "output", "error"))
    columns = (
        *(Column("filename"), Column("runnumber", "run"), Column("segment"), Column("daqhost", level=1)),
        *(Column("n_inputs", "inputs", Kind.COUNT), Column("arguments", kind=Kind.COMMAND), *paths),
    )
    rows: list[list[Cell]] = []
    for job in plan.jobs:
        row = describe(plan.layout_of(job), job)
        rows.append([row[column.key] for column in columns])  # type: ignore[misc]
    return Table(columns, rows)


def describe(layout: Layout, job: Job) -> dict[str, object]:
    """A job for `--format json`."""
    fields = layout.fields(job)
    return {
        "filename": layout.filename(job),
        "runnumber": job.run,
        "segment": layout.first_output(job.segment),
        "daqhost": fields["daqhost"],
        "dsttype": layout.booked_dsttype(job),
        "arguments": layout.value("arguments", fields),
        "log": layout.value("log", fields),
        "output": layout.value("output", fields),
        "error": layout.value("error", fields),
        "n_inputs": job.n_inputs,
    }


def _run(plan: Plan, jobs: Sequence[Job]) -> list[Cell]:
    segments = RunSelection((), frozenset(plan.layout_of(job).first_output(job.segment) for job in jobs))
    inputs = [job.n_inputs for job in jobs]
    name = plan.layout_of(jobs[0]).filename(min(jobs, key=lambda job: job.segment))
    return [jobs[0].run, len(jobs), str(segments), min(inputs), max(inputs), name]


def _folders(plan: Plan, by_run: Sequence[Sequence[Job]]) -> str:
    """The log folders of the runs."""
    firsts = [jobs[0] for jobs in by_run]
    folders = list(
        dict.fromkeys(str(PurePath(str(describe(plan.layout_of(job), job)["log"])).parent) for job in firsts)
    )
    more = [f"and {len(folders) - _FOLDERS} more log folders"] if len(folders) > _FOLDERS else []
    return "\n".join([*(f"logs: {folder}" for folder in folders[:_FOLDERS]), *more, "-vv: arguments and files"])
