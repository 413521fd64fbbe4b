"""The world that screens show: a campaign at three in the morning, always the same.

The queue of the local batch is written as a pool would have left it. Each step needs a clock of its own, which stands.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.screens import levels
from tests.support.catalog import SEBS, STREAMING, Catalog, File, Raw, Run, leaf
from tests.support.request_forms import write_form
from tests.support.rule_files import rule, write_rules
from tests.support.workspace import Workspace, make_workspace

NOW = datetime(2025, 11, 29, 2, 0, 56, tzinfo=UTC)
STREAMS, TRIGGERS = "ana514_nocdbtag_v001", "ana530_nocdbtag_v001"
RUNS = tuple(range(66461, 66473))
SHORT, UNSEEN = 66469, 66472  # a run of a minute; a run whose inputs are not made yet
SEGMENTS = 12
RULES = {
    "Full_STREAMING_EVENT": rule("DST_STREAMING_EVENT", "ana.541", "nocdbtag", input_combine_seg0_only=True),
    "Full_TRKR_CLUSTER": rule("DST_TRKR_CLUSTER", "ana.541", "2025p014", STREAMS, job_request_memory="200MB"),
    "Full_TRKR_SEED": rule("DST_TRKR_SEED", "ana.541", "2025p014", "ana541_2025p014_v001"),
    "Full_CALOFITTING": rule("DST_CALOFITTING", "ana.541", "2025p014", TRIGGERS),
}
STEERING = """\
prod02:
  defaultlocations:
    submitdir:  submission/{rule}
    prodbase:   tools
    configbase: rules
  Full_STREAMING_EVENT:
    config: rules.yaml
    runs: [66461 66472]
    submit: on
    jobprio: 90
  Full_TRKR_CLUSTER:
    config: rules.yaml
    runs: [66461 66472]
    submit: on
    finishmon: on
    jobprio: 60
prod03:
  defaultlocations:
    submitdir:  submission/{rule}
    prodbase:   tools
    configbase: rules
  Full_CALOFITTING:
    config: rules.yaml
    runs: [66461 66472]
    submit: on
    finishmon: off
  Full_CALO:
    config: rules.yaml
    sumbit: on
