"""Ask git, by its own command line: git alone knows every form of a repository, and decides whose repositories it trusts.

git only reads: it takes no locks, asks no terminal, and reaches no network.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

from prodcli.errors import ProdError, one_line

_SECONDS = 20.0  # for one question, on a file system that may be slow
MOST = 1_000_000  # bytes of an answer; of a longer one only its beginning is read
_SURROUNDINGS = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "LC_ALL": "C",
}
_OPTIONS = ("--literal-pathspecs", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false")
_UNTRUSTED = "dubious ownership"


def git(folder: Path, *words: str) -> bytes:
    """The first MOST bytes and one more, if there are so many, of what git answers in a folder.

    Raises ProdError if git is not installed, refuses, or does not answer in time.
    """
    command = ["git", *_OPTIONS, "-C", str(folder), *words]
    # what surrounds prodcli, like the hook of another repository, must not name the repository
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | _SURROUNDINGS
    with tempfile.TemporaryFile() as complaints:
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints, env=environment
            )
        except OSError as failure:
            raise ProdError(f"git cannot be asked: {failure.strerror}", where=str(folder)) from None
        with process, _ended_in_time(process) as late:
            answer = process.stdout.read(MOST + 1) if process.stdout else b""
            if len(answer) > MOST:
                process.kill()
                return answer
        if late:
            raise ProdError(f"git did not answer within {_SECONDS:.0f} s", where=str(folder))
        if process.returncode:
            complaints.seek(0)
            raise ProdError(_refusal(complaints.read(MOST).decode("utf-8", "replace")), where=str(folder))
    return answer


@contextmanager
def _ended_in_time(process: subprocess.Popen[bytes]) -> Iterator[list[bool]]:
    """End a process that takes too long; the list then has a member."""
    late: list[bool] = []

    def end() -> None:
        late.append(True)
        process.kill()

    timer = Timer(_SECONDS, end)
    timer.daemon = True
    timer.start()
    try:
        yield late
        process.wait()
    finally:
        timer.cancel()


def _refusal(text: str) -> str:
    """Why git refuses, in one line."""
    if _UNTRUSTED in text:
        return "the repository belongs to another user; git config --global --add safe.directory FOLDER trusts it"
    lines = [line for line in text.splitlines() if line.strip()]
    return f"git: {one_line(lines[0]):.300}" if lines else "git failed without a word"
