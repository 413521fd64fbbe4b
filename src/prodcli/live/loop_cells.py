"""A loop of the books from the cells of a row."""

from prodcli.automation.loops_of_books import BookedLoop, Kind, LoopNow
from prodcli.books.claimant import Claimant


def loop_of_cells(  # noqa: PLR0913 - the cells of a row
    id_: str,
    kind: str,
    file: str,
    account: str,
    host: str,
    pid: int,
    boot_id: str,
    process_start: str,
    started: int,
    heartbeat: int,
    unheard: int,
    silent_after: int,
    state: str,
) -> BookedLoop:
    """The loop; times in seconds since 1970."""
    process = Claimant(host, pid, boot_id, process_start)
    return BookedLoop(
        id_, Kind(kind), file, account, process, started, heartbeat, unheard, silent_after, LoopNow(state)
    )
