"""Jobs that left a schedd's queue since the last harvest: from the history file, else from the schedd."""

import logging
from collections.abc import Generator, Iterator
from itertools import islice
from typing import Any

from prodcli.batch import Changes
from prodcli.batch.description import ATTRIBUTES
from prodcli.batch.htcondor.ads import EVENT, OURS, Cursor, events, quote
from prodcli.batch.htcondor.client import ScheddSession
from prodcli.batch.htcondor.history_file import UnknownHistory, left_between

log = logging.getLogger(__name__)
_PORTION = 5_000  # jobs that are told at a time


def left_since(
    session: ScheddSession, last: Cursor, newest: tuple[str, ...], file: str
) -> Generator[Changes, None, bool]:
    """Yield prodcli's jobs that left the queue since the cursor, in parts; returns whether all of them were found.

    They come from the history file, if it is named and has them; else from the schedd. Then the last job before the
    cursor is read again: if it is not found, the history was cut off - rotated, deleted, or longer than the schedd
    looks through for one query (HISTORY_HELPER_MAX_HISTORY).
    """
    mark, before = (*last.history, "", "")[:2]
    if file and mark and newest:
        try:
            for ads in _portions(left_between(file, mark, newest[0], ATTRIBUTES["dbid"], EVENT)):
                yield Changes(events(ads), clock=session.clock)
            return True
        except UnknownHistory as why:  # what was told by then is told again, which changes nothing
            log.debug("the schedd is asked for its history: %s", why)
    marked = f"GlobalJobId is {quote(mark)}"
    until = f"GlobalJobId is {quote(before)}" if before else ""
    reached = not mark
    for ads in _portions(session.history(f"{OURS} || {marked}" if mark else OURS, (*EVENT, "GlobalJobId"), until)):
        left = [ad for ad in ads if not mark or ad.get("GlobalJobId") != mark]
        reached = reached or len(left) < len(ads)
        yield Changes(events(left), clock=session.clock)
    return reached


def _portions(ads: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while some := list(islice(ads, _PORTION)):
        yield some
