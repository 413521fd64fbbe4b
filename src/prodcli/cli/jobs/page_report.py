"""The page of a job: what it is, its attempts, what it reported, its files, and what to do next."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from prodcli.cli.tables.view import View
from prodcli.jobs.attributes import ATTRIBUTES
from prodcli.sizes import bytes_in_words
from prodcli.tables.faces import exact_time
from prodcli.tables.table import Column, Kind, Table
from prodcli.time_text import ago, lasted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from prodcli.cli.context import Session
    from prodcli.jobs.job_page import JobPage

_ATTEMPTS = (
    *(Column("attempt"), Column("step"), Column("state"), Column("since", kind=Kind.AGO, level=1)),
    *(Column("node", level=2), Column("wall_time", "wall", Kind.DURATION)),
    *(Column("cpu_time", "CPU", Kind.DURATION), Column("memory_asked", "asked", Kind.MEMORY)),
    *(Column("memory_used", "used", Kind.MEMORY), Column("exit_code", "exit")),
    *(Column("hold_code", "code"), Column("job", level=3)),
)
_PHASES = (
    *(Column("attempt"), Column("name", "phase"), Column("began", kind=Kind.AGO, level=1)),
    *(Column("wall", kind=Kind.DURATION), Column("cpu_time", "CPU", Kind.DURATION)),
    Column("memory", kind=Kind.MEMORY),
)
_MESSAGES = (Column("attempt"), Column("at", kind=Kind.AGO, level=1), Column("level"), Column("text"))
_QUALITY = (Column("attempt"), Column("name", "quality"), Column("value", kind=Kind.NUMBER), Column("word"))
_ACTIONS = (
    *(Column("at", "when", Kind.AGO), Column("author", "who"), Column("verb"), Column("attempt", level=1)),
    *(
        Column("memory_before", "asked", Kind.MEMORY, to="memory_after"),
        Column("memory_after", kind=Kind.MEMORY),
    ),
    *(Column("result", level=2), Column("reason")),
)
_OUTPUTS = (*(Column("file"), Column("events"), Column("size", kind=Kind.BYTES), Column("path", kind=Kind.PATH)),)
_MOST = 10  # messages of a page
_AFTER_HOLDS = ("submitted", "running", "transferring", "evicted", "failed", "no_output", "finished")
_TIMES = frozenset({"since", "started", "finished", "began", "at"})


def show_page(session: Session, page: JobPage, advice: tuple[str, str], met: Sequence[str], as_of: str) -> None:
    """Show the page part by part; parts without content are left out. `met` is what is known of outages."""
    session.show_announcements()
    session.show_text("\n".join([*_head(page, session), as_of, ""]))
    parts = (
        (_ATTEMPTS, [_attempt(row) for row in page.attempts]),
        (_PHASES, [{**row, "memory": _mb(row["memory_kb"])} for row in page.phases]),
        (_MESSAGES, list(page.messages)[-_MOST:]),
        (_QUALITY, list(page.quality)),
        (_OUTPUTS, list(page.outputs)),
        (_ACTIONS, list(page.actions)),
    )
    for columns, rows in parts:
        if rows:
            session.show(_table(columns, rows), View(pager=False))
    session.show_text("\n".join(_foot(page, advice, met)))


def _table(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> Table:
    """A table without the columns of which nothing is known."""
    kept = [column for column in columns if any(row[column.key] not in (None, "") for row in rows)]
    upper = {column.to for column in kept if column.to} - {column.key for column in kept}
    kept += [column for column in columns if column.key in upper]
    return Table(kept, [[row[column.key] for column in kept] for row in rows])


def _attempt(row: Mapping[str, Any]) -> dict[str, Any]:
    known = row["started"] is not None and row["finished"] is not None
    wall = row["wall"] if row["wall"] is not None else row["finished"] - row["started"] if known else None
    return {**row, "wall_time": wall, "step": row["step"] or None}


def _mb(kilobytes: int | None) -> int | None:
    return None if kilobytes is None else round(kilobytes / 1024)


def _head(page: JobPage, session: Session) -> Iterator[str]:
    """What the job is, in lines of 80 letters."""
    job, now = page.job, int(time.time())
    since = "" if job["since"] is None else f", since {ago(job['since'], now, session.zone)}"
    where = "" if job["job"] is None else f" ({job['job']}@{job['schedd']})"
    yield f"job {job['dbid']}{where}: {job['state'] or 'unknown'}{since}"
    yield str(job["file"])
    yield f"rule {job['rule']}, tag {job['tag']}, {job['dataset']}"
    yield f"dsttype {job['dsttype']}, run {job['run']}, segment {job['segment']}" + _several(job["outputs"])
    yield from _asked_for(page)
    yield from _inputs(page)
    yield from _signs(job, now)
    if (job["hold_code"] or job["reason"]) and not (job["hold_code"] and job["state"] in _AFTER_HOLDS):
        yield f"reason: {job['reason'] or 'none given'}"
    yield from _holds(page)
    machine = ", ".join(str(job[key]) for key in ("node", "site", "cpu_model", "os") if job[key])
    if machine:
        yield f"machine: {machine}"


def _holds(page: JobPage) -> Iterator[str]:
    """The holds that are over: what the attempts ended with says nothing of them."""
    for row in page.attempts:
        if row["hold_code"] and row["state"] in _AFTER_HOLDS:
            step = f", step {row['step']}" if row["step"] else ""
            held = f"was held {row['hold_code']} before: {row['reason'] or 'no reason given'}"
            yield f"attempt {row['attempt']}{step} {held}"


def _several(outputs: int) -> str:
    return f", {outputs} outputs" if outputs != 1 else ""


def _asked_for(page: JobPage) -> Iterator[str]:
    job = page.job
    asked = [f"{job['cpus'] or 1} CPU"]
    asked += [f"{job['memory_asked']} MB memory"] if job["memory_asked"] else []
    asked += [f"{bytes_in_words(job['disk_asked'])} disk"] if job["disk_asked"] else []
    asked += [f"mask {job['mask']}"] if job["mask"] else []
    yield f"asks for {', '.join(asked)}"
    if job["wall_time"]:
        used = [f"ran {lasted(job['wall_time'])}"]
        used += [f"CPU {job['efficiency']:.0f}%"] if job["efficiency"] is not None else []
        used += [f"{job['events_in']} events read"] if job["events_in"] is not None else []
        used += [f"{job['events_out']} events written"] if job["events_out"] is not None else []
        yield ", ".join(used)


def _signs(job: Mapping[str, Any], now: int) -> Iterator[str]:
    """What a running job shows of life."""
    parts = [f"{job['events_done']} events"] if job["events_done"] is not None else []
    if parts and job["progress"] is not None:
        parts = [f"{job['events_done']} of {job['events_total']} events ({job['progress']:.0f}%)"]
    for word, key in (("CPU", "last_cpu"), ("a new event", "last_event"), ("output", "last_output")):
        if job[key] is not None:
            parts.append(f"{word} {lasted(max(0, now - job[key]))} ago")
    if parts:
        how = f"stalled, {job['stalled']}" if job["stalled"] else "alive"
        yield f"{how}: {', '.join(parts)}"


def _inputs(page: JobPage) -> Iterator[str]:
    if page.inputs is not None:
        size = "" if page.inputs.size is None else f", {bytes_in_words(page.inputs.size)}"
        events = f", {page.inputs.events} events" if page.inputs.events else ""
        tag = "" if page.job["input_tag"] in (None, "", "N/A") else f" of {page.job['input_tag']}"
        yield f"inputs{tag}: {page.inputs.on_disk} of {page.inputs.files} on disk{size}{events}"


def _foot(page: JobPage, advice: tuple[str, str], met: Sequence[str]) -> Iterator[str]:
    """Paths that can be copied, each on its line, and what to do next."""
    job = page.job
    yield from (f"{kind}  {job[kind]}" for kind in ("log", "out", "err") if job[kind])
    if page.folder:
        yield f"sub  {page.folder}"
        yield f"made prodcli provenance {job['dbid']}"
    yield from (f"not known: {text}" for text in page.unknown)
    why, helps = advice
    yield from met
    if why:
        yield f"why:  {why}"
    if helps:
        yield f"next: {helps}"


def page_data(page: JobPage, advice: tuple[str, str]) -> dict[str, Any]:
    """The page as JSON; times like those of tables."""
    why, helps = advice
    kinds = {key: about.kind for key, about in ATTRIBUTES.items()}
    return {
        **{
            key: exact_time(value) if kinds[key] is Kind.TIME and value is not None else value
            for key, value in page.job.items()
        },
        "attempts": [_dated(row) for row in page.attempts],
        "phases": [_dated(row) for row in page.phases],
        "messages": [_dated(row) for row in page.messages],
        "reported_outputs": list(page.reported),
        "catalogued_outputs": list(page.outputs),
        "input_files": None if page.inputs is None else asdict(page.inputs),
        "quality": list(page.quality),
        "actions": [_dated(row) for row in page.actions],
        "folder": page.folder,
        "unknown": list(page.unknown),
        "why": why,
        "next": helps,
    }


def _dated(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: exact_time(value) if key in _TIMES and value is not None else value for key, value in row.items()}
