"""prodcli cron show|install."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from posixpath import normpath
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.complete import complete_steered_hosts
from prodcli.cli.context import Session, current
from prodcli.cli.option_groups import Verb, takes
from prodcli.errors import UsageError

if TYPE_CHECKING:
    from prodcli.cli.steering.crontab_file import CrontabFile

app = typer.Typer(help="Write crontab lines that pass over steering files.", no_args_is_help=True)
Files = Annotated[list[Path] | None, typer.Argument(metavar="[STEER]...", help="Steering files; a line for each.")]


@dataclass(frozen=True)
class CronOptions:
    """What the lines of a crontab say."""

    session: Session
    files: tuple[Path, ...]
    steer_list: Path | None
    stagger: int
    every: int
    hostname: str
    mailto: str

    def require_files(self) -> None:
        """Raise UsageError unless files are named, or a list."""
        if bool(self.files) == (self.steer_list is not None):
            raise UsageError("name steering files, or a list of them", todo="FILE... or --steer-list LIST")

    def lines(self) -> list[str]:
        """The lines; raises UsageError if no file is named, or none concerns the host."""
        from prodcli.cli.steering.crontab_lines import of_files, of_list

        self.require_files()
        if self.steer_list is None:
            return of_files(self.session, self.files, self.every, self.host)
        return [of_list(self.session, self.steer_list, self.stagger, self.every, self.host)]

    @property
    def targets(self) -> set[str]:
        """The whole paths of the files and of the list."""
        from prodcli.config.find_config import current_folder

        named = [*self.files, *([self.steer_list] if self.steer_list else [])]
        return {normpath(current_folder() / one) for one in named}

    @property
    def settings(self) -> dict[str, str]:
        """The settings before the lines."""
        from prodcli.cli.steering.crontab_lines import settings

        return settings(self.mailto)

    @property
    def host(self) -> str:
        """The host that the lines are for."""
        from prodcli.books.claimant import short_host

        return (self.hostname or short_host()).partition(".")[0]


def _cron_options(
    context: typer.Context,
    files: Files = None,
    steer_list: Annotated[
        Path | None, typer.Option("--steer-list", metavar="LIST", help="File with steering files; one line for all.")
    ] = None,
    stagger: Annotated[
        int, typer.Option("--stagger", min=0, metavar="SECONDS", help="Time between the files of a list.")
    ] = 60,
    every: Annotated[int, typer.Option("--every", min=1, metavar="MINUTES", help="Time between passes.")] = 20,
    hostname: Annotated[
        str,
        typer.Option("--hostname", metavar="HOST", help="For this host.", autocompletion=complete_steered_hosts),
    ] = "",
    mailto: Annotated[str, typer.Option("--mailto", metavar="ADDRESS", help="Who gets the mail of cron.")] = "",
) -> CronOptions:
    return CronOptions(current(context), tuple(files or ()), steer_list, stagger, every, hostname, mailto)


def _says_lines(function: Verb) -> Verb:
    return takes(_cron_options)(function)


@app.command("show", epilog="Example: prodcli cron show steering.yaml --every 20")
@_says_lines
def show(context: typer.Context, wanted: CronOptions) -> None:
    """Show the crontab lines that install writes."""
    from prodcli.steering.crontab import block

    wanted.session.show_text(block(wanted.settings, wanted.lines()))


@app.command("install", epilog="Example: prodcli cron install steering.yaml --every 20 --dry-run")
@_says_lines
def install(
    context: typer.Context,
    wanted: CronOptions,
    folder: Annotated[
        Path | None, typer.Option("--folder", metavar="DIR", help="Folder of crontab.HOST; default: your home.")
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take out the lines of these files instead.")] = False,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
) -> None:
    """Write crontab.HOST, and install it by `crontab FILE` after asking.

    All other lines stay; the changes are shown first. The file is made from the installed crontab if there is none. For
    another host the file is only written.
    """
    from prodcli.cli.steering.crontab_file import CrontabFile
    from prodcli.steering.read import home_folder

    crontab = CrontabFile((folder or Path(home_folder())) / f"crontab.{wanted.host}", here=not wanted.hostname)
    _install(wanted, crontab, remove, dry_run, yes)


def _install(wanted: CronOptions, crontab: CrontabFile, remove: bool, dry_run: bool, yes: bool) -> None:
    from prodcli.cli.consent import require_consent
    from prodcli.steering.crontab import lines_of_today, merged

    wanted.require_files()
    session, before = wanted.session, crontab.text()
    text = merged(before, {}, [], wanted.targets) if remove else merged(before, wanted.settings, wanted.lines())
    for line in lines_of_today(text):
        session.warn(f"this line starts passes of another tool: {line}")
    changes = crontab.changes(text)
    if not changes:
        session.say(f"{crontab.file}: nothing changes")
        return
    session.show_text(changes)
    if dry_run:
        return
    crontab.require_command()
    require_consent(f"Write {crontab.file}{' and install it' if crontab.here else ''}?", yes)
    crontab.write(text)
    session.say(crontab.install())
