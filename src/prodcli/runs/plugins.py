"""Selectors and other parts that installed packages add by entry points.

A failure is one line that names the package.
"""

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from prodcli.errors import ProdError, one_line


def plugin_names(group: str) -> list[str]:
    """The names that installed packages register in a group of entry points."""
    return sorted({point.name for point in entry_points(group=group)})


def call_plugin(group: str, name: str, **arguments: str) -> Any:
    """Load a plugin and call it; raises ProdError with the package's name for every failure of the plugin."""
    point = next(iter(entry_points(group=group, name=name)))
    loaded: Callable[..., Any] = _guarded(point, "cannot be loaded", point.load)
    return _guarded(point, "failed", lambda: loaded(**arguments))


def _guarded(point: EntryPoint, what: str, work: Callable[[], Any]) -> Any:
    try:
        return work()
    except ProdError:
        raise
    except Exception as failure:  # noqa: BLE001 - foreign code may raise anything
        words = one_line(f"{type(failure).__name__}: {failure}")
        package = point.dist.name if point.dist else point.value
        raise ProdError(f"the plugin {what}: {words}", where=f"{point.name} of {package}") from failure
