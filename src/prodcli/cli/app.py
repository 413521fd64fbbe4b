"""The root command: every command line enters and ends here.

Only this module turns an expected failure into one line on stderr and an exit code.
"""

import errno
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import groupby
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from prodcli import __version__
from prodcli.cli.command_groups import ENTRIES
from prodcli.cli.commands.defaults import give_defaults, said_defaults
from prodcli.cli.commands.folding import fold_many
from prodcli.cli.commands.loading import Verbs
from prodcli.cli.commands.other_words import apart_from_today, command_of, in_present_words
from prodcli.cli.commands.overview import MOST_DAYS, overview
from prodcli.cli.commands.shells import adapt_shells, offer_files
from prodcli.cli.commands.slips import misplaced_option, refused, unknown_command
from prodcli.cli.complete import complete_zones
from prodcli.cli.context import Session
from prodcli.cli.log_line import OneLine
from prodcli.cli.options import MANY, MANY_OF_JOBS
from prodcli.driver_waits import WAITS
from prodcli.errors import ConfigError, ProdError, TermSignal, UsageError, ended_by
from prodcli.names import is_text

# What the parser raises for a command line that is off; Typer does not export the class itself.
ParserError: Any = typer.BadParameter.__mro__[1]
T = TypeVar("T")
HELP = frozenset({"-h", "--help"})
ROOT_OPTIONS = frozenset({"site", "testbed", "quiet", "zone", "verbose", "version"})
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
_OUTPUT_FAILS = {*_DISK_FULL, errno.EIO, errno.EBADF}


def _require_text(args: Sequence[str]) -> None:
    """Raise UsageError for a word with bytes that are not UTF-8: neither databases nor submit descriptions can hold them."""
    for word in args:
        if not is_text(word):
            shown = os.fsencode(word).decode("utf-8", "backslashreplace")
            raise UsageError(f"'{shown}' is not UTF-8 text", todo="rename the file, or type it anew")


