"""Books at random whose jobs have every attribute that people can choose by, and the attributes as one reads them by hand."""

import random
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.support.catalog import insert_rows
from tests.support.workspace import Workspace

HOUR, DAY = 3600, 86_400
BEGIN = 1_780_000_000 // DAY * DAY  # the first submission
_STATES = (
    *(("submitting", ""), ("submitted", ""), ("submitted", "waiting"), ("running", ""), ("running", "transferring")),
    *(
        ("held", ""),
        ("held", ""),
        ("held", "parked"),
        ("evicted", ""),
        ("failed", ""),
        ("failed", ""),
        ("failed", "lost"),
    ),
    *(("failed", "no_output"), ("finished", ""), ("finished", ""), ("finished", ""), (None, "")),
)
_REASONS = (
    "Job has gone over memory limit of {n} megabytes. Peak usage: {m} megabytes.",
    "Error from slot1_{n}@node{m}.pool: Failed to open '/data/{n}/x, y.txt': 50% full! [a_b]",
    "The job attribute PeriodicHold expression evaluated to TRUE",
)
_MESSAGES = ("connection to server refused after {n} s", "bad_alloc", "")
_TIMES = {
    "submitted",
    "started",
    "finished",
    "entered",
    "read",
    "lease_until",
    "seen",
    "cpu_at",
    "events_at",
    "output_at",
}
Row = dict[str, Any]


@dataclass
class AttributedBooks:
    """Rows by table, and the attributes of each job by dbid."""

    tables: dict[str, list[Row]] = field(
        default_factory=lambda: {
            name: []
            for name in (
                *(
                    "production_claims",
                    "production_jobs",
                    "production_attempts",
                    "production_reports",
                    "production_messages",
                    "production_signs",
                ),
            )
        }
    )
    jobs: dict[int, Row] = field(default_factory=dict)

    def write(self, workspace: Workspace) -> None:
        """Put the rows into the books of a workspace."""
        with closing(workspace.connect()) as connection:
            for table, rows in self.tables.items():
                names = list(rows[0])
                statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608
                values = [[_value(workspace, name, row[name]) for name in names] for row in rows]
                insert_rows(connection, statement, values)
            connection.commit()


