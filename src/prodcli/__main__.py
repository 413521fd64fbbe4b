"""The entry point; `--version` is answered before anything heavy is imported."""

import gc
import io
import os
import sys

from prodcli.errors import TermSignal, ended_by

_GARBAGE = 50_000  # objects that are made before Python looks for cycles, of which there are few: plans are millions of objects
COMPLETION = "_PRODCLI_COMPLETE"  # by this variable a shell asks for words


def main() -> None:
    """Run the command line; a signal outside of a command, where nothing is done yet or any more, is one line as well."""
    gc.set_threshold(_GARBAGE)
    try:
        _main()
    except (KeyboardInterrupt, TermSignal, RuntimeError, SystemError) as error:
        kind = ended_by(error)
        if kind is None:
            raise
        sys.stderr.write(f"prodcli: {kind.word}\n")
        sys.exit(kind.exit_code)


def _main() -> None:
    if sys.argv[1:] == ["--version"]:
        from prodcli import __version__

        sys.stdout.write(f"prodcli {__version__}\n")
        return
    if COMPLETION in os.environ:
        sys.modules["rich"] = None  # type: ignore[assignment] # Typer would load it to strip markup that we do not use
    from prodcli.cli.app import app

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # data that this terminal's letters cannot show
    app(prog_name="prodcli")


if __name__ == "__main__":
    main()