class Root(TyperGroup):
    """Loads commands late, folds *many* options, and turns failures into a line and an exit code."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        adapt_shells()
        offer_files(self)
        self.commands: Any = Verbs([option for option in self.params if option.name in ROOT_OPTIONS], _take)

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of the commands."""
        return list(ENTRIES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A command for help and completion: a name and a line."""
        return (
            TyperCommand(cmd_name, help=ENTRIES[cmd_name].line, rich_markup_mode=None) if cmd_name in ENTRIES else None
        )

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands in groups by what people do, each with its line."""
        width = max(map(len, ENTRIES))
        for group, verbs in groupby(ENTRIES, key=lambda verb: ENTRIES[verb].group):
            with formatter.section(group):
                formatter.write_dl([(verb.ljust(width), ENTRIES[verb].line) for verb in verbs])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command of a command line."""
        name = command_of(args[0])
        if name is not None:
            return name, self._with_defaults(name, ctx, args[1:]), args[1:]
        if not ctx.resilient_parsing:
            ctx.fail(unknown_command(args[0]))
        return None, None, args[1:]

    def _with_defaults(self, name: str, ctx: Any, words: list[str]) -> Any:
        """A command with the defaults of prodcli.yaml; help and completion go on without defaults that are wrong."""
        command = self.commands[name]
        try:
            said = said_defaults(ctx, words)
            if said is not None:
                give_defaults(command, name, said)
        except ConfigError:
            if not (ctx.resilient_parsing or name == "help" or HELP.intersection(words)):
                raise
        return command

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Parse the command line; silent during completion."""
        _configure_logging(verbose=False, quiet=False, mute=bool(extra.get("resilient_parsing")))
        typed = list(args)

        def work() -> Any:
            _require_text(args)
            try:
                return super(Root, self).make_context(
                    info_name, self._folded(in_present_words(apart_from_today(args))), parent, **extra
                )
            except ParserError as error:
                raise self._placed(error, typed) from None

        return _one_way_out(work)

    def _folded(self, args: list[str]) -> list[str]:
        """The words with a flag for each word of an option that takes many at this verb."""
        if MANY_OF_JOBS.isdisjoint(word.partition("=")[0] for word in args):
            return fold_many(args)
        command: Any = self
        for word in args:
            if command is not self:
                command = getattr(command, "commands", {}).get(word, command)
            elif name := command_of(word):
                command = self.commands[name]
        return fold_many(args, MANY | {word for one in command.params if one.multiple for word in one.opts})

    def _placed(self, error: Exception, typed: list[str]) -> Exception:
        """An error of the parser; of an option that stands before its verb one that says so."""
        option = getattr(error, "option_name", "")
        said = misplaced_option(option, typed, self._options_of) if option else ""
        return ParserError(said, ctx=getattr(error, "ctx", None)) if said else error

    def _options_of(self, verb: str) -> set[str]:
        return {word for parameter in self.commands[verb].params for word in parameter.opts}

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""

        def work() -> Any:
            result = super(Root, self).invoke(ctx)
            sys.stdout.flush()
            return result

        return _one_way_out(work)


def _one_way_out(work: Callable[[], T]) -> T:
    try:
        return work()
    except ParserError as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            sys.stderr.write(f"{error if error.ctx.parent else overview()}\n")
            raise typer.Exit(UsageError.exit_code) from None
        failure: ProdError = refused(error)
    except (KeyboardInterrupt, TermSignal, RuntimeError, SystemError) as error:
        failure = _signalled(error)
    except BrokenPipeError:
        _give_up_stdout()
        raise typer.Exit(1) from None
    except OSError as error:
        if error.errno in _DISK_FULL:
            _give_up_stdout()
        failure = ProdError(error.strerror or str(error) or type(error).__name__, where=_place_of(error))
    except ProdError as error:
        failure = error
    logging.getLogger("prodcli").debug("failed", exc_info=failure)
    logging.getLogger("prodcli.exit").log(logging.ERROR if failure.exit_code else logging.WARNING, "%s", failure)
    raise typer.Exit(failure.exit_code)


def _place_of(error: OSError) -> str:
    """The file of a failure; `output` if writing to stdout failed."""
    if error.filename is not None:
        return str(error.filename)
    return "output" if error.errno in _OUTPUT_FAILS else ""


def _signalled(error: BaseException) -> ProdError:
    """The failure that a signal makes; raises other errors again."""
    kind = ended_by(error)
    if kind is None:
        raise error
    return kind(f"{kind.word}; submitted jobs are in the books")


def _give_up_stdout() -> None:
    """Send the buffered output nowhere.

    The reader has gone or the disk is full, and Python must not fail at its end.
    """
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


app = typer.Typer(
    cls=Root,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Turn run catalogs into HTCondor jobs, keep their books, and say how far a campaign is.",
    epilog=f"{MOST_DAYS}\n\nStart with: prodcli demo; prodcli help words",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"prodcli {__version__}\n")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    site: Annotated[Path | None, typer.Option("--site", metavar="FILE", help="prodcli.yaml to use.")] = None,
    testbed: Annotated[bool, typer.Option("--testbed", help="Act in the testbed, wherever you are.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing when all is well (for cron).")] = False,
    zone: Annotated[
        str | None,
        typer.Option(
            "--zone", metavar="NAME", help="Time zone of times, like America/New_York.", autocompletion=complete_zones
        ),
    ] = None,
    verbose: Annotated[bool, typer.Option("--log", help="Log what is done to stderr, too.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    """Common options; they stand before the verb or after it."""
    signal.signal(signal.SIGTERM, _terminate)
    _begin(context)
    context.call_on_close(lambda: context.obj.close())


def _begin(root_context: Any) -> None:
    """Make the session that the options of the root say."""
    said = root_context.params
    _configure_logging(said["verbose"], said["quiet"])
    site = said["site"]
    root_context.obj = Session(site and Path(site), said["testbed"], said["quiet"], said["verbose"], said["zone"])


def _take(context: Any, option: Any, value: Any) -> None:
    """Take an option of the root that stands after the verb."""
    if not value:
        return
    root_context = context.find_root()
    root_context.params[option.name] = value
    if root_context.obj is not None:  # during completion nothing has begun
        _begin(root_context)


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    raise TermSignal


def _configure_logging(verbose: bool, quiet: bool, mute: bool = False) -> None:
    logger = logging.getLogger("prodcli")
    for handler in logger.handlers[:]:
        logger.removeHandler(handler)
        handler.close()
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    if mute:
        logger.addHandler(logging.NullHandler())
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(partial(_is_for_people, quiet=quiet))
    handler.setLevel(logging.INFO if verbose else logging.WARNING)
    handler.setFormatter(OneLine("prodcli: %(message)s"))
    logger.addHandler(handler)


def _is_for_people(record: logging.LogRecord, quiet: bool) -> bool:
    """False for what only a terminal shows, elsewhere and with --quiet, and for an end with --quiet that is no failure."""
    if record.name == WAITS:
        return sys.stderr.isatty() and not quiet
    # a pass that ends because another one runs is no trouble
    return not quiet or record.name != "prodcli.exit" or record.levelno >= logging.ERROR
