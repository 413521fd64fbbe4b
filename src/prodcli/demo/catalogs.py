"""The demo's catalogs: twelve runs of the detector, as SQLite files with the columns of the real catalogs.

Three good runs and nine with an anomaly each; always the same. No file is produced yet.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zlib import crc32

from prodcli.catalogs.empty_catalogs import make_empty
from prodcli.config.profile import Host
from prodcli.db.queries import Queries
from prodcli.resources import sql_file

EVENTS = 200_000  # of a good run; the payload scripts know it, too
_EPOCH = datetime(2026, 1, 12, 8, 0)  # noqa: DTZ001 - naive local time, as the field's daq has it
_ON_DISK, _ON_TAPE = 1, 0


@dataclass(frozen=True, slots=True)
class DemoRun:
    """A run: its raw segments per host, hosts without raw files, and hosts whose raw files are on tape only."""

    number: int
    about: str
    runtype: str = "physics"
    seconds: int | None = 3600
    events: int = EVENTS
    segments: int = 1
    missing: frozenset[str] = frozenset()
    on_tape: frozenset[str] = frozenset()


RUNS = (
    DemoRun(69600, "a calibration run", runtype="calib", events=150_000),
    DemoRun(69602, "cosmics", runtype="cosmics", events=150_000),
    DemoRun(69603, "too short", seconds=120),
    DemoRun(69605, "too few events", events=12_000),
    DemoRun(69606, "no file of the global trigger", missing=frozenset({"gl1daq"})),
    DemoRun(69608, "the global trigger's file is on tape", on_tape=frozenset({"gl1daq"})),
    DemoRun(69610, "good", segments=4),
    DemoRun(69611, "one TPC server wrote nothing", missing=frozenset({"ebdc17:1"})),
    DemoRun(69613, "good", segments=4),
    DemoRun(69614, "one INTT file is on tape", on_tape=frozenset({"intt3"})),
    DemoRun(69617, "good", segments=4),
    DemoRun(69620, "still being taken", seconds=None),
)


def write_catalogs(folder: Path, hosts: Sequence[Host]) -> None:
    """Write daq.db, raw.db and filecatalog.db into a folder, with the raw files of these hosts."""
    files = [row for run in RUNS for row in _files(run, hosts)]
    servers = {(row["runnumber"], row["hostname"], row["serverid"]): row for row in files}
    _write(
        folder,
        "daq",
        {"insert_run": [_run(run) for run in RUNS], "insert_host": list(servers.values()), "insert_filelist": files},
    )
    _write(folder, "raw", {"insert_raw": files, "insert_raw_file": files})
    _write(folder, "filecatalog", {})


def _write(folder: Path, role: str, rows: dict[str, list[dict[str, object]]]) -> None:
    sql, file = Queries(sql_file("demo/catalogs").read_text(), "sqlite"), folder / f"{role}.db"
    make_empty(role, file)
    with closing(sqlite3.connect(file)) as connection, connection:
        for name, values in rows.items():
            connection.executemany(sql[name].sql, [sql[name].bind(row) for row in values])


def _run(run: DemoRun) -> dict[str, object]:
    begin = _begin(run)
    finish = None if run.seconds is None else begin + timedelta(seconds=run.seconds)
    return {
        "runnumber": run.number,
        "runtype": run.runtype,
        "events": run.events,
        "begin": str(begin),
        "finish": finish and str(finish),
    }


def _files(run: DemoRun, hosts: Sequence[Host]) -> Iterator[dict[str, object]]:
    """The raw files of a run with their catalog columns; every host sees every event."""
    share = run.events // run.segments
    for host in (host for host in hosts if host.name not in run.missing):
        for segment in range(run.segments):
            name = f"{host.detector}_{run.runtype}_{host.leaf}-{run.number:08d}-{segment:04d}.evt"
            hostname, _, server = host.name.partition(":")
            yield {
                "filename": name,
                "path": f"/raw/{run.runtype}/{host.detector}/{name}",
                "runnumber": run.number,
                "runtype": run.runtype,
                "daqhost": host.name,
                "hostname": hostname,
                "serverid": int(server or 0),
                "segment": segment,
                "events": share,
                "firstevent": segment * share,
                "lastevent": (segment + 1) * share - 1,
                "size": share * (1_000 + crc32(host.name.encode()) % 9_000),
                "md5": f"{crc32(name.encode()):08x}" * 4,
                "status": _ON_TAPE if host.name in run.on_tape else _ON_DISK,
                "time": str(_begin(run) + timedelta(hours=2)),
            }


def _begin(run: DemoRun) -> datetime:
    return _EPOCH + timedelta(hours=2 * (run.number - RUNS[0].number))
