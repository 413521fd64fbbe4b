"""Options that several commands share, defined once."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

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
        *("--runs", "--exclude", "--segments", "--mask", "--assume-mask", "--ignore-state"),
        *("--state", "--code", "--cluster", "--dbid", "--unblock", "--apply"),
    }
)
MAXQUEUED = 70000  # what --maxqueued is if nothing is said


class Style(StrEnum):
    """How results are written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


RuleFile = Annotated[Path, typer.Option("--config", "-c", metavar="FILE", help="Rule file.")]
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
OfRule = Annotated[str | None, typer.Option("--rule", "-r", metavar="NAME", help="Only jobs of this rule.")]
Since = Annotated[str | None, typer.Option("--since", help="Submitted since: 2026-01-31, or 36h, 7d.")]
Runs = Annotated[
    list[str] | None,
    typer.Option(
        "--runs",
        metavar="RUNS...",
        help="Two numbers are a range, more are a list; also 69600-72000, 69600,69605, or selectors like new(window=6h).",
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
RunList = Annotated[Path | None, typer.Option("--runlist", metavar="FILE", help="File of runs and ranges of runs.")]
Segments = Annotated[list[str] | None, typer.Option("--segments", metavar="SEGS...", help="Only these segments.")]
Mask = Annotated[
    list[str] | None,
    typer.Option(
        "--mask",
        metavar="HOSTS...",
        help="Do without these hosts: TPC17, INTT3, ebdc17_1.",
        autocompletion=complete_hosts,
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="Show what would be done; change nothing anywhere.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="List every job and everything that is left out.")]
Format = Annotated[Style, typer.Option("--format", help="table, json or csv.")]
Lenient = Annotated[bool, typer.Option("--lenient", help="Ignore unknown keys in rules.")]
Tag = Annotated[str | None, typer.Option("--tag", help="Only this tag.", autocompletion=complete_tags)]
Dsttype = Annotated[
    str | None,
    typer.Option("--dsttype", help="Only this dsttype, with or without its host.", autocompletion=complete_dsttypes),
]
Made = Annotated[
    str, typer.Option("--dsttype", help="Only where this is made; else whatever is.", autocompletion=complete_dsttypes)
]
Schedd = Annotated[
    str,
    typer.Option(
        "--schedd",
        metavar="NAME",
        help="Schedd for new jobs, or `auto` for the least loaded one; else the first that is configured.",
        autocompletion=complete_schedds,
    ),
]
Events = Annotated[int, typer.Option("--nevents", min=0, help="Events per job; 0 = all, or what the rule says.")]
Memory = Annotated[str | None, typer.Option("--mem", help="Memory, like 8192MB or a ladder `2 GB, 4 GB`.")]
Priority = Annotated[int | None, typer.Option("--priority", help="Job priority.")]
Why = Annotated[str, typer.Option("--reason", help="Why, for the log.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
UserHolds = Annotated[bool, typer.Option("--user-holds", help="Also jobs that a person put on hold.")]
MaxQueued = Annotated[int, typer.Option("--maxqueued", min=0, help="Keep at most so many jobs queued.")]
