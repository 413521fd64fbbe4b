"""The entry point; the version is answered before anything heavy is imported."""

import gc
import io
import os
import sys

_GARBAGE = 50_000  # objects that are made before Python looks for cycles, of which there are few: plans are millions of objects
_SOON = 0.01  # seconds
_STREAMS = (("stdin", os.O_RDONLY, "r"), ("stdout", os.O_WRONLY, "w"), ("stderr", os.O_WRONLY, "w"))
COMPLETION = "_PRODCLI_COMPLETE"  # by this variable a shell asks for words


def main() -> None:
    """Run the command line; a signal outside of a command, where nothing is done yet or any more, is one line as well."""
    _open_missing_streams()
    if sys.argv[1:2] == ["prompt"] and _word_for_prompt(sys.argv[2:]):
        return
    from prodcli.errors import TermSignal, ended_by

    gc.set_threshold(_GARBAGE)
    try:
        _main()
    except (KeyboardInterrupt, TermSignal, RuntimeError, SystemError) as error:
        kind = ended_by(error)
        if kind is None:
            raise
        sys.stderr.write(f"prodcli: {kind.word}\n")
        sys.exit(kind.exit_code)


def _open_missing_streams() -> None:
    """Make /dev/null of each standard stream that cron or a supervisor has closed.

    Otherwise the next file that is opened gets the number of the stream, and messages are written into that file.
    """
    for number, (name, flags, mode) in enumerate(_STREAMS):
        try:
            os.fstat(number)
        except OSError:
            null = os.open(os.devnull, flags)
            if null != number:
                os.dup2(null, number)
                os.close(null)
            os.set_inheritable(number, True)  # else a child has no such stream
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", errors="backslashreplace", closefd=False))


def _word_for_prompt(words: list[str]) -> bool:
    """Answer a shell that waits with its prompt, before anything else is loaded; false for other options."""
    from prodcli.live import prompt_word

    asked = prompt_word.asked(words)
    if asked is None:
        return False
    target, renew = asked
    word, age = prompt_word.answer(target)
    sys.stdout.write(word)
    sys.stdout.flush()
    if renew and age > renew:
        prompt_word.renew_behind()
    return True


def _main() -> None:
    if sys.argv[1:] in (["--version"], ["version"]):
        from prodcli import __version__

        sys.stdout.write(f"prodcli {__version__}\n")
        return
    if COMPLETION in os.environ:
        sys.modules["rich"] = None  # type: ignore[assignment] # Typer would load it to strip markup that we do not use
    from prodcli.cli.app import app

    if COMPLETION not in os.environ:
        from prodcli.cli.signals import watch_signals

        watch_signals()
    sys.unraisablehook = _send_again
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # data that this terminal's letters cannot show
    app(prog_name="prodcli")


def _send_again(dropped: "sys.UnraisableHookArgs") -> None:
    """Send a signal once more that met Python in a callback, where it drops exceptions; all else is reported as always."""
    import signal
    import threading

    from prodcli.errors import Interrupted, ended_by

    kind = ended_by(dropped.exc_value) if dropped.exc_value is not None else None
    if kind is None:
        sys.__unraisablehook__(dropped)
        return
    sign = signal.SIGINT if kind is Interrupted else signal.SIGTERM
    timer = threading.Timer(_SOON, os.kill, (os.getpid(), sign))
    timer.daemon = True
    timer.start()


if __name__ == "__main__":
    main()
