"""prodcli control."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.complete import complete_steered_hosts
from prodcli.cli.context import Session, current
from prodcli.cli.health.demand import WithPreflight
from prodcli.cli.live.kept_figures import keep_for_prompts
from prodcli.errors import ProdError, UsageError

if TYPE_CHECKING:
    from prodcli.steering.steered_rule import Steering

EXAMPLE = "Example: prodcli control -f steering.yaml --dry-run"


def control(
    context: typer.Context,
    steering: Annotated[
        Path | None, typer.Option("--steer", "-f", metavar="FILE", help="Steering file, or rule file.")
    ] = None,
    steer_list: Annotated[
        Path | None, typer.Option("--steer-list", metavar="LIST", help="File with steering files, one a line.")
    ] = None,
    stagger: Annotated[
        int, typer.Option("--stagger", min=0, metavar="SECONDS", help="Time between the files of a list.")
    ] = 60,
    hostname: Annotated[
        str,
        typer.Option("--hostname", metavar="HOST", help="Act as this host.", autocompletion=complete_steered_hosts),
    ] = "",
    max_age: Annotated[
        str, typer.Option("--max-age", metavar="AGE", help="Report a pass that has run for longer.")
    ] = "6h",
    preflight: WithPreflight = False,
    dry_run: options.DryRun = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Pass once over the rules of steering files (for cron).

    Says nothing when all is well, and one line for each trouble that is new. Rules that another pass works on are left
    alone. With --format json each rule is a line of stdout when it ends.
    """
    from prodcli.books.claimant import short_host
    from prodcli.steering.read import read_steering

    session, host = current(context), (hostname or short_host()).partition(".")[0]
    seconds = _seconds(max_age)
    if (steering is None) == (steer_list is None):
        raise UsageError("name a steering file, or a list of them", todo="-f FILE or --steer-list LIST")
    if style not in (options.Style.TABLE, options.Style.JSON) and not dry_run:
        raise UsageError(f"a pass has no {style.value}", where="--format", todo="json, or nothing at all")
    if steer_list is not None:
        words = ["--max-age", max_age, "--format", style.value, *(["--preflight"] if preflight else [])]
        _pass_over_list(session, steer_list, host, stagger, words, dry_run, style)
    elif dry_run:
        _show(session, [read_steering(steering or Path(), host)], style)
    else:
        _pass_over(session, steering or Path(), host, seconds, style, preflight)


def _seconds(age: str) -> int:
    from prodcli.time_text import parse_age

    seconds = parse_age(age)
    if seconds is None:
        raise UsageError(f"{age!r:.60} is not an age", where="--max-age", todo="like 90m, 6h or 2d")
    return seconds


def _show(session: Session, said: list[Steering], style: options.Style) -> None:
    """Show what passes would do; nothing for files that do not name the host."""
    from prodcli.cli.steering.steer_table import shown

    mine = [one for one in said if one.named]
    if mine:
        session.show(shown(session, mine, plan=True), style)


def _pass_over_list(
    session: Session, steer_list: Path, host: str, stagger: int, words: list[str], dry_run: bool, style: options.Style
) -> None:
    from prodcli.cli.automation.steer_list_passes import pass_over_files
    from prodcli.steering.read import read_steering
    from prodcli.steering.steer_list import read_steer_list

    files = read_steer_list(steer_list)
    if dry_run:
        _show(session, [read_steering(file, host) for file in files if file.is_file()], style)
        return
    _stay_silent(session)
    code = pass_over_files(session, files, host, stagger, words)
    if code:
        raise typer.Exit(code)


def _pass_over(session: Session, file: Path, host: str, max_age: int, style: options.Style, preflight: bool) -> None:
    """Pass over the rules of a file; trouble with the file itself is told once, too."""
    from prodcli.automation.rule_locks import RuleLocks
    from prodcli.automation.told_trouble import ToldTrouble
    from prodcli.cli.automation.control_pass import ControlPass
    from prodcli.steering.read import read_steering

    shows, from_cron = sys.stdout.isatty() and not session.quiet, not any(map(os.isatty, (0, 1, 2)))
    _stay_silent(session)
    locks, said, failure = RuleLocks(session.config.campaigns / "locks", host, file), None, None
    try:
        said = read_steering(file, host)
    except ProdError as error:
        failure = error
    if ToldTrouble(locks.folder).is_new(locks.name("file"), str(failure or "")):
        session.warn(str(failure))
    code = failure.exit_code if failure else 0
    if said is not None and said.named:
        session.keep_log()
        code = ControlPass(session, said, max_age, style is options.Style.JSON, shows, from_cron, preflight).run()
        keep_for_prompts(session)
    if code:
        raise typer.Exit(code)


def _stay_silent(session: Session) -> None:
    """Leave to logs what services say on their way; what the pass has to say comes at its end."""
    session.quiet = True
    for handler in logging.getLogger("prodcli").handlers:
        if not session.verbose:
            handler.addFilter(lambda record: record.name == "prodcli.exit")
