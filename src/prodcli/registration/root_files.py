"""Events of ROOT files by uproot, an optional package that only this module loads."""

from collections.abc import Callable
from typing import Any

from prodcli.errors import ProdError

_TREE = "T"  # has an entry for each event


def event_counter() -> Callable[[str], int | None]:
    """The function that counts the events of a file; raises ProdError without uproot."""
    try:
        import uproot
    except ImportError:
        todo = "pip install 'prodcli[root]'; without --count-events the number stays empty"
        raise ProdError("uproot, which reads ROOT files, is not installed", where="--count-events", todo=todo) from None
    return lambda path: _count(uproot, path)


def _count(uproot: Any, path: str) -> int | None:
    """The entries of the tree T; None for a file that has none, or cannot be read as a ROOT file."""
    try:
        with uproot.open(path) as file:
            return int(file[_TREE].num_entries)
    except Exception:  # noqa: BLE001 - a broken file fails in any way
        return None
