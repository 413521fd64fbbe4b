"""The exception tree: every expected failure names the fault, its place and the remedy, and has an exit code.

ProdError (1)
├── UsageError (2)
├── RuleError, ConfigError (3)
├── DatabaseError (4)
│   └── TransientDatabaseError
├── BatchError (5)
├── PartlyDone (6)
├── Interrupted (130)
└── Terminated (143)

Pure: data in, data out.
"""

from prodcli.secrets import hide_secrets

_LONGEST = 2000  # letters of a part of a message; a path may be longer than any screen


class ProdError(Exception):
    """An expected failure; shown as one line, never as a traceback."""

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", todo: str = "") -> None:
        super().__init__(what)
        self.what, self.where, self.todo = what, where, todo

    def __str__(self) -> str:
        parts = [f"{_shown(self.where)}: {_shown(self.what)}" if self.where else _shown(self.what)]
        if self.todo:
            parts.append(f"({hide_secrets(self.todo)})")
        return one_line(" ".join(parts))


class UsageError(ProdError):
    """The command line is wrong."""

    exit_code = 2


class RuleError(ProdError):
    """A rule file cannot be read or has a value that is not allowed."""

    exit_code = 3


class ConfigError(ProdError):
    """prodcli.yaml or the site profile is missing or wrong."""

    exit_code = 3


class DatabaseError(ProdError):
    """A database cannot be reached, or refused a statement."""

    exit_code = 4


class TransientDatabaseError(DatabaseError):
    """A database failure that a later try may not meet; `connection_lost` if the connection is lost."""

    def __init__(self, what: str, *, where: str = "", todo: str = "", connection_lost: bool = False) -> None:
        super().__init__(what, where=where, todo=todo)
        self.connection_lost = connection_lost


class BatchError(ProdError):
    """The batch system cannot be reached, or refused an action."""

    exit_code = 5


class PartlyDone(ProdError):
    """Some of the work is done and in the books, the rest is not."""

    exit_code = 6


class Interrupted(ProdError):
    """Ctrl-C."""

    exit_code = 130
    word = "interrupted"


class Terminated(ProdError):
    """SIGTERM."""

    exit_code = 143
    word = "terminated"


class TermSignal(BaseException):
    """SIGTERM came; like KeyboardInterrupt it may come anywhere, and is no failure of the work."""


def ended_by(error: BaseException) -> type[Interrupted] | type[Terminated] | None:
    """The kind of failure for a signal; None for an error without a signal."""
    # before Python 3.12, what is raised while a class is made, as imports do, arrives in a RuntimeError; what is raised in Python
    # that pyodbc calls while it connects, in a SystemError
    cause = error.__cause__ if isinstance(error, RuntimeError | SystemError) else error
    if isinstance(cause, KeyboardInterrupt):
        return Interrupted
    return Terminated if isinstance(cause, TermSignal) else None


def _shown(text: str) -> str:
    """A part of a message; secrets are hidden before the text is cut, as half a secret is a secret, too."""
    text = hide_secrets(text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} ... {text[-_LONGEST // 2 :]}"


def one_line(text: str) -> str:
    """Make a text safe for one line of a terminal and for logs: no newlines, no control characters, no secrets."""
    folded = " ".join(hide_secrets(text).split())
    return folded if folded.isprintable() else "".join(c if c.isprintable() else "?" for c in folded)


def readable(text: str) -> str:
    """A text of several lines without what a terminal would obey: control characters but tabs and ends of lines."""
    return "\n".join(line if line.isprintable() else _printable(line) for line in text.split("\n"))


def _printable(line: str) -> str:
    return "".join(letter if letter.isprintable() or letter == "\t" else "?" for letter in line)
