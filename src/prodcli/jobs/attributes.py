"""The attributes of jobs: what people show, sort, choose and count by.

Each is a column of the query of jobs. Times are in seconds since 1970, durations in seconds, memory in MB, disk in bytes.

Pure: data in, data out.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from prodcli.errors import UsageError
from prodcli.names import did_you_mean
from prodcli.tables.table import Kind

ERROR = "error"  # the reason with numbers, hosts and paths masked; the books do not know it


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute: its kind, the option that chooses one value of it, and the steps in which a summary counts it.

    Without an option of its own, `--where` chooses. `step` 0: a summary counts each value by itself.
    """

    key: str
    kind: Kind = Kind.TEXT
    option: str = ""
    step: int = 0

    @property
    def is_number(self) -> bool:
        """True for values that have an order and can be chosen by spans."""
        return self.kind not in (Kind.TEXT, Kind.PATH)


_OPTIONS = MappingProxyType(
    {
        "dbid": "--dbid",
        "job": "--cluster",
        "state": "--state",
        "tag": "--tag",
        "dsttype": "--dsttype",
        "rule": "--rule",
        "run": "--runs",
        "cluster": "--cluster",
        "node": "--node",
        "hold_code": "--code",
    }
)
_STEPS = MappingProxyType({"memory_used": 512, "wall_time": 3600, "waited": 3600})
_KINDS = MappingProxyType(
    {
        Kind.NUMBER: "dbid run segment cluster proc attempt step starts cores exit_code signal priority cpus xferslots"
        " hour_submitted hour_ended outputs events_per_output events_in events_out events_done events_total",
        Kind.MEMORY: "memory_asked memory_used memory_slot",
        Kind.BYTES: "disk_asked disk_used",
        Kind.DURATION: "cpu_time wall_time waited",
        Kind.PERCENT: "efficiency progress",
        Kind.TIME: "submitted started finished since day_submitted day_ended last_cpu last_event last_output",
        Kind.PATH: "log err out",
    }
)
# In the order in which `--columns all` and `--summary` show them.
_ORDER = (
    "dbid job file state status tag dsttype dataset rule run segment schedd cluster proc attempt step starts node site"
    " cpu_model cores os exit_code signal hold_code reason memory_asked memory_used memory_slot cpus disk_asked disk_used"
    " xferslots cpu_time wall_time efficiency waited submitted started finished since day_submitted hour_submitted"
    " day_ended hour_ended submit_host submitter priority batch claim kit mask input_tag inputs outputs events_per_output events_in events_out"
    " reported events_done events_total progress last_cpu last_event last_output stalled log err out"
)


def _kind(key: str) -> Kind:
    return next((kind for kind, keys in _KINDS.items() if key in keys.split()), Kind.TEXT)


def _every() -> dict[str, Attribute]:
    return {key: Attribute(key, _kind(key), _OPTIONS.get(key, ""), _STEPS.get(key, 0)) for key in _ORDER.split()}


ATTRIBUTES = MappingProxyType(_every())
SHOWN = (
    "dbid",
    "job",
    "state",
    "since",
    "dsttype",
    "run",
    "segment",
    "node",
    "memory_asked",
    "memory_used",
    "exit_code",
    "hold_code",
)


def attribute(name: str, where: str) -> Attribute:
    """An attribute by its name; raises UsageError for another name, with the option in which it stood."""
    key = name.strip().casefold().replace(" ", "_").replace("-", "_")
    if key not in ATTRIBUTES:
        raise UsageError(
            f"{name!r:.60} is no attribute of a job{did_you_mean(key, ATTRIBUTES)}",
            where=where,
            todo="prodcli jobs --limit 1 --columns all --format json",
        )
    return ATTRIBUTES[key]
