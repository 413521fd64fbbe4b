"""The root command: one way in, one way out.

An expected failure becomes one line on stderr and its exit code, here and nowhere else.
"""

import errno
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import FrameType, MappingProxyType
from typing import Annotated, Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from prodcli import __version__
from prodcli.cli.context import Session
from prodcli.cli.log_line import OneLine
from prodcli.cli.options import MANY
from prodcli.errors import ProdError, TermSignal, UsageError, ended_by, one_line
from prodcli.names import is_text

# What the parser raises for a command line that is off; Typer does not export the class itself.
ParserError: type[Exception] = typer.BadParameter.__mro__[1]
T = TypeVar("T")
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
_OUTPUT_FAILS = {*_DISK_FULL, errno.EIO, errno.EBADF}


# The commands in order, as `--help` lists them; what a command needs is in the file of its name, in its room.
_VERBS = MappingProxyType(
    {
        "submit": "Submit the jobs of a rule that can run now, and say why the others cannot.",
        "why": "Say why runs are not submitted: for one run the whole chain, for several a table of reasons.",
        "harvest": "Learn from the batch system what became of jobs, and bring the books up to date.",
        "reconcile": "Settle what killed passes left open, and show jobs that are in a queue and not in the books.",
        "query": "Show how far productions are: one line per tag, dsttype and dataset.",
        "memory": "What jobs asked for and used, and what they should ask for.",
        "rescue": "Show what is wrong now by signature, with what is proposed for it, and do it.",
        "mark-held": "Bring the books up to date, and show why jobs are held, what they had, and what helps.",
        "resubmit": "Give held jobs more memory where they are, and release them; submit failed ones again.",
        "release": "Release held jobs.",
        "hold": "Put jobs on hold.",
        "kill": "Remove jobs from the queues.",
        "clear-held": "Remove held jobs from the queues; the books then say failed, with the hold's reason.",
        "park": "Give jobs up for now: keep all that they are, and remove them from the queues.",
        "parked": "Show the jobs that were given up for now: what they asked for and used, why they were held, who parked them.",
        "unpark": "Bring parked jobs back, with other resources if that is said: a new attempt of the same jobs.",
        "remove": "Erase the outputs of a rule: jobs, files, catalog rows and rows of the books.",
        "priority": "Change which jobs start first.",
        "nodes": "Show which nodes fail jobs more than others do, black holes first, or `exclude` some.",
        "log": "Show what people did to jobs in the queues: who, when, why.",
        "register": "Put the files of a rule that lie under its outdir into the file catalog.",
        "demo": "Make a playground and run a chain of productions in it, command by command.",
        "rules": "Look at rule files.",
        "mask": "Do without hosts that were off, run by run.",
        "runs": "Mark runs of which nothing is to be made.",
        "config": "Look at the configuration.",
        "db": "Make, upgrade and look at the production database.",
        "local": "Execute the jobs of the local batch (try-outs, testbeds, tests).",
    }
)


# The room of each command's file.
ROOM_OF = MappingProxyType(
    {
        "submit": "submission",
        "why": "why",
        "harvest": "books",
        "reconcile": "books",
        "db": "books",
        "query": "reports",
        "log": "reports",
        "memory": "memory",
        "rescue": "recovery",
        "mark-held": "recovery",
        "resubmit": "recovery",
        "release": "recovery",
        "hold": "recovery",
        "kill": "recovery",
        "clear-held": "recovery",
        "park": "recovery",
        "parked": "recovery",
        "unpark": "recovery",
        "priority": "recovery",
        "remove": "outputs",
        "register": "outputs",
        "nodes": "exclusions",
        "mask": "exclusions",
        "runs": "exclusions",
        "demo": "setup",
        "rules": "setup",
        "config": "setup",
        "local": "setup",
    }
)


