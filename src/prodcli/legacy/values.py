"""Values of flags of today in the words here.

Pure: data in, data out.
"""

_MANY = "10000000"  # jobs: more than any queue takes
LEVELS = ("CHATTY", "DEBUG", "INFO", "WARN", "ERROR", "CRITICAL")


def runs(said: tuple[str, ...]) -> tuple[str, ...]:
    """Runs: a 0 behind two runs says that they are no range but two runs."""
    return (f"{said[0]},{said[1]}",) if len(said) == 3 and said[2] == "0" else said


def log(said: tuple[str, ...]) -> tuple[str, ...]:
    """A log level: what is done goes to stderr, or only failures do."""
    level = said[0].upper() if said else "INFO"
    return {"WARN": (), "ERROR": ("--quiet",), "CRITICAL": ("--quiet",)}.get(level, ("--log",))


def megabytes(said: tuple[str, ...]) -> tuple[str, ...]:
    """A memory that is a bare number of MB."""
    return (f"{said[0]}MB",) if said[0].isdigit() else said


def no_bound_at_zero(said: tuple[str, ...]) -> tuple[str, ...]:
    """A number of jobs, of which 0 means that there is no bound."""
    return (_MANY,) if said[0] == "0" else said


def onlyseg0(said: tuple[str, ...]) -> tuple[str, ...]:
    """The flag, or its opposite."""
    return ("--onlyseg0",) if said != ("False",) else ("--no-onlyseg0",)