"""
OUT = "reading 63 lists\nprocessed event 4711\n"
ERR = (
    "Warning in <TClass::Init>: no dictionary for class PHHepMCGenEventv1\n"
    "psql: error: connection to server failed: Connection refused\n"
    "Error: no calibration for this run\n"
)
OVER = "Job has gone over cgroup memory limit of 200 megabytes. Peak usage: {used} megabytes."
GONE = (
    "Transfer output files failure at the execution point: cannot open /data/gone/{run:08d}: No such file or directory"
)


@dataclass(frozen=True)
class Fate:
    """What became of a share of a rule's jobs: their state in the queue, and its columns.

    `status` is HTCondor's JobStatus; `share` counts jobs in turn of every ten.
    """

    share: int
    status: int
    values: dict[str, int | str | float]


FINISHED = {"exit_code": 0, "num_starts": 1, "memory_used": 180, "user_cpu": 2900.0, "sys_cpu": 40.0}
FATES = {
    "Full_STREAMING_EVENT": (Fate(4, 5, {"hold_code": 14, "hold_subcode": 2, "hold_reason": GONE}), Fate(6, 1, {})),
    "Full_TRKR_CLUSTER": (
        Fate(2, 4, FINISHED),
        Fate(1, 2, {"num_starts": 1}),
        Fate(3, 5, {"hold_code": 34, "hold_subcode": 102, "hold_reason": OVER, "memory_used": 269, "num_starts": 1}),
        Fate(1, 4, FINISHED | {"exit_code": 1}),
        Fate(3, 1, {}),
    ),
    "Full_CALOFITTING": (
        Fate(7, 4, FINISHED),
        Fate(1, 4, FINISHED | {"exit_code": 139}),
        Fate(2, 2, {"num_starts": 1}),
    ),
}


def submit(folder: Path) -> None:
    """Make the workspace: catalogs, rules, three submissions, and what became of their jobs."""
    workspace = make_workspace(folder)
    workspace.settings |= {"campaigns": "campaigns", "logs": "logs"}
    workspace.load(catalog())
    rules = write_rules(folder / "rules", RULES)
    (folder / "steering.yaml").write_text(STEERING)
    for name in FATES:
        last = RUNS[0] if name == "Full_STREAMING_EVENT" else RUNS[-2]
        workspace.ok("submit", "-c", rules, "-r", name, "--runs", f"{RUNS[0]}-{last}")
    for cluster, name in enumerate(FATES, start=1):
        meet_fates(folder / "batch.db", cluster, FATES[name])
    leave_last_words(folder)


def act(folder: Path) -> None:
    """What people did in the night: a harvest, two detectors masked, some jobs parked."""
    workspace = Workspace(folder, {})
    workspace.ok("harvest")
    workspace.ok("mask", "add", "INTT3", "--runs", "66466", "--reason", "LV off")
    workspace.ok("mask", "add", "TPC20", "--runs", "66468-66470", "--reason", "HV trip")
    workspace.ok("park", "--code", "34/102", "--runs", "66471", "--reason", "needs new software", "--yes")


def harvest(folder: Path) -> None:
    """Bring the books up to date."""
    Workspace(folder, {}).ok("harvest")


def leave_last_words(folder: Path) -> None:
    """Write the err and out files of the jobs that failed."""
    with closing(sqlite3.connect(folder / "batch.db")) as queue:
        failed = queue.execute("SELECT dbid FROM jobs WHERE exit_code > 0").fetchall()
    with closing(sqlite3.connect(folder / "production.db")) as books:
        files = [books.execute("SELECT err, out FROM production_jobs WHERE id = ?", one).fetchone() for one in failed]
    for err, out in files:
        Path(err).parent.mkdir(parents=True, exist_ok=True)
        Path(err).write_text(ERR)
        Path(out).write_text(OUT)


def request(folder: Path) -> None:
    """Write a form that lacks something, and copy the books: there the half of the jobs is of a later tag."""
    write_form(folder, dsttypes=["DST_TRKR_CLUSTR", "DST_TRKR_SEED"], contact=None, wanted_by="soon")
    later = folder / "later"
    later.mkdir()
    settings = (folder / "prodcli.yaml").read_text()
    (later / "prodcli.yaml").write_text(settings.replace(f"{folder}/production.db", f"{later}/production.db"))
    with (
        closing(sqlite3.connect(folder / "production.db")) as source,
        closing(sqlite3.connect(later / "production.db")) as copy,
    ):
        source.backup(copy)
        copy.execute("UPDATE production_jobs SET tag = 'ana541_2025p014_v002' WHERE id % 2 = 0")
        copy.commit()
    workspace = Workspace(later, {})
    workspace.ok("campaign", "request", write_form(later, tag="ana541_2025p014_v003"))
    workspace.ok(
        "campaign", "request", write_form(later, tag="ana541_2025p014_v002", requester="the heavy flavour group")
    )
    workspace.ok("campaign", "approve", "ana541_2025p014_v002", "--priority", 2)


def declare(folder: Path) -> None:
    """Declare a production; in some of its runs all is well."""
    levels.declare(folder, RULES, {66461, 66466, 66468})


# What happens when.
STEPS = (
    (NOW - timedelta(hours=6), submit),
    (NOW - timedelta(hours=1), act),
    (NOW - timedelta(minutes=3), harvest),
    (NOW - timedelta(minutes=2), request),
    (NOW - timedelta(minutes=1), declare),
)


def catalog() -> Catalog:
    """Runs with raw files of all hosts, and what was combined of them."""
    made = Catalog()
    for number in RUNS:
        begin = datetime.fromisoformat("2025-11-20 12:00:00") + timedelta(hours=number - RUNS[0])
        length = timedelta(minutes=1) if number == SHORT else timedelta(hours=1)
        made.runs.append(Run(number, "physics", 5_000_000, begin, begin + length))
        for host in ("gl1daq", *STREAMING, *SEBS):
            name = f"{leaf(host)}_physics-{number:08d}-0000.evt"
            made.raw.append(Raw(name, number, host, 0, 1, "physics", 25_000))
        if number != UNSEEN:
            made.files += combined(number)
    return made


def combined(number: int) -> list[File]:
    """The files of a run that the first two steps made: all hosts, all segments."""
    steps = [("DST_STREAMING_EVENT", STREAMS, STREAMING), ("DST_TRIGGERED_EVENT", TRIGGERS, SEBS)]
    return [
        File(name, number, segment, 900_000, "run3auau", dsttype, 10_000, 1, tag)
        for kind, tag, hosts in steps
        for dsttype in (f"{kind}_{leaf(host)}" for host in hosts)
        for segment in range(SEGMENTS)
        for name in [f"{dsttype}_run3auau_{tag}-{number:08d}-{segment:05d}.root"]
    ]


def meet_fates(queue: Path, cluster: int, fates: tuple[Fate, ...]) -> None:
    """Write what became of the jobs of a cluster into the queue of the local batch."""
    turn = [fate for fate in fates for _ in range(fate.share)]
    with closing(sqlite3.connect(queue)) as connection, connection:
        connection.execute("UPDATE queue SET change = change + 1")
        rows = connection.execute("SELECT proc FROM jobs WHERE cluster = ? ORDER BY proc", (cluster,)).fetchall()
        for (proc,) in rows:
            fate = turn[proc % len(turn)]
            _write(connection, cluster, proc, fate)


def _write(connection: sqlite3.Connection, cluster: int, proc: int, fate: Fate) -> None:
    started = int((NOW - timedelta(hours=5)).timestamp()) + 60 * (proc % 120)
    values = dict(fate.values)
    values |= {"status": fate.status, "since": started + 3000}
    if fate.status != 1:
        values |= {
            "started": started,
            "node": f"slot1_{proc % 8 + 1}@farm{proc % 5 + 1:03d}",
            "memory_provisioned": 200,
        }
    if fate.status == 4:
        values["finished"] = started + 3000
    if "hold_reason" in values:
        values["hold_reason"] = str(values["hold_reason"]).format(used=269 + proc % 50, run=RUNS[proc % 3])
    if fate.values.get("hold_code") == 34:
        values["memory_used"] = 269 + proc % 50
    columns = ", ".join(f"{name} = ?" for name in values)
    connection.execute(
        f"UPDATE jobs SET {columns}, change = (SELECT change FROM queue) WHERE cluster = ? AND proc = ?",  # noqa: S608
        (*values.values(), cluster, proc),
    )
