"""The entry point; `--version` is answered before anything heavy is imported."""

import io
import sys


def main() -> None:
    """Run the command line."""
    if sys.argv[1:] == ["--version"]:
        from prodcli import __version__

        sys.stdout.write(f"prodcli {__version__}\n")
        return
    from prodcli.cli.app import app

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # data that this terminal's letters cannot show
    app()


if __name__ == "__main__":
    main()
