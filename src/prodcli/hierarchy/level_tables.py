"""Levels and their runs as tables; with links each line says what shows its logs, its payload and how it was made.

Pure: data in, data out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from prodcli.hierarchy.address import Level
from prodcli.hierarchy.run_states import RunState
from prodcli.sizes import counted
from prodcli.tables.table import Cell, Column, Kind, Table

if TYPE_CHECKING:
    from prodcli.hierarchy.address import Address
    from prodcli.hierarchy.roll_up import LevelLine, RunLine
    from prodcli.hierarchy.status import LevelStatus
    from prodcli.hierarchy.tree import LevelChange
    from prodcli.hierarchy.workflows import Workflow

_BELOW = 2  # levels below the asked one that people see
_STYLES = {
    RunState.DONE: "green",
    RunState.RUNNING: "cyan",
    RunState.HELD: "bold magenta",
    RunState.FAILED: "bold red",
    RunState.UPSTREAM: "red",
    RunState.MISSING: "yellow",
}
_TITLES = {RunState.RUNNING: "run", RunState.FAILED: "fail"}
_LINKS = ("rule_file", "files", "payload", "logs", "provenance")
_PATHS = ("rule_file", "files", "payload")
_TWO_COUNTS = "done % counts the runs of a level, and the jobs of a cluster"
_NOBODY = "no production is declared: prodcli campaign create NAME --from DIR"


def level_table(status: LevelStatus, every: bool = False, payloads: str = "", addresses: bool = False) -> Table:
    """A level and what is below, as a tree of names or with whole `addresses`; without `every` two levels, without links.

    Of a group the workflows stand below. `payloads` is the folder with the lists of payloads.
    """
    asked = len(status.asked.names)
    lines = [one for one in status.lines if every or len(one.address.names) <= asked + _BELOW]
    lines = [one for one in lines if one.address.names]  # the books as a whole have no name
    top = min((len(one.address.names) for one in lines), default=0)
    rows = [[*_name(one, top, addresses), *_counts(one), *_of_step(one)] for one in lines]
    for one in status.workflows:
        name = f"{'  ' * (len(status.asked.at(Level.GROUP).names) + 1 - top)}{one.name}"
        first: list[Cell] = [f"{status.asked.at(Level.GROUP)}/{one.name}", "workflow"] if addresses else [name]
        rows.append([*first, *_of_workflow(one, payloads)])
    linked = every or bool(status.workflows)
    note = _TWO_COUNTS if status.workflows else "" if rows else _NOBODY
    return _cut(Table(_columns(addresses), rows, note=note, hints=_hints(status)), () if linked else _LINKS)


def change_table(changes: Sequence[LevelChange], addresses: bool = False) -> Table:
    """What a declaration changes: groups below their steps, or with whole `addresses`."""
    names = [Column("address"), Column("level")] if addresses else [Column("level", kind=Kind.TREE, style="bold")]
    columns = (*names, Column("what", level=1), Column("change"))
    rows = [[*_changed(one.address, addresses), one.what, str(one.kind)] for one in changes]
    marks = {"new": "green", "changed": "yellow", "gone": "red"}
    return Table(columns, rows, marks=marks, note="" if rows else "nothing is declared")


def _changed(address: Address, addresses: bool) -> list[Cell]:
    if addresses:
        return [str(address), str(address.level)]
    return [f"  {address.group}" if address.group else str(address)]


def run_table(status: LevelStatus, every: bool = False) -> Table:
    """The runs of a level that are not done; with `every` all of them, with links."""
    shown = [one for one in status.runs if every or one.state is not RunState.DONE]
    columns = (
        *(Column("run"), Column("state", style="bold"), Column("step", level=1), Column("group", level=2)),
        *(Column("upstream", "failed before", level=1, style="red", drop_empty=True), Column("jobs", kind=Kind.COUNT)),
        *(Column("finished", "done", Kind.COUNT, 2, "green"), Column("failed", "fail", Kind.COUNT, 1, "bold red")),
        *(Column("held", kind=Kind.COUNT, level=1, style="bold magenta"), Column("address", level=4)),
        *(Column(key, kind=Kind.COMMAND, drop_empty=True) for key in ("job", "logs", "provenance", "why")),
    )
    hidden = len(status.runs) - len(shown)
    note = "" if shown else "every run is done" if status.runs else "no runs"
    hints = [f"{hidden} runs are done and hidden: --all"] if hidden else []
    table = Table(columns, [_run(one) for one in shown], marks=_marks(), note=note, hints=[*hints, *_hints(status)])
    return _cut(table, () if every else ("address", "job", "logs", "provenance", "why"))


def _marks() -> dict[str, str]:
    return {str(state): style for state, style in _STYLES.items()}


def _columns(addresses: bool) -> list[Column]:
    names = (
        [Column("address"), Column("level", level=1)] if addresses else [Column("level", kind=Kind.TREE, style="bold")]
    )
    states = [
        Column(str(one), _TITLES.get(one, ""), Kind.COUNT, 3 if one is RunState.DONE else 1, _STYLES.get(one, ""), True)
        for one in RunState
    ]
    return [
        *(*names, Column("runs", kind=Kind.COUNT, level=1), Column("done_percent", "done %", Kind.BAR, 1), *states),
        *(Column("jobs", kind=Kind.COUNT, level=2), Column("jobs_finished", "jobs done", Kind.COUNT, 4, "green")),
        Column("jobs_failed", kind=Kind.COUNT, level=3, style="bold red", drop_empty=True),
        Column("jobs_held", kind=Kind.COUNT, level=3, style="bold magenta", drop_empty=True),
        *(Column(key, kind=Kind.PATH if key in _PATHS else Kind.COMMAND, drop_empty=True) for key in _LINKS),
    ]


def _cut(table: Table, without: Sequence[str]) -> Table:
    """The table without some columns."""
    kept = [i for i, one in enumerate(table.columns) if one.key not in without]
    rows = [[row[i] for i in kept] for row in table.rows]
    columns = [table.columns[i] for i in kept]
    return Table(columns, rows, marks=table.marks, note=table.note, hints=table.hints)


def _name(line: LevelLine, top: int, addresses: bool) -> list[Cell]:
    if addresses:
        return [str(line.address), str(line.address.level)]
    return [f"{'  ' * (len(line.address.names) - top)}{line.address.name}"]


def _counts(line: LevelLine) -> list[Cell]:
    done = None if line.done is None else round(line.done, 1)
    states = [line.states.get(state, 0) for state in RunState]
    return [line.runs, done, *states, *(line.jobs.get(key, 0) for key in ("jobs", "finished", "failed", "held"))]


def _of_step(line: LevelLine) -> list[Cell]:
    """The links of a step or group."""
    if line.step is None:
        return [None] * len(_LINKS)
    product, runs = line.step.product, [one.runs for one in line.step.groups if one.name == line.address.group]
    narrower = f" --runs {runs[0]}" if runs and " " not in str(runs[0]) else ""
    logs = f"prodcli logs --tag {product.tag} --dsttype {product.dsttype}{narrower}"
    return [line.step.config, None, None, logs, None]


def _of_workflow(one: Workflow, payloads: str) -> list[Cell]:
    """The counts of a cluster's jobs, and its links."""
    done = round(100.0 * one.finished / one.jobs, 1)
    counts: list[Cell] = [None, done, *(None for _ in RunState), one.jobs, one.finished, one.failed, one.held]
    payload = f"{payloads}/{one.payload}.txt" if one.payload and payloads else None
    made = f"prodcli provenance show {one.cluster}.{one.proc or 0}@{one.schedd}" if one.provenance else None
    return [*counts, one.rule_file, one.folder, payload, f"prodcli logs --cluster {one.name}", made]


