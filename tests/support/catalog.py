"""Catalogs for tests as plain rows: made at random, read from PostgreSQL, written to SQLite or PostgreSQL."""

import random
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from itertools import cycle
from operator import attrgetter
from pathlib import Path
from typing import Any

from tests.support.postgres_server import Cluster, psql


@dataclass(frozen=True)
class Run:
    """A row of daq.run; the times are naive local times."""

    runnumber: int
    runtype: str | None
    eventsinrun: int | None
    brtimestamp: datetime | None
    ertimestamp: datetime | None


@dataclass(frozen=True)
class Raw:
    """A row of the raw catalog's datasets."""

    filename: str
    runnumber: int
    daqhost: str
    segment: int
    status: int | None
    dataset: str
    events: int = 0


@dataclass(frozen=True)
class File:
    """A row of the file catalog's datasets."""

    filename: str
    runnumber: int
    segment: int
    size: int
    dataset: str
    dsttype: str
    events: int
    status: int | None
    tag: str


@dataclass(frozen=True)
class Job:
    """The part of a row of production_jobs that planning looks at."""

    rulename: str
    tag: str
    dataset: str
    dsttype: str
    filename: str | None
    runnumber: int
    segment: int
    status: str | None


@dataclass
class Catalog:
    """All rows that a plan depends on."""

    runs: list[Run] = field(default_factory=list)
    raw: list[Raw] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)

    def parts(self) -> list[tuple[str, type, Sequence[Any]]]:
        """Return (database, kind of row, rows) of all but the jobs."""
        return [("daq", Run, self.runs), ("raw", Raw, self.raw), ("filecatalog", File, self.files)]


# ---- tables: the field's own columns, in words that SQLite and PostgreSQL both take