def attributed_books(seed: int, jobs: int = 200) -> AttributedBooks:
    """Some jobs with all that belongs to them; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311
    books = AttributedBooks()
    for number in range(4):
        books.tables["production_claims"].append(_claim(number))
    for dbid in range(1, jobs + 1):
        _add(books, chance, dbid)
    return books


def _claim(number: int) -> Row:
    times = {"started": BEGIN, "lease_until": BEGIN + HOUR}
    who = {"host": "submit1", "pid": 1, "boot_id": "b", "process_start": "1"}
    who |= {"account": "anna" if number else None, "priority": 10 * number}
    about = {
        "schedd": f"s{number % 2}",
        "batch_name": f"main.rule{number}",
        "memory_asked": 1000,
        "rule": f"rule{number}",
    }
    return {
        "id": f"claim{number}",
        **who,
        **times,
        **about,
        "n": 50,
        "state": "submitted",
        "folder": "/c",
        "kit": f"kit{number % 2}",
    }


def _add(books: AttributedBooks, chance: random.Random, dbid: int) -> None:
    status, substatus = chance.choice(_STATES)
    if (status, substatus) == ("running", "") and dbid % 2:
        substatus = "stalled"
    ours = chance.random() < 0.9
    attempt = chance.choice([1, 1, 2]) if ours else 1
    job = _job(chance, dbid, status, substatus, ours) | {"attempt": attempt}
    books.tables["production_jobs"].append(job)
    steps = _steps(chance, job) if ours and status != "submitting" else []
    if attempt == 2:
        books.tables["production_attempts"].append(_step(chance, job | {"attempt": 1}, 0, "failed", ""))
    books.tables["production_attempts"] += steps
    report = _report(chance, job) if job["started"] and chance.random() < 0.7 else None
    said = (
        []
        if report is None
        else [
            {"dbid": dbid, "attempt": attempt, "number": number, "level": level, "text": text.format(n=dbid)}
            for number, (level, text) in enumerate(
                (chance.choice(["info", "warning", "error"]), chance.choice(_MESSAGES))
                for _ in range(chance.randrange(4))
            )
        ]
    )
    books.tables["production_reports"] += [report] if report else []
    books.tables["production_messages"] += said
    signs = _signs(job) if status == "running" and dbid % 5 else {}
    books.tables["production_signs"] += [signs] if signs else []
    errors = [one["text"] for one in said if one["level"] == "error"]
    claim = next((one for one in books.tables["production_claims"] if one["id"] == job["claim_id"]), None)
    books.jobs[dbid] = {
        **_attributes(job, steps[-1] if steps else {}, claim or {}, report or {}, errors),
        **_shown_signs(job, signs),
    }


def _job(chance: random.Random, dbid: int, status: str | None, substatus: str, ours: bool) -> Row:
    submitted = BEGIN + chance.randrange(3 * DAY)
    begun = status not in (None, "submitting", "submitted")
    started = submitted + chance.randrange(5 * HOUR) if begun else None
    ended = status in ("failed", "finished")
    clustered = ours and status not in (None, "submitting")
    return {
        **{
            "id": dbid,
            "rulename": f"rule{dbid % 4}",
            "tag": chance.choice(["a_b_v001", "a_b_v002"]),
            "dataset": chance.choice("de"),
        },
        "dsttype": chance.choice(["DST_A", "DST_A_x0", "DST_AB"]),
        **{"filename": f"out-{dbid:08d}.root", "runnumber": 100 + chance.randrange(6), "segment": chance.randrange(9)},
        **{"status": status, "substatus": substatus, "submitted": submitted, "started": started},
        "finished": started + chance.randrange(4 * HOUR) if started and ended else None,
        **{
            "remoteusercpu": chance.choice([None, 100.5, 7000.0]) if begun else None,
            "remotesyscpu": 2.25 if begun else None,
        },
        **{"memoryusage": chance.randrange(3000) if begun else None, "memoryprovisioned": 2048 if begun else None},
        **{
            "diskusage": chance.randrange(9) if begun else None,
            "exitcode": chance.choice([0, 1, 139, None]) if ended else None,
        },
        **{"jobstarts": chance.choice([1, 3, None]), "submission_host": chance.choice(["submit1", "submit2"])},
        "execution_node": chance.choice(["N1", "n1.pool", "n2"]) if begun else None,
        **{"schedd": f"s{dbid % 2}" if ours else None, "claim_id": f"claim{dbid % 4}" if ours else None},
        **{"clusterid": 7 + dbid // 50 if clustered else None, "procid": dbid % 50 if clustered else None},
        **{"log": f"/l/{dbid}.condor", "err": f"/l/{dbid}.err", "out": f"/l/{dbid}.out"},
        **{
            "intriplet": "N/A",
            "indsttype_str": "DST_I,DST_J",
            "xferslots": chance.choice([0, 3]),
            "request_cpus": chance.choice([None, 1, 2]),
        },
        **{
            "request_disk": 100,
            "neventsper": chance.choice([None, 500]),
            "mask": chance.choice([None, "TPC17,TPC18", "TPC17"]),
        },
        "outputs_per_job": chance.choice([1, 10]),
    }


def _steps(chance: random.Random, job: Row) -> list[Row]:
    last = _step(chance, job, 0, job["status"], job["substatus"])
    if chance.random() < 0.7:
        return [last]
    return [_step(chance, job, 0, "held", ""), last | {"step": 1, "memory_asked": 4000}]


def _step(chance: random.Random, job: Row, step: int, status: str | None, substatus: str) -> Row:
    held = status == "held" or (status == "failed" and chance.random() < 0.4)
    code, subcode = chance.choice([(34, 102), (34, 0), (34, None), (3, 0)]) if held else (None, None)
    reason = (
        chance.choice(_REASONS).format(n=chance.randrange(3), m=chance.randrange(90))
        if held and chance.random() < 0.9
        else None
    )
    known = chance.random() < 0.8
    return {
        **{
            "dbid": job["id"],
            "attempt": job["attempt"],
            "step": step,
            "memory_asked": chance.choice([1000, 2000, None]),
        },
        **{
            "memory_used": chance.choice([None, 700]),
            "node": chance.choice([None, "N3.pool"]) if job["started"] else None,
        },
        **{
            "exit_code": job["exitcode"] if known else None,
            "hold_reason": reason,
            "hold_code": code,
            "hold_subcode": subcode,
        },
        **{
            "status": status,
            "substatus": substatus,
            "entered": (job["finished"] or job["submitted"] + 50) if known else None,
        },
    }


def _signs(job: Row) -> Row:
    number = job["id"]
    told = number % 4 > 0
    return {
        **{"dbid": number, "attempt": job["attempt"], "entered": job["started"], "seen": job["started"] + HOUR},
        **{"cpu": 10.5, "cpu_at": job["started"] + number},
        **{"events": number if told else None, "events_total": 1000 if told else None},
        **{"events_at": job["started"] + 60 if told else None, "output": 1, "output_at": job["started"] + 120},
        "stalled": ("no CPU" if number % 3 else "no events") if job["substatus"] == "stalled" else "",
    }


def _report(chance: random.Random, job: Row) -> Row:
    machine = {
        "cpu": chance.choice(["Fast 9000", "Slow, 1"]),
        "cores": chance.choice([2, 64]),
        "os": "Alma 9",
        "site": chance.choice(["BNL", None]),
    }
    counts = {"messages": 0, "outputs": 0, "staged": 0, "read": BEGIN + 9 * DAY}
    events = {"events_in": 1000, "events_out": chance.choice([1000, 990, None])}
    return {
        "dbid": job["id"],
        "attempt": job["attempt"],
        "signal": chance.choice([None, 11]),
        **machine,
        **events,
        **counts,
    }


def _attributes(job: Row, step: Row, claim: Row, report: Row, errors: list[str]) -> Row:
    """The attributes of a job, from its rows."""
    troubled = job["status"] in ("held", "failed")
    code, submitted, started, finished = step.get("hold_code"), job["submitted"], job["started"], job["finished"]
    user, system = job["remoteusercpu"], job["remotesyscpu"]
    cpu = None if user is None or system is None else user + system
    wall = None if finished is None else finished - started
    reason = _first(step.get("hold_reason"), errors[-1] if errors else None)
    node = _first(step.get("node"), job["execution_node"])
    return {
        **{
            "dbid": job["id"],
            "file": job["filename"],
            "status": job["status"],
            "state": job["substatus"] or job["status"],
        },
        "job": None if job["clusterid"] is None else f"{job['clusterid']}.{job['procid']}",
        **{
            key: job[key]
            for key in (
                "tag",
                "dsttype",
                "dataset",
                "segment",
                "schedd",
                "attempt",
                "xferslots",
                "mask",
                "log",
                "err",
                "out",
            )
        },
        **{"rule": job["rulename"], "run": job["runnumber"], "cluster": job["clusterid"], "proc": job["procid"]},
        **{
            "step": step.get("step"),
            "starts": job["jobstarts"],
            "node": node and node.lower(),
            "site": report.get("site"),
        },
        **{
            "cpu_model": report.get("cpu"),
            "cores": report.get("cores"),
            "os": report.get("os"),
            "signal": report.get("signal"),
        },
        "exit_code": _first(step.get("exit_code"), job["exitcode"]),
        "hold_code": f"{code}/{step['hold_subcode'] or 0}" if troubled and code is not None else None,
        "reason": reason if troubled else None,
        "memory_asked": _first(step.get("memory_asked"), claim.get("memory_asked")),
        "memory_used": _first(step.get("memory_used"), job["memoryusage"]),
        **{
            "memory_slot": job["memoryprovisioned"],
            "cpus": job["request_cpus"],
            "disk_asked": 102_400,
            "disk_used": None if job["diskusage"] is None else job["diskusage"] * 1024,
        },
        **{"cpu_time": cpu, "wall_time": wall, "waited": None if started is None else started - submitted},
        "efficiency": 100.0 * cpu / (wall * (job["request_cpus"] or 1)) if cpu is not None and wall else None,
        **{
            "submitted": submitted,
            "started": started,
            "finished": finished,
            "since": _first(step.get("entered"), submitted),
        },
        **{"day_submitted": submitted // DAY * DAY, "hour_submitted": submitted % DAY // HOUR},
        "day_ended": None if finished is None else finished // DAY * DAY,
        "hour_ended": None if finished is None else finished % DAY // HOUR,
        **{
            "submit_host": job["submission_host"],
            "submitter": claim.get("account"),
            "priority": claim.get("priority"),
            "batch": claim.get("batch_name"),
            "claim": job["claim_id"],
            "kit": claim.get("kit"),
        },
        **{"input_tag": job["intriplet"], "inputs": job["indsttype_str"], "outputs": job["outputs_per_job"]},
        **{
            "events_per_output": job["neventsper"],
            "events_in": report.get("events_in"),
            "events_out": report.get("events_out"),
        },
        "reported": "yes" if report else "no",
    }


def _shown_signs(job: Row, signs: Row) -> Row:
    """What a running job shows of life, by its signs."""
    done, total = signs.get("events"), signs.get("events_total")
    return {
        **{"events_done": done, "events_total": total, "progress": 100.0 * done / total if done and total else None},
        **{
            "last_cpu": signs.get("cpu_at"),
            "last_event": signs.get("events_at"),
            "last_output": signs.get("output_at"),
        },
        "stalled": signs.get("stalled") if job["substatus"] == "stalled" else None,
    }


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _value(workspace: Workspace, name: str, value: Any) -> Any:
    """A value as the database takes it."""
    if name not in _TIMES or value is None:
        return value
    moment = datetime.fromtimestamp(value, UTC)
    return moment.isoformat() if workspace.cluster else moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
