"""Results of `why`: the links of one run, or the reasons of several runs, with what helps.

And the yield of a change.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from prodcli.cli.context import Session
from prodcli.cli.options import Style
from prodcli.cli.submission.submit_report import skipped
from prodcli.errors import one_line
from prodcli.exclusions.masks import masks_in_words
from prodcli.reasons import HELPS, Reason
from prodcli.sizes import counted
from prodcli.tables.table import Cell, Column, Kind, Table
from prodcli.why.answer import MASKABLE, Answer, Assumptions, Group, RunChain
from prodcli.why.existing_outputs import state_in_words
from prodcli.why.run_links import Link, LinkState, listed

_KINDS_SHOWN = 6  # kinds of a reason, masks, and changes: data formats have all of them
_CHANGES_SHOWN = 20
_RUNS_SHOWN = 4
_RUN_STEPS = ("run", "runtype", "events", "length")
_COMMAND = re.compile("(.*:) (prodcli [a-z-]+ .*)")
_ORDER = (
    *(LinkState.BROKEN, LinkState.PART, LinkState.PROBLEM, LinkState.WAITS),
    *(LinkState.DONE, LinkState.OK, LinkState.UNSEEN),
)
_MARKS: dict[str, str] = {
    LinkState.BROKEN: "bold red",
    LinkState.PROBLEM: "bold red",
    LinkState.WAITS: "cyan",
    LinkState.DONE: "green",
    LinkState.PART: "yellow",
    LinkState.OK: "green",
    LinkState.UNSEEN: "dim",
}


def show_answers(session: Session, answers: Sequence[Answer], assume: Assumptions, style: Style) -> None:
    """Show the answers, rule by rule."""
    if style is Style.JSON:
        session.show_json([_as_data(answer, assume) for answer in answers])
    elif style is Style.CSV:
        session.show(_as_rows(answers, bool(assume)), style)
    else:
        session.show_announcements()
        for i, answer in enumerate(answers):
            if i:
                session.show_text("")
            _show(session, answer, assume)


def _show(session: Session, answer: Answer, assume: Assumptions) -> None:
    rule, jobs = answer.rule, len(answer.plan.jobs)
    name = f"{rule.name}  {rule.outtriplet} {rule.params.dataset}"
    if answer.chain is not None:
        session.show_text(f"run {answer.chain.run}  {name}\n{_verdict(answer.chain, jobs)}")
        session.show(_chain(answer.chain))
    else:
        passed = f"{counted(answer.plan.runs, 'run')} of {answer.plan.selection} pass the cuts"
        runs = len({job.run for job in answer.plan.jobs})
        where = f" in {counted(runs, 'run')}" if jobs else ""
        session.show_text(f"{name}\n{passed}; {counted(jobs, 'job')} can be submitted now{where}")
        if answer.plan.masks:
            session.show_text(one_line(masks_in_words(rule.site, answer.plan.masks)))
        if answer.groups:
            session.show(_reasons(answer))
            session.show(_helps(answer))
    if answer.then is not None:
        _show_changes(session, answer, assume)


# ---- one run


def _verdict(chain: RunChain, jobs: int) -> str:
    """Whether something can be submitted; if not, the first broken link, or what has become of all outputs."""
    first = next((link for link in chain.broken if link.step != "outputs"), None)
    there = _existing(chain)
    if jobs:
        left = "; ".join(filter(None, (there, first.text if first else "")))
        return one_line(f"{counted(jobs, 'job')} can be submitted now{f'; others: {left}' if left else ''}")
    if first is None and there:
        return one_line(f"nothing left to submit: {there}")
    why = "; ".join(filter(None, (first.text if first else "no segment of it was asked for", there)))
    return one_line(f"nothing can be submitted: {why}")


def _existing(chain: RunChain) -> str:
    """`6 outputs done, 10 running, 2 held, memory (34/102)`: the outputs that exist by their state."""
    produced = len({row.filename for row in chain.produced})
    words = [f"{counted(produced, 'output')} done"] if produced else []
    blocked = Counter(map(state_in_words, chain.blocking))
    return ", ".join([*words, *(f"{count * chain.outputs_per_job} {state}" for state, count in blocked.most_common())])


def _chain(chain: RunChain) -> Table:
    """What lets no job pass, problems, jobs on their way, and what is done or sound; below a link what helps."""
    links = sorted([*_sound_run(chain), *(link for link in chain.links if link.step not in _RUN_STEPS or link.reason)],
                   key=lambda link: _ORDER.index(link.state))  # fmt: skip
    helps = [[] if link.state is LinkState.DONE else link.helps.splitlines() for link in links]
    most = max(map(len, helps), default=0)
    columns = [Column("is"), Column("link"), Column("what"), Column("path", kind=Kind.PATHS)]
    rows: list[list[Cell]] = [
        [link.state, link.step, link.text, link.path, *(f"-> {line}" for line in lines), *[None] * (most - len(lines))]
        for link, lines in zip(links, helps, strict=True)
    ]
    return Table([*columns, *(Column(f"helps_{n}", kind=Kind.COMMAND) for n in range(most))], rows, marks=_MARKS)


def _sound_run(chain: RunChain) -> list[Link]:
    """The sound links of the run itself as one."""
    texts = [link.text for link in chain.links if link.step in _RUN_STEPS and link.reason is None]
    return [Link("run", LinkState.OK, "; ".join(texts))] if texts else []


# ---- several runs


def _reasons(answer: Answer) -> Table:
    rows: list[Sequence[Cell]] = []
    for (reason, level), found in groupby(answer.groups, key=lambda group: (group.reason, group.level)):
        groups = list(found)
        rows += [
            [reason, level, group.count, len(group.runs), group.what, listed(group.runs[::-1], _RUNS_SHOWN)]
            for group in groups[:_KINDS_SHOWN]
        ]
        rest = groups[_KINDS_SHOWN:]
        if rest:
            runs = {run for group in rest for run in group.runs}
            count = sum(group.count for group in rest)
            rows.append([reason, level, count, len(runs), f"{counted(len(rest), 'more kind')}", "see --format json"])
    columns = (
        *(Column("left_out", style="yellow"), Column("level", level=2), Column("count", kind=Kind.COUNT, level=1)),
        *(Column("runs", kind=Kind.COUNT, level=1), Column("what"), Column("which", level=1)),
    )
    return Table(columns, rows)


def _helps(answer: Answer) -> Table:
    rows: list[Sequence[Cell]] = []
    for reason, found in groupby(answer.groups, key=lambda group: group.reason):
        helps = {line: None for group in found for line in _lines_of(group)}
        if reason in MASKABLE:
            of_reason = {run for group in answer.groups if group.reason is reason for run in group.runs}
            fitting = [one for one in answer.proposals if of_reason & set(one.runs) and one.jobs]
            helps = {str(one): None for one in fitting[:_KINDS_SHOWN]} | helps
        rows += [[reason, *_with_command(text)] for text in helps]
    columns = [
        Column("left_out", style="yellow"),
        Column("what_helps"),
        Column("command", kind=Kind.COMMAND, drop_empty=True),
    ]
    return Table(columns, rows)


def _with_command(text: str) -> tuple[str, str | None]:
    """A line of advice, and the command at its end, which can be typed unchanged."""
    found = _COMMAND.fullmatch(text)
    return (found[1], found[2]) if found else (text, None)


# ---- what if


def _show_changes(session: Session, answer: Answer, assume: Assumptions) -> None:
    now, then = sum(one.now for one in answer.changes), sum(one.then for one in answer.changes)
    runs, more = counted(len(answer.changes), "run"), then - now
    told = f"{'-' if more < 0 else '+'}{counted(abs(more), 'job')}"
    session.show_text(f"{_assumed(assume)}: {told}" + (f", in {runs}" if answer.changes else ""))
    if not answer.changes:
        return
    rows: list[Sequence[Cell]] = [
        [one.run, one.now, one.then, one.then - one.now] for one in answer.changes[:_CHANGES_SHOWN]
    ]
    more = len(answer.changes) - len(rows)
    note = f"and {counted(more, 'run')} more, all in --format csv" if more > 0 else ""
    columns = (Column("run"), *(Column(key, kind=Kind.COUNT) for key in ("now", "then", "difference")))
    session.show(Table(columns, rows, note=note))


def _assumed(assume: Assumptions) -> str:
    words = [f"{', '.join(assume.mask)} masked"] if assume.mask else []
    if assume.min_events is not None:
        words.append(f"min_run_events {assume.min_events}")
    if assume.min_time is not None:
        words.append(f"min_run_time {assume.min_time}")
    if assume.ignore_states:
        words.append(f"{' and '.join(assume.ignore_states)} outputs not blocked")
    return f"with {', '.join(words)}"


# ---- data


def _as_data(answer: Answer, assume: Assumptions) -> dict[str, Any]:
    data: dict[str, Any] = {
        "rule": answer.rule.name,
        "tag": answer.rule.outtriplet,
        "dataset": answer.rule.params.dataset,
        "runs": answer.plan.runs,
        "jobs": len(answer.plan.jobs),
        "skipped": skipped(answer.plan.skipped),
        "masks": [asdict(one) for one in answer.proposals],
    }
    if answer.chain is None:
        data["groups"] = [asdict(group) | {"helps": _helps_of(group)} for group in answer.groups]
    else:
        data["run"] = answer.chain.run
        data["chain"] = [asdict(link) for link in answer.chain.links]
        data["produced"] = [asdict(row) for row in answer.chain.produced]
        data["blocking"] = [asdict(row) for row in answer.chain.blocking]
    if answer.then is not None:
        data["assumed"] = asdict(assume)
        data["then"] = {"jobs": len(answer.then.jobs), "skipped": skipped(answer.then.skipped)}
        data["changes"] = [asdict(change) for change in answer.changes]
    return data


def _as_rows(answers: Sequence[Answer], assumed: bool) -> Table:
    if assumed:
        changes: list[Sequence[Cell]] = [
            [a.rule.name, one.run, one.now, one.then] for a in answers for one in a.changes
        ]
        return _named(("rule", "run", "now", "then"), changes)
    if answers[0].chain is not None:
        links = [row for answer in answers for row in _links(answer)]
        return _named(("rule", "run", "link", "is", "reason", "what", "helps"), links)
    rows: list[Sequence[Cell]] = [
        [a.rule.name, g.reason, g.level, g.what, g.count, " ".join(map(str, g.runs)), _helps_of(g)]
        for a in answers
        for g in a.groups
    ]
    return _named(("rule", "reason", "level", "what", "count", "runs", "helps"), rows)


def _named(keys: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Table:
    """Data with the names of its columns."""
    return Table(list(map(Column, keys)), rows)


def _links(answer: Answer) -> Iterator[Sequence[Cell]]:
    for link in answer.chain.links if answer.chain else ():
        run = answer.chain.run if answer.chain else None
        yield [answer.rule.name, run, link.step, link.state, link.reason or "", link.text, link.helps]


def _lines_of(group: Group) -> list[str]:
    return [f"{group.what}: {line}" for line in group.helps.splitlines()] or [HELPS[group.reason]]


def _helps_of(group: Group) -> str:
    return group.helps or HELPS[Reason(group.reason)]