CREATE = {
    "daq": """
CREATE TABLE run (runnumber int PRIMARY KEY, runtype text, brtimestamp timestamp, ertimestamp timestamp,
                  updatetimestamp timestamp, eventsinrun bigint, marked_invalid int DEFAULT 0);
CREATE TABLE hostinfo (runnumber int, hostname text, serverid int DEFAULT 0,
                  PRIMARY KEY (runnumber, hostname, serverid));
CREATE TABLE filelist (filename text PRIMARY KEY, hostname text, serverid int, runnumber int, sequence int,
                  transferred_to_sdcc boolean);
""",
    "raw": """
CREATE TABLE datasets (filename text, runnumber int, segment int, size bigint, dataset text, dsttype text,
                  daqhost text, events bigint, firstevent bigint, lastevent bigint, status int,
                  transferred_to_hpss boolean, PRIMARY KEY (filename, dataset));
CREATE TABLE files (lfn text, full_host_name text, full_file_path text, time timestamp, size bigint, md5 text,
                  PRIMARY KEY (lfn, full_host_name, full_file_path));
CREATE INDEX datasets_run_host ON datasets (runnumber, daqhost);
""",
    "filecatalog": """
CREATE TABLE datasets (filename text, runnumber int, segment int, size bigint, dataset text, dsttype text,
                  events bigint, firstevent bigint, lastevent bigint, status int DEFAULT 1, tag text,
                  PRIMARY KEY (filename, dataset));
CREATE TABLE files (lfn text, full_host_name text, full_file_path text, time timestamp, size bigint, md5 text,
                  PRIMARY KEY (lfn, full_host_name, full_file_path));
CREATE INDEX datasets_run ON datasets (runnumber);
CREATE INDEX datasets_type_tag_run ON datasets (dsttype, tag, runnumber);
""",
}
INSERT = {
    "daq": "INSERT INTO run (runnumber, runtype, eventsinrun, brtimestamp, ertimestamp) VALUES (?, ?, ?, ?, ?)",
    "raw": "INSERT INTO datasets (filename, runnumber, daqhost, segment, status, dataset, events)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)",
    "filecatalog": "INSERT INTO datasets (filename, runnumber, segment, size, dataset, dsttype, events, status, tag)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
}
INSERT_JOB = (
    "INSERT INTO production_jobs (rulename, tag, dataset, dsttype, filename, runnumber, segment, status)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
TABLE = {"daq": "run", "raw": "datasets", "filecatalog": "datasets"}
# What the field's server, and gen_catalog.py, call these databases; the last one holds production_jobs.
FIELD_NAMES = {"daq": "daq", "raw": "RawdataCatalog", "filecatalog": "FileCatalog", "production": "Production"}
PLACES = {"daq": "raw"}  # databases of tests that are no databases of their own
ROWS_AT_ONCE = 100  # psqlodbc takes some 7,000 values a statement
NUMBERS = {"runnumber", "eventsinrun", "segment", "status", "events", "size"}


def columns(kind: type) -> tuple[str, ...]:
    """Return the column names of a kind of row."""
    return tuple(column.name for column in fields(kind))


def values(kind: type, rows: Iterable[Any]) -> list[tuple[Any, ...]]:
    """Return rows as tuples for a database, times as ISO text."""
    get = attrgetter(*columns(kind))
    return [tuple(str(v) if isinstance(v, datetime) else v for v in get(row)) for row in rows]


def write_sqlite(catalog: Catalog, folder: Path) -> dict[str, str]:
    """Write a catalog into fresh SQLite files and return their URLs by database."""
    urls = {}
    for name, kind, rows in catalog.parts():
        path = folder.resolve() / f"{name}.db"
        path.unlink(missing_ok=True)
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("PRAGMA synchronous = OFF")
            connection.executescript(CREATE[name])
            connection.executemany(INSERT[name], values(kind, rows))
        urls[name] = f"sqlite:///{path}"
    return urls


def write_postgres(catalog: Catalog, cluster: Cluster, prefix: str, books: str | None = None) -> dict[str, str]:
    """Write a catalog into fresh PostgreSQL databases `<prefix>_<name>` and return their URLs by database.

    The production database is a copy of `books`, or empty.
    Making databases is the dearest part of many tests: daq is in the database of raw. SQLite, where each is a file,
    tells a query of the wrong one.
    """
    urls = {}
    for name in sorted({PLACES.get(one, one) for one in (*TABLE, "production")}):
        cluster.drop(f"{prefix}_{name}")
        cluster.create(f"{prefix}_{name}", template=books if name == "production" else None)
        urls[name] = cluster.odbc(f"{prefix}_{name}")
    for name, kind, rows in catalog.parts():
        database = f"{prefix}_{PLACES.get(name, name)}"
        copy = f"COPY {TABLE[name]} ({', '.join(columns(kind))}) FROM STDIN;"
        lines = ["\t".join(map(_copy_text, row)) for row in values(kind, rows)]
        cluster.psql(database, "\n".join([CREATE[name], copy, *lines, r"\.", f"ANALYZE {TABLE[name]};"]))
        urls[name] = cluster.odbc(database)
    return urls


def _copy_text(value: object) -> str:
    """Return a value as COPY reads it."""
    return r"\N" if value is None else str(value).replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n")


def insert_jobs(connection: Any, jobs: Sequence[Job]) -> None:
    """Put rows into production_jobs over a DB-API connection with qmark parameters, and commit."""
    insert_rows(connection, INSERT_JOB, values(Job, jobs))
    connection.commit()


def insert_rows(connection: Any, statement: str, rows: Sequence[Sequence[object]]) -> None:
    """Put rows into a table by an `INSERT ... VALUES (?, ...)`, many by each statement.

    On PostgreSQL a statement costs ten times a row: it is a message each way, and triggers run once for each.
    """
    into, _, row = statement.partition(" VALUES ")
    for begin in range(0, len(rows), ROWS_AT_ONCE):
        some = rows[begin : begin + ROWS_AT_ONCE]
        marks = ", ".join([row] * len(some))
        connection.cursor().execute(f"{into} VALUES {marks}", [value for one in some for value in one])


def read_postgres(server: Cluster | int) -> Catalog:
    """Read the field's four databases, as gen_catalog.py fills them, from a cluster or a local port."""
    port = server if isinstance(server, int) else server.port

    def rows(name: str, table: str, kind: type) -> list[Any]:
        names = columns(kind)
        copy = f"COPY {table} ({', '.join(names)}) TO STDOUT;"
        lines = psql(port, FIELD_NAMES[name], copy).splitlines()
        return [kind(*map(_from_copy, names, line.split("\t"))) for line in lines]

    files = rows("filecatalog", "datasets", File)
    jobs = rows("production", "production_jobs", Job)
    return Catalog(rows("daq", "run", Run), rows("raw", "datasets", Raw), files, jobs)


def _from_copy(column: str, text: str) -> int | str | datetime | None:
    """Return a value that COPY wrote; `status` is a number for files and a word for jobs."""
    if text == r"\N":
        return None
    if column in ("brtimestamp", "ertimestamp"):
        return datetime.fromisoformat(text)
    return int(text) if column in NUMBERS and text.lstrip("-").isdigit() else text


# ---- catalogs at random, dense with what goes wrong

INTT_MVTX = [f"intt{n}" for n in range(8)] + [f"mvtx{n}" for n in range(6)]
TPC = [f"ebdc{n:02d}" for n in range(24)] + [f"ebdc{n:02d}:1" for n in range(24)]
STREAMING = [*INTT_MVTX, *TPC, "ebdc39"]
SEBS = [f"seb{n:02d}" for n in range(19)] + ["seb20"]
STREAM_TAGS = ("ana514_nocdbtag_v001", "new_nocdbtag_v001")
TRACK_TAGS = ("ana537_2025p010_v001", "new_newcdbtag_v001")
TRIGGER_TAG, CALO_TAG = "ana530_nocdbtag_v001", "ana530_2025p008_v001"
DATASET = "run3auau"
TRACKING = ("DST_TRKR_CLUSTER", "DST_TRKR_SEED", "DST_TRKR_TRACKS", "DST_TRKR_MVTXME")
CALO = ("DST_CALOFITTING", "DST_CALO", "DST_JETS", "DST_JETCALO", "DST_VERNIER")
STATES = ("submitting", "submitted", "started", "running", "held", "evicted", "failed", "finished", None)
OFF_DISK = (0, -1, None)
FIRST_DAY = datetime.fromisoformat("2025-05-20 00:00:00")
# Clocks in New York jumped from 02:00 to 03:00 here: only a difference of naive times makes this run long enough.
CLOCK_JUMP = datetime.fromisoformat("2025-03-09 01:58:00")


@dataclass(frozen=True)
class Recipe:
    """What is wrong with a run: its row in daq.run, its raw files, and the DSTs made of them per production."""

    run: str = ""
    runtype: str = "physics"
    raw: str = ""
    streams: tuple[str, str] = ("", "")
    calo: str = ""


RECIPES = (
    Recipe("clock_jump", streams=("", "half")),
    Recipe("not_ended"),
    Recipe("few_events"),
    Recipe("too_short"),
    Recipe(runtype="cosmics", raw="few", streams=("some", "half"), calo="some"),
    Recipe(runtype="calib", raw="off", streams=("none", "none"), calo="none"),
    Recipe(raw="no_gl1", streams=("no_tpc", ""), calo="no_seb"),
    Recipe(raw="gl1_off", streams=("no_intt", "no_tpc")),
    Recipe(raw="few", streams=("", "no_intt")),
    Recipe(raw="off", streams=("holes", "holes"), calo="holes"),
    Recipe(raw="gl1_only", streams=("decoys", "none"), calo="decoys"),
    Recipe(raw="no_intt", streams=("half", ""), calo="half"),
)


def random_catalog(seed: int, runs: int = 12, segments: int = 6) -> Catalog:
    """Return a small catalog; from 12 runs on it holds every anomaly, so that every reason is met."""
    maker = _Maker(random.Random(seed), segments)
    recipes = list(RECIPES) + maker.rng.choices(RECIPES, k=max(0, runs - len(RECIPES)))
    number = 66456
    for recipe in maker.rng.sample(recipes, runs):
        number += maker.rng.randint(1, 15)
        maker.run(number, recipe)
    maker.raw(number + 2, Recipe())  # a run that daq.run does not know
    maker.leaves(number + 2, "DST_STREAMING_EVENT", STREAM_TAGS[0], "")
    return maker.catalog


class _Maker:
    """Adds the rows of one run after the other to a catalog."""

    def __init__(self, rng: random.Random, segments: int) -> None:
        self.rng, self.most, self.count = rng, segments, segments
        self.catalog = Catalog()
        self.states = cycle(STATES)
        self.unseen: set[str] = set()  # hosts without raw files in the run at hand

    def run(self, number: int, recipe: Recipe) -> None:
        """Add everything about one run."""
        self.count = self.rng.randint(max(1, self.most // 2), self.most)
        self.daq(number, recipe)
        self.raw(number, recipe)
        for tag, kind in zip(STREAM_TAGS, recipe.streams, strict=True):
            self.leaves(number, "DST_STREAMING_EVENT", tag, kind)
        self.leaves(number, "DST_TRIGGERED_EVENT", TRIGGER_TAG, recipe.calo)
        if recipe.raw != "gl1_only":
            for tag in TRACK_TAGS:
                self.chain(number, tag, TRACKING)
            self.chain(number, CALO_TAG, CALO)

    def daq(self, number: int, recipe: Recipe) -> None:
        """Add the row of daq.run; numbers at the very edge of a cut are frequent."""
        pick = self.rng.choice
        begin = CLOCK_JUMP if recipe.run == "clock_jump" else FIRST_DAY + timedelta(minutes=number)
        seconds = {"clock_jump": 3780, "too_short": pick((299, 0, -60))}.get(recipe.run, pick((300, 301, 7200)))
        end = begin + timedelta(seconds=seconds)
        times = pick(((begin, None), (None, end), (None, None))) if recipe.run == "not_ended" else (begin, end)
        events = pick((99_999, 0, None)) if recipe.run == "few_events" else pick((100_000, 100_001, 5_000_000))
        self.catalog.runs.append(Run(number, recipe.runtype, events, *times))

    def raw(self, number: int, recipe: Recipe) -> None:
        """Add the raw files; seb19 is a host that no list names."""
        parts = self.rng.randint(2, 4)
        self.unseen = self.raw_gone(recipe)
        hosts = [host for host in ("gl1daq", "seb19", *STREAMING, *SEBS) if host not in self.unseen]
        bad = self.raw_bad(recipe, parts)
        late = self.rng.choice(STREAMING) if recipe.raw == "off" else ""
        for host in hosts:
            for part in range(int(host == late), parts):
                status = self.rng.choice(OFF_DISK) if (host, part) in bad else 1
                dataset = "beam" if self.rng.random() < 0.05 else recipe.runtype
                name = f"{host.replace(':', '_')}_{recipe.runtype}-{number:08d}-{part:04d}.evt"
                self.catalog.raw.append(Raw(name, number, host, part, status, dataset, 25_000))

    def raw_gone(self, recipe: Recipe) -> set[str]:
        """Return the hosts without raw files."""
        pick = self.rng.choice
        gone = {
            "no_gl1": {"gl1daq"},
            "few": {pick(TPC), pick(("seb18", "seb20"))},
            "no_intt": {pick([*INTT_MVTX, "ebdc39"])},
            "gl1_only": {"seb19", *STREAMING, *SEBS},
        }.get(recipe.raw, set())
        return gone | (set(self.rng.sample(STREAMING, 10)) if recipe.runtype == "cosmics" else set())

    def raw_bad(self, recipe: Recipe, parts: int) -> set[tuple[str, int]]:
        """Return the (host, segment) of raw files that are not on disk."""
        if recipe.raw in ("gl1_off", "few"):
            return {("gl1daq", 0 if recipe.raw == "gl1_off" else parts - 1)}
        if recipe.raw != "off":
            return set()
        whole, first, last = zip(self.rng.sample(STREAMING, 3), self.rng.sample(SEBS, 3), strict=True)
        bad = {(host, part) for host in whole for part in range(parts)}
        return bad | {(host, 0) for host in first} | {(host, parts - 1) for host in last}

    def leaves(self, number: int, kind: str, tag: str, flaw: str) -> None:
        """Add the DSTs combined from the raw files of each host, and the books of those that are not there."""
        if flaw == "none":
            return
        hosts = STREAMING if kind == "DST_STREAMING_EVENT" else SEBS
        gone = set(hosts) if flaw == "decoys" else self.leaves_gone(hosts, flaw)
        holes, off = self.flaws(hosts) if flaw == "holes" else (set(), set())
        for host in [*hosts, *(["seb19"] if hosts is SEBS else [])]:
            dsttype = f"{kind}_{leaf(host)}"
            if host in gone:
                self.decoys(number, dsttype, tag, range(self.count))
                if flaw == "half" and self.rng.random() < 0.5:
                    self.job(number, dsttype, tag, 0)
                continue
            for segment in range(self.count):
                away = (host, segment) in off or (flaw == "half" and self.rng.random() < 0.5)
                if (host, segment) not in holes:
                    self.file(number, dsttype, tag, segment, self.rng.choice(OFF_DISK) if away else 1)

    def leaves_gone(self, hosts: list[str], flaw: str) -> set[str]:
        """Return the hosts without a combined DST: by the flaw, and some of those without raw files."""
        pick, half = self.rng.choice, set(self.rng.sample(hosts, len(hosts) // 2))
        gone = {
            "no_tpc": {pick(TPC)},
            "no_intt": {pick([*INTT_MVTX, "ebdc39"])},
            "no_seb": {pick(SEBS)},
            "half": half,
            "some": half,
        }.get(flaw, set())
        return gone | {host for host in hosts if host in self.unseen and self.rng.random() < 0.5}

    def flaws(self, hosts: list[str]) -> tuple[set[tuple[str, int]], set[tuple[str, int]]]:
        """Return (host, segment) that are not there, and that are not on disk; some segments are whole."""
        order = self.rng.sample(range(self.count), self.count)
        holes = {(self.rng.choice(hosts), segment) for segment in order[0::3]}
        off = {(self.rng.choice(hosts), segment) for segment in order[1::3]}
        return holes, off | {(self.rng.choice(hosts), order[0])}

    def chain(self, number: int, tag: str, dsttypes: Sequence[str]) -> None:
        """Add what later steps made of each segment: a file, a file off disk, a job, or nothing."""
        for dsttype in dsttypes:
            for segment in range(self.count):
                fate = self.rng.random()
                if fate < 0.05:
                    self.file(number, dsttype, tag, segment, 1)
                    older = replace(self.catalog.files[-1], dataset=tag, dsttype=f"{dsttype}_{DATASET}")
                    self.catalog.files[-1] = older  # same file name, columns as the older dialect has them
                elif fate < 0.43:
                    self.file(number, dsttype, tag, segment, 1 if fate < 0.35 else self.rng.choice(OFF_DISK))
                if 0.38 < fate < 0.55:  # some are both: a file and a job
                    self.job(number, dsttype, tag, segment)
                elif 0.55 < fate < 0.75:
                    self.decoys(number, dsttype, tag, [segment])

    def file(self, number: int, dsttype: str, tag: str, segment: int, status: int | None, data: str = DATASET) -> None:
        """Add a row of the file catalog."""
        name = f"{dsttype}_{data}_{tag}-{number:08d}-{segment:05d}.root"
        self.catalog.files.append(File(name, number, segment, 900_000, data, dsttype, 10_000, status, tag))

    def job(self, number: int, dsttype: str, tag: str, segment: int) -> None:
        """Add a job in the next state, the last of which is NULL."""
        name = f"{dsttype}_{DATASET}_{tag}-{number:08d}-{segment:05d}.root"
        self.catalog.jobs.append(Job("Any", tag, DATASET, dsttype, name, number, segment, next(self.states)))

    def decoys(self, number: int, dsttype: str, tag: str, segments: Iterable[int]) -> None:
        """Add rows that must not count: of another tag, of another dataset, and jobs without a file name."""
        for segment in segments:
            self.file(number, dsttype, tag.replace("_", "x", 1), segment, 1)  # LIKE would take it for the tag
            self.file(number, dsttype, tag, segment, 1, "run3cosmics")
            self.catalog.jobs.append(Job("Any", tag, DATASET, dsttype, None, number, segment, next(self.states)))


def leaf(host: str) -> str:
    """Return a raw catalog host as output names write it."""
    name, _, server = host.partition(":")
    return f"{name}_{server or 0}" if host in TPC else host
