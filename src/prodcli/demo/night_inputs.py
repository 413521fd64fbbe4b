"""What the bad night's rules read: runs of the detector, and files that an earlier production made of them."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from prodcli.db.queries import Queries
from prodcli.demo.night_fates import EVENTS, FIRST_RUN, PASSES, RUNS_OF_A_PASS, SEGMENTS
from prodcli.names import output_name
from prodcli.resources import sql_file

_DSTTYPES, _TAG, _DATASET = ("DST_TRKR_CLUSTER", "DST_CALOFITTING"), "ana540_2025p012_v001", "run3auau"
_HOUR = 3600


def runs_of(submitted: int) -> range:
    """The runs that are new at a pass."""
    first = FIRST_RUN + RUNS_OF_A_PASS * PASSES.index(submitted)
    return range(first, first + RUNS_OF_A_PASS)


def arrive(folder: Path, runs: Sequence[int], at: int) -> None:
    """Add runs and their files to the catalogs of a workspace; they ended two hours before `at` (seconds since 1970)."""
    databases, made = folder / "databases", list(_made(folder, runs, at))
    _insert(databases / "daq.db", {"insert_run": [_run(number, at - 2 * _HOUR) for number in runs]})
    _insert(databases / "filecatalog.db", {"insert_made": made, "insert_made_file": made})


def _run(number: int, ended: int) -> dict[str, object]:
    return {
        **{"runnumber": number, "runtype": "physics", "events": EVENTS * SEGMENTS},
        **{"begin": _local(ended - _HOUR), "finish": _local(ended)},
    }


def _made(folder: Path, runs: Sequence[int], at: int) -> Iterator[dict[str, object]]:
    """The files of runs, written and as rows of the catalog."""
    for dsttype in _DSTTYPES:
        place = folder / "dst" / "earlier" / dsttype
        place.mkdir(parents=True, exist_ok=True)
        for number, segment in ((number, segment) for number in runs for segment in range(SEGMENTS)):
            name = output_name(f"{dsttype}_{_DATASET}_{_TAG}", number, segment)
            text = f"demo DST {name}\n"
            (place / name).write_text(text)
            yield {
                **{"filename": name, "runnumber": number, "segment": segment, "size": len(text), "dataset": _DATASET},
                **{"dsttype": dsttype, "tag": _TAG, "events": EVENTS, "firstevent": segment * EVENTS},
                **{"lastevent": (segment + 1) * EVENTS - 1, "path": str(place / name), "time": _local(at - _HOUR)},
                "md5": hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
            }


def _local(seconds: int) -> str:
    """A time as the catalogs have it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _insert(file: Path, rows: dict[str, list[dict[str, object]]]) -> None:
    sql = Queries(sql_file("demo/night_inputs").read_text(), "sqlite")
    with closing(sqlite3.connect(file)) as connection, connection:
        for name, values in rows.items():
            connection.executemany(sql[name].sql, [sql[name].bind(row) for row in values])
