"""Options that several commands share, each defined once."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from prodcli.cli.commands.by_hand import RULES, TAG
from prodcli.cli.complete import (
    complete_dsttypes,
    complete_hosts,
    complete_rules,
    complete_schedds,
    complete_selectors,
    complete_tags,
)

# Options that take all words up to the next one that starts with `-`.
MANY = frozenset(
    {
        *("--runs", "--exclude", "--segments", "--mask", "--assume-mask", "--ignore-state", "--hosts"),
        *(
            "--state",
            "--until-all",
            "--until-any",
            "--code",
            "--signature",
            "--cluster",
            "--dbid",
            "--category",
            "--name",
            "--unblock",
            "--apply",
            "--sort",
            "--columns",
            "--tag",
            "--where",
            "--schedds",
            "--intriplet",
            "--service",
            "--remove",
            "--result",
        ),
    }
)
# Options that take many words where they choose jobs, and one word elsewhere.
MANY_OF_JOBS = frozenset({"--dsttype", "--rule", "-r", "--node"})
MAXQUEUED = 70000  # what --maxqueued is if nothing is said


class Style(StrEnum):
    """The format of results."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"


RuleFile = Annotated[Path, typer.Option("--config", "-c", metavar="FILE", help="Rule file.", envvar=RULES)]
AnyRuleFile = Annotated[Path | None, typer.Option("--config", "-c", metavar="FILE", help="Rule file.", envvar=RULES)]
RuleName = Annotated[
    str | None,
    typer.Option(
        "--rule",
        "-r",
        metavar="NAME",
        help="Rule of the file; may be left out if it has one.",
        autocompletion=complete_rules,
    ),
]
# of jobs in the books; no file says which rules there are
OfRule = Annotated[
    list[str] | None,
    typer.Option("--rule", "-r", metavar="NAMES...", help="Only jobs of these rules.", autocompletion=complete_rules),
]
OfFile = Annotated[
    Path | None, typer.Option("--config", "-c", metavar="FILE", help="Rule file; only jobs of its rule.")
]
Since = Annotated[str | None, typer.Option("--since", help="Only jobs submitted since 2026-01-31, or 36h, 7d ago.")]
Runs = Annotated[
    list[str] | None,
    typer.Option(
        "--runs",
        metavar="RUNS...",
        help="Two numbers are a range, more are a list; also 69600-72000, 69600,69605, cursor, or selectors like new(window=6h).",
        autocompletion=complete_selectors,
    ),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude",
        metavar="RUNS...",
        help="Runs, ranges and selectors to leave out.",
        autocompletion=complete_selectors,
    ),
]
RunList = Annotated[Path | None, typer.Option("--runlist", metavar="FILE", help="File with runs and ranges of runs.")]
Segments = Annotated[
    list[str] | None, typer.Option("--segments", metavar="SEGS...", help="Only these segments: numbers and ranges.")
]
Mask = Annotated[
    list[str] | None,
    typer.Option(
        "--mask",
        metavar="HOSTS...",
        help="Leave these hosts out: TPC17, INTT3, ebdc17_1.",
        autocompletion=complete_hosts,
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="Show what would be done; change nothing anywhere.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="List every job, and all that is left out.")]
Format = Annotated[Style, typer.Option("--format", help="Format of the results.")]
Tail = Annotated[int, typer.Option("--tail", min=1, max=100_000, metavar="LINES", help="So many lines of each file.")]
Lenient = Annotated[bool, typer.Option("--lenient", help="Ignore unknown keys in rules.")]
Tag = Annotated[
    list[str] | None,
    typer.Option("--tag", metavar="TAGS...", help="Only jobs of these tags.", envvar=TAG, autocompletion=complete_tags),
]
TagOfFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--tag", metavar="TAGS...", help="Only files of these tags.", envvar=TAG, autocompletion=complete_tags
    ),
]
Dsttype = Annotated[
    list[str] | None,
    typer.Option(
        "--dsttype",
        metavar="DSTTYPES...",
        help="Only jobs of these dsttypes, with or without their hosts.",
        autocompletion=complete_dsttypes,
    ),
]
Made = Annotated[
    str,
    typer.Option("--dsttype", help="Only for this dsttype; default: every dsttype.", autocompletion=complete_dsttypes),
]
Schedd = Annotated[
    str,
    typer.Option(
        "--schedd",
        metavar="NAME",
        help="Schedd for new jobs; `auto`: the least loaded one; default: the first in the configuration.",
        autocompletion=complete_schedds,
    ),
]
Events = Annotated[int, typer.Option("--nevents", min=0, help="Events per job; 0: as the rule says, else all.")]
Memory = Annotated[str | None, typer.Option("--mem", help="Memory to request: 8192MB, or a ladder like `2 GB, 4 GB`.")]
Priority = Annotated[int | None, typer.Option("--priority", help="Priority of the jobs.")]
Why = Annotated[str, typer.Option("--reason", help="Reason, as `prodcli log` shows it.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
UserHolds = Annotated[bool, typer.Option("--user-holds", help="Also jobs that a person put on hold.")]
Anyway = Annotated[bool, typer.Option("--anyway", help="Bring jobs back although a service that they need is down.")]
MaxQueued = Annotated[int, typer.Option("--maxqueued", min=0, help="Keep at most this many jobs queued.")]
