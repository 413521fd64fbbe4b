"""The entry point; `--version` is answered before anything heavy is imported."""

import io
import os
import sys

COMPLETION = "_PRODCLI_COMPLETE"  # by this variable a shell asks for words


def main() -> None:
    """Run the command line; Ctrl-C outside of a command, where nothing is done yet or any more, is one line as well."""
    try:
        _main()
    except (KeyboardInterrupt, RuntimeError, SystemError) as error:  # see cli.app: the others may hold the first
        if not any(isinstance(one, KeyboardInterrupt) for one in (error, error.__cause__)):
            raise
        sys.stderr.write("prodcli: interrupted\n")
        sys.exit(130)


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
