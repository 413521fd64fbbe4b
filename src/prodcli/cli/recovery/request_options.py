"""The options by which jobs that go on request other resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.errors import UsageError

if TYPE_CHECKING:
    from prodcli.cli.context import Session

Mem = Annotated[str | None, typer.Option("--mem", metavar="SIZE", help="Request this much memory: 8192MB, 8GB.")]
Scale = Annotated[
    float | None,
    typer.Option("--scale-memory", metavar="FACTOR", help="Request the largest memory so far, times this."),
]
Disk = Annotated[str | None, typer.Option("--disk", metavar="SIZE", help="Request this much disk: 20GB.")]
Cpus = Annotated[int | None, typer.Option("--cpus", min=1, help="Request this many cores.")]
Priority = Annotated[
    int | None,
    typer.Option("--priority", min=-(2**31), max=2**31 - 1, help="Give new jobs this priority; larger starts sooner."),
]
MaxMem = Annotated[str | None, typer.Option("--max-mem", metavar="SIZE", help="Park jobs that need more memory.")]


def most_of(session: Session, max_mem: str | None) -> int | None:
    """The most memory in MB that jobs may request, by --max-mem or batch.max_memory; raises UsageError for no size."""
    return size_of(max_mem, "--max-mem") if max_mem is not None else session.config.max_memory


def size_of(text: str | None, option: str) -> int | None:
    """A size of the command line in MB; raises UsageError for other text."""
    from prodcli.sizes import parse_mb

    try:
        return None if text is None else parse_mb(text)
    except ValueError as failure:
        raise UsageError(str(failure), where=option, todo="like 8192MB or 8GB") from None


def disk_of(text: str | None) -> int | None:
    """A size of the command line in KB; raises UsageError for other text."""
    from prodcli.sizes import parse_kb

    try:
        return None if text is None else parse_kb(text)
    except ValueError as failure:
        raise UsageError(str(failure), where="--disk", todo="like 20GB") from None
