"""Lines of a crontab that pass over steering files, in a block of their own among the lines of others.

Pure: data in, data out.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence
from zlib import crc32

from prodcli.errors import UsageError

_BEGIN = "# >>> prodcli: written by `prodcli cron install`, which keeps this block last"
_END = "# <<< prodcli"
_HOUR, _DAY = 60, 1440  # minutes
_OF_TODAY = re.compile(r"production_control\.py|master_production_control\.sh|dispatch_productions\.py|ramenya")
_SETTING = re.compile(r"[A-Z_]+=")
FILE, LIST = "-f", "--steer-list"  # what names the target of a pass


def line(words: Sequence[str], environment: Mapping[str, str], every: int, host: str) -> str:
    """A line for a command of control, which begins at a minute of its own by its host and target.

    Raises UsageError for minutes that no crontab can say.
    """
    settings = [f"{name}={shlex.quote(value)}" for name, value in environment.items()]
    command = " ".join([*settings, shlex.join(words)]).replace("%", "\\%")  # for cron, a % ends the line
    return f"{times(every, f'{host}:{target(command)}')} {command}"


def target(line: str) -> str:
    """The steering file, or the list, that a line passes over; empty for other lines."""
    try:
        words = shlex.split(line.replace("\\%", "%"), comments=True)
    except ValueError:
        return ""
    return next((word for option, word in zip(words, words[1:], strict=False) if option in (FILE, LIST)), "")


def times(every: int, word: str) -> str:
    """The five fields of a line that runs every so many minutes; `word` chooses the first minute.

    Raises UsageError for minutes that divide neither the hour nor, as whole hours, the day.
    """
    first = crc32(word.encode()) % every if every > 0 else 0
    if every > 0 and _HOUR % every == 0:
        minutes = range(first, _HOUR, every)
        return f"{'*' if every == 1 else ','.join(map(str, minutes))} * * * *"
    if every > 0 and every % _HOUR == 0 and _DAY % every == 0:
        hour, minute = divmod(first, _HOUR)
        return f"{minute} {','.join(map(str, range(hour, 24, every // _HOUR)))} * * *"
    todo = "5, 10, 12, 15, 20, 30, 60, 120, 240 ..."
    raise UsageError(f"a crontab cannot say every {every} minutes", where="--every", todo=todo)


def block(settings: Mapping[str, str], lines: Iterable[str]) -> str:
    """The block of some lines; as settings hold for all lines behind them, the block stands last. Empty without lines."""
    said, lines = [f"{name}={value}" for name, value in settings.items() if value], list(lines)
    return "\n".join([_BEGIN, *said, *lines, _END, ""]) if lines else ""


def merged(crontab: str, settings: Mapping[str, str], lines: Sequence[str], without: Collection[str] = ()) -> str:
    """A crontab in which lines replace those of their targets; the other lines stay, but for the targets in `without`.

    Settings that are empty stay as they are. Raises UsageError for a crontab whose block has no end.
    """
    before = _inside(crontab)
    known = dict(one.split("=", 1) for one in before if _SETTING.match(one))
    new = {target(one): one for one in before if not _SETTING.match(one) and target(one) not in without}
    new |= {target(one): one for one in lines}
    return others(crontab) + block(known | {name: value for name, value in settings.items() if value}, new.values())


def others(crontab: str) -> str:
    """The lines of a crontab without the block; each ends with a newline. Raises UsageError like `merged`."""
    return "".join(f"{one}\n" for one in _parted(crontab)[0])


def _inside(crontab: str) -> list[str]:
    return _parted(crontab)[1]


def _parted(crontab: str) -> tuple[list[str], list[str]]:
    """The lines of others, and the lines in the block."""
    kept: list[str] = []
    own: list[str] = []
    inside = False
    for one in crontab.splitlines():
        if one in (_BEGIN, _END):
            inside = one == _BEGIN
        else:
            (own if inside else kept).append(one)
    if inside:
        raise UsageError("the block of prodcli has no end", where="crontab", todo=f"put the line {_END!r} behind it")
    return kept, own


def lines_of_today(crontab: str) -> list[str]:
    """The lines of others that start passes of other tools."""
    return [one for one in others(crontab).splitlines() if _OF_TODAY.search(one) and not one.lstrip().startswith("#")]
