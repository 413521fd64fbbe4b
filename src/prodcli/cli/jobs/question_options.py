"""The jobs that a verb is about: options, conditions on attributes, and words that name runs, jobs and files."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli.complete import complete_conditions, complete_selectors
from prodcli.cli.context import Session
from prodcli.cli.times import since_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.cli.recovery.job_options import JobOptions
    from prodcli.jobs.question import JobQuestion

Which = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[RUNS|CLUSTER.PROC|FILE]...",
        help="Runs like 66499 or 66480-66490, jobs like 4.217, or output files.",
        autocompletion=complete_selectors,
    ),
]
Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        metavar="CONDITIONS...",
        help="Only jobs with these attributes: site=BNL exit_code=1,2 memory_used=2000.. reason~refused node!=n7.",
        autocompletion=complete_conditions,
    ),
]
Since = Annotated[
    str | None, typer.Option("--since", help="Only jobs in their state since 2026-01-31, or 36h, 7d ago.")
]
_JOB = re.compile(r"[0-9]+\.[0-9]+(?:@\S+)?")


@dataclass(frozen=True)
class _Words:
    """What the words without an option name."""

    runs: list[str]
    jobs: list[str]
    files: list[str]


def asked(
    session: Session, chosen: JobOptions, which: Sequence[str] | None, where: Sequence[str] | None, since: str | None
) -> JobQuestion:
    """The question of a command line; raises UsageError for words that are not understood."""
    from prodcli.books.job_filter import parse_clusters
    from prodcli.cli.run_options import read_filter
    from prodcli.jobs.conditions import parse_conditions
    from prodcli.jobs.question import JobQuestion
    from prodcli.runs.selection import ALL_RUNS

    words = _sorted_out(which or ())
    wanted = replace(chosen.wanted, since=since_of(since))
    if words.jobs:
        wanted = replace(wanted, clusters=[*wanted.clusters, *parse_clusters(words.jobs)])
    if words.runs:
        named = read_filter(session, words.runs, None)
        wanted = replace(wanted, runs=named if wanted.runs == ALL_RUNS else wanted.runs.together(named))
    conditions = parse_conditions(where or (), int(datetime.now(UTC).timestamp()))
    return JobQuestion(wanted, conditions, words.files)


def _sorted_out(which: Sequence[str]) -> _Words:
    """Words by what they name: `4.217` a job, what ends like an output or has a slash a file, all else runs."""
    words = _Words([], [], [])
    for word in which:
        if _JOB.fullmatch(word):
            words.jobs.append(word)
        elif word.endswith(".root") or "/" in word:
            words.files.append(word.rpartition("/")[2])
        else:
            words.runs.append(word)
    return words
