"""prodcli loop, and its status, pause, resume and stop."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from prodcli.cli import options
from prodcli.cli.commands.shells import words_or_files
from prodcli.cli.complete import complete_loops, complete_steered_hosts
from prodcli.cli.context import current
from prodcli.cli.health.demand import WithPreflight
from prodcli.errors import UsageError

if TYPE_CHECKING:
    from prodcli.cli.context import Session


class _Loops(TyperGroup):
    """Takes a file as its first word for a loop over that file."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the hidden command before a file or an option of a loop."""
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["run", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """The commands, or files."""
        return words_or_files(super().shell_complete(ctx, incomplete), incomplete)


app = typer.Typer(cls=_Loops, no_args_is_help=True, help="Pass over the rules of a file again and again; steer loops.")
File = Annotated[
    Path, typer.Argument(metavar="FILE", help="Steering file, rule file, or ramenya's rules with options.")
]
MaxCondor = Annotated[int, typer.Option("--maxcondor", min=0, help="Most jobs of prodcli in all queues; 0: no bound.")]
Watermark = Annotated[
    float, typer.Option("--watermark", min=1.0, max=100.0, help="Times --maxcondor: above that, nothing is submitted.")
]
IdleTarget = Annotated[
    int,
    typer.Option(
        "--idle-target", min=0, help="So many idle jobs keep the pool fed; more are not submitted. 0: no bound."
    ),
]
Chain = Annotated[
    bool,
    typer.Option("--chain", help="Also pass over the rules that read outputs of these rules, parents first."),
]
Hostname = Annotated[
    str,
    typer.Option(
        "--hostname",
        metavar="NAME",
        help="Act as this host of the steering file.",
        autocompletion=complete_steered_hosts,
    ),
]
Which = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[ID|HOST|FILE]...",
        help="Loops by id, host or file; default: the only one.",
        autocompletion=complete_loops,
    ),
]
EXAMPLE = "Example: prodcli loop run rules.yaml --once"


@app.command("run", epilog=EXAMPLE)
def run(
    context: typer.Context,
    file: File,
    delay: Annotated[int, typer.Option("--delay", min=0, metavar="SECONDS", help="Seconds between two passes.")] = 300,
    maxcondor: MaxCondor = 0,
    watermark: Watermark = 1.05,
    action: Annotated[
        str, typer.Option("--watermark-action", metavar="cycle|exit", help="Above the watermark: wait, or end.")
    ] = "cycle",
    idle_target: IdleTarget = 0,
    once: Annotated[bool, typer.Option("--once", help="End after one pass.")] = False,
    hostname: Hostname = "",
    chain: Chain = False,
    preflight: WithPreflight = False,
    plain: Annotated[bool, typer.Option("--plain", help="Lines about what is new instead of a screen.")] = False,
) -> None:
    """Run a loop; the word `run` may be left out.

    Ctrl-C pauses for 20 minutes, a second one ends the loop after its step, a third one at once.
    """
    from prodcli.cli.loops.loop_run import LoopOptions, run_loop

    if action not in ("cycle", "exit"):
        raise UsageError(f"{action!r:.40} is no action", where="--watermark-action", todo="cycle or exit")
    chosen = LoopOptions(
        file, delay, maxcondor, watermark, action, idle_target, once, hostname, plain, chain, preflight
    )
    code = run_loop(current(context), chosen)
    if code:
        raise typer.Exit(code)


@app.command("pass", hidden=True, epilog="Example: prodcli loop pass rules.yaml")
def pass_(
    context: typer.Context,
    file: File,
    maxcondor: MaxCondor = 0,
    watermark: Watermark = 1.05,
    idle_target: IdleTarget = 0,
    hostname: Hostname = "",
    chain: Chain = False,
    preflight: WithPreflight = False,
    loop: Annotated[str, typer.Option("--loop", hidden=True)] = "",
    kept_in: Annotated[Path | None, typer.Option("--kept-in", hidden=True)] = None,
) -> None:
    """Run one pass for a loop, and tell its results as lines of JSON."""
    from prodcli.automation.shares import QueueBounds
    from prodcli.cli.loops.loop_pass import run_pass
    from prodcli.cli.loops.loop_run import kept_folder

    session = current(context)
    bounds = QueueBounds(maxcondor, watermark, idle_target)
    run_pass(session, file, hostname, kept_in or kept_folder(session, file), loop, bounds, chain, preflight)


@app.command("status", epilog="Example: prodcli loop status")
def status(context: typer.Context, which: Which = None, style: options.Format = options.Style.TABLE) -> None:
    """Show loops and cron passes."""
    from prodcli.cli.loops.loop_status import show_loops

    show_loops(current(context), which or (), style)


@app.command("pause", epilog="Example: prodcli loop pause --for 2h")
def pause(
    context: typer.Context,
    which: Which = None,
    length: Annotated[str, typer.Option("--for", metavar="TIME", help="How long: 20m, 2h, 1d.")] = "20m",
) -> None:
    """Pause loops, on any host."""
    from prodcli.time_text import parse_age

    seconds = parse_age(length)
    if not seconds:
        raise UsageError(f"{length!r:.40} is no length", where="--for", todo="like 20m, 2h or 1d")
    _order(current(context), which, "pause", seconds)


@app.command("resume", epilog="Example: prodcli loop resume")
def resume(context: typer.Context, which: Which = None) -> None:
    """Let paused loops go on."""
    _order(current(context), which, "resume")


@app.command("stop", epilog="Example: prodcli loop stop")
def stop(context: typer.Context, which: Which = None) -> None:
    """End loops after their step."""
    _order(current(context), which, "stop")


def _order(session: Session, which: list[str] | None, wanted: str, seconds: int = 0) -> None:
    from prodcli.cli.loops.loop_status import order_loops

    order_loops(session, which or (), wanted, seconds)