def fold_many(args: Sequence[str]) -> list[str]:
    """Give every word of a *many* option its own flag: `--runs 1 2 -r X` becomes `--runs 1 --runs 2 -r X`."""
    folded: list[str] = []
    option = ""
    for i, word in enumerate(args):
        if word == "--":
            return folded + list(args[i:])
        if word in MANY:
            option = word
            if i + 1 == len(args) or args[i + 1].startswith("-"):
                folded.append(word)  # the parser says that it lacks a value
        elif word.startswith("-"):
            option = ""
            folded.append(word)
        else:
            folded += [option, word] if option else [word]
    return folded


def _require_text(args: Sequence[str]) -> None:
    """Raise UsageError for a word with bytes that are not UTF-8: neither databases nor submit descriptions can hold them."""
    for word in args:
        if not is_text(word):
            shown = os.fsencode(word).decode("utf-8", "backslashreplace")
            raise UsageError(f"'{shown}' is not UTF-8 text", todo="rename the file, or type it anew")


class Verbs(Mapping[str, Any]):
    """The commands by name, each loaded when it is asked for: who queries need not wait for what submits."""

    def __getitem__(self, name: str) -> Any:
        if name not in _VERBS:
            raise KeyError(name)
        word = name.replace("-", "_")
        module, holder = import_module(f"prodcli.cli.{ROOM_OF[name]}.{word}"), typer.Typer(rich_markup_mode=None)
        if hasattr(module, "app"):
            holder.add_typer(module.app, name=name)
        else:
            holder.command(name, epilog=module.EXAMPLE)(getattr(module, word))
        return typer.main.get_group(holder).commands[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_VERBS)

    def __len__(self) -> int:
        return len(_VERBS)


class Root(TyperGroup):
    """Loads commands late, folds *many* options, and turns failures into a line and an exit code."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands: Any = Verbs()

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of the commands."""
        return list(_VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A command as help and completion list it: a name and a line."""
        return TyperCommand(cmd_name, help=_VERBS[cmd_name], rich_markup_mode=None) if cmd_name in _VERBS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that a command line names."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, self.commands[str(name)], rest

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Parse the command line; also for completion, which must not say a word."""
        _configure_logging(verbose=False, quiet=False, mute=bool(extra.get("resilient_parsing")))

        def work() -> Any:
            _require_text(args)
            return super(Root, self).make_context(info_name, fold_many(args), parent, **extra)

        return _one_way_out(work)

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
            sys.stderr.write(f"{error}\n")
            raise typer.Exit(UsageError.exit_code) from None
        context = getattr(error, "ctx", None)
        path = context.command_path if context is not None else "prodcli"
        failure: ProdError = UsageError(one_line(error.format_message()), todo=f"{path} --help")  # type: ignore[attr-defined]
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
    """The file that a failure is about; the output, where writing fails that no file was named for."""
    if error.filename is not None:
        return str(error.filename)
    return "output" if error.errno in _OUTPUT_FAILS else ""


def _signalled(error: BaseException) -> ProdError:
    """The failure that a signal makes; raises what is none again."""
    kind = ended_by(error)
    if kind is None:
        raise error
    return kind(f"{kind.word}; what was submitted is booked")


def _give_up_stdout() -> None:
    """Nobody reads on, or there is no room: what is still buffered must not fail again when Python ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


app = typer.Typer(
    cls=Root,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Turn run catalogs into HTCondor jobs, keep their books, and say how far a campaign is.",
    epilog="Start with: prodcli demo",
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
    verbose: Annotated[bool, typer.Option("--log", help="Log what is done to stderr, too.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    """Common options; they stand before the verb."""
    signal.signal(signal.SIGTERM, _terminate)
    _configure_logging(verbose, quiet)
    context.obj = session = Session(site, testbed, quiet, verbose)
    context.call_on_close(session.close)


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
    if quiet:  # a pass that ends because another one runs is no trouble
        handler.addFilter(lambda record: record.name != "prodcli.exit" or record.levelno >= logging.ERROR)
    handler.setLevel(logging.INFO if verbose else logging.WARNING)
    handler.setFormatter(OneLine("prodcli: %(message)s"))
    logger.addHandler(handler)