def _run(line: RunLine) -> list[Cell]:
    """A run with its jobs, and with verbs that show one of them, or say why there is none."""
    counts, step = line.counts, line.step
    job = counts and (counts.worst or counts.newest)
    why = f"prodcli why -c {step.config} -r {step.rule} --runs {line.run}" if line.state is RunState.MISSING else None
    jobs: list[Cell] = [counts.jobs, counts.finished, counts.failed, counts.held] if counts else [0, 0, 0, 0]
    verbs = [f"prodcli job {job}", f"prodcli logs --dbid {job}", f"prodcli provenance show --dbid {job}"]
    links = verbs if job else [None, None, None]
    return [
        line.run,
        str(line.state),
        step.rule,
        line.address.group,
        line.upstream,
        *jobs,
        str(line.address),
        *links,
        why,
    ]


def _hints(status: LevelStatus) -> list[str]:
    """What to type if something is wrong: `2 runs failed -> prodcli campaign retry auau -n`; for all productions, which runs."""
    found = Counter(one.state for one in status.runs)

    def said(*states: RunState) -> str:
        return ", ".join(f"{counted(found[one], 'run')} {one}" for one in states if found[one])

    if not status.asked.names:
        wrong = said(RunState.FAILED, RunState.HELD, RunState.MISSING)
        return [f"{wrong} -> prodcli campaign check --by run"] if wrong else []
    verbs = {"retry": said(RunState.FAILED, RunState.HELD), "launch": said(RunState.MISSING)}
    return [f"{wrong} -> prodcli campaign {verb} {status.asked} -n" for verb, wrong in verbs.items() if wrong]
