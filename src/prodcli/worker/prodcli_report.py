"""The report of a job: everything that was noted, as one JSON file beside the log."""

import contextlib
import json
import os
import time

import prodcli_notes as notes
import prodcli_usage as usage

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes longer to load than many a tool to work
    from typing import Any, Dict, List, Optional

    Report = Dict[str, Any]

_MOST_BYTES = 1000000
_MOST_MESSAGES = 200
_LEVELS = {"info", "warning", "error"}
_OUTPUT = ("lfn", "staged", "events", "first", "last", "md5", "size", "ctime", "code")


def final_code(code: int, found: "List[notes.Note]") -> int:
    """The code that the script ends with: its own, or that of a lost output if it says that all is well."""
    return code or max((output["code"] for output in _outputs(found)), default=0)


def build(found: "List[notes.Note]", code: int, killed_by: "Optional[int]", began: float, ended: float) -> "Report":
    """The report by notes and by what the system knows."""
    spent = usage.cpu(usage.shell())
    ad = usage.job_ad()
    outputs = _outputs(found)
    told = _last(found, "ended")
    samples = usage.memory_samples()
    peaks = [memory for _, memory in samples] + [usage.memory_of_slot() or 0, told.get("memory_kb") or 0]
    disks = [note["disk_kb"] for note in found if isinstance(note.get("disk_kb"), int)]
    return {
        "version": 1,
        "dbid": _number(os.environ.get("PRODDB_DBID")),
        "attempt": _number(os.environ.get("PRODCLI_ATTEMPT")),
        "cluster": _number(ad.get("ClusterId")),
        "proc": _number(ad.get("ProcId")),
        "start": _number(ad.get("NumJobStarts")),
        "began": _utc(began),
        "ended": _utc(ended),
        "exit_code": code,
        "signal": killed_by,
        "user_cpu": round(spent.user, 2) if spent else told.get("user_cpu"),
        "sys_cpu": round(spent.system, 2) if spent else told.get("sys_cpu"),
        "wall": round(ended - began, 3),
        "memory_kb": int(max(peaks)) or None,
        "disk_kb": max(disks, default=None),
        "events_in": _events(found, "in"),
        "events_out": _events_out(found, outputs),
        "bytes_in": _bytes_in(found),
        "bytes_out": sum(output["size"] or 0 for output in outputs if not output["code"]),
        "phases": _phases(found, samples, ended, spent),
        "messages": _messages(found),
        "quality": _quality(found),
        "outputs": outputs,
        "machine": usage.machine(),
    }


def write(report: "Report", path: str) -> None:
    """Write the report under another name first; raises OSError."""
    folder, name = os.path.split(path)
    os.makedirs(folder or ".", exist_ok=True)
    unfinished = os.path.join(folder, ".%s.%d" % (name, os.getpid()))
    try:
        with open(unfinished, "w", encoding="ascii") as file:
            file.write(_text(report))
        os.rename(unfinished, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(unfinished)
        raise


def _text(report: "Report") -> str:
    """The report as JSON; what is too long for readers is left out, outputs last."""
    text = json.dumps(report, allow_nan=False)
    for part in ("quality", "messages", "phases", "outputs"):
        if len(text) <= _MOST_BYTES:
            break
        message = {"at": report["ended"], "level": "warning", "text": "left out, too long: " + part}
        left_out = {part: type(report[part])(), "messages": [*report["messages"][:_MOST_MESSAGES], message]}
        report = dict(report, **left_out) if part != "messages" else dict(report, messages=[message])
        text = json.dumps(report, allow_nan=False)
    return text


def _number(text: "Optional[str]") -> "Optional[int]":
    try:
        return int(text or "")
    except ValueError:
        return None


def _utc(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def _of(found: "List[notes.Note]", kind: str) -> "List[notes.Note]":
    return [note for note in found if note["kind"] == kind]


def _last(found: "List[notes.Note]", kind: str) -> "notes.Note":
    return (_of(found, kind) or [{}])[-1]


def _outputs(found: "List[notes.Note]") -> "List[Dict[str, Any]]":
    """The last word about each output: one that was lost and then staged out is not lost."""
    last = {note["lfn"]: note for note in _of(found, "output")}
    return [{key: note.get(key) for key in _OUTPUT} for note in last.values()]


def _events(found: "List[notes.Note]", way: str) -> "Optional[int]":
    told = [note["count"] for note in _of(found, "events") if note["way"] == way]
    return sum(told) if told else None


def _events_out(found: "List[notes.Note]", outputs: "List[Dict[str, Any]]") -> "Optional[int]":
    """As the payload told; else what was counted in outputs of the job's own dsttype."""
    told = _events(found, "out")
    base = os.environ.get("PRODCLI_OUTBASE") or ""
    counted = [
        output["events"]
        for output in outputs
        if not output["code"] and output["lfn"].startswith(base) and (output["events"] or 0) >= 0
    ]
    return told if told is not None else sum(counted) if counted else None


def _bytes_in(found: "List[notes.Note]") -> "Optional[int]":
    """The sizes of the inputs; a list that is made twice counts once."""
    lists = {note["list"]: note["bytes"] for note in _of(found, "inputs")}
    return sum(lists.values()) if lists else None


def _messages(found: "List[notes.Note]") -> "List[Dict[str, str]]":
    told = [
        {"at": _utc(note["at"]), "level": note["level"] if note["level"] in _LEVELS else "info", "text": note["text"]}
        for note in _of(found, "message")
    ]
    return told[-_MOST_MESSAGES:]


def _quality(found: "List[notes.Note]") -> "Dict[str, Any]":
    merged: "Dict[str, Any]" = {}
    for note in _of(found, "quality"):
        merged.update(note["values"])
    return merged


def _phases(
    found: "List[notes.Note]", samples: "List[List[float]]", ended: float, spent: "Optional[usage.Cpu]"
) -> "List[Dict[str, Any]]":
    """Time between marks goes to the phase of the earlier one; spans of our tools are taken out of the phase around them.

    A name that comes again adds to what is there.
    """
    end = {"at": ended, "user_cpu": spent and spent.user, "sys_cpu": spent and spent.system}
    marks, spans = _of(found, "phase"), _of(found, "span")
    parts = [_part(span, span) for span in spans]
    for mark, after in zip(marks, [*marks[1:], end]):  # noqa: B905 - not known to Python 3.6
        inside = [span for span in spans if mark["at"] <= span["at"] < after["at"]]
        amounts = {
            "wall": after["at"] - mark["at"] - sum(span["wall"] for span in inside),
            "user_cpu": _difference(after, mark, inside, "user_cpu"),
            "sys_cpu": _difference(after, mark, inside, "sys_cpu"),
            "memory_kb": max((int(kb) for at, kb in samples if mark["at"] <= at < after["at"]), default=None),
        }
        parts.append(_part(mark, amounts))
    phases: "Dict[str, Dict[str, Any]]" = {}
    for part in sorted(parts, key=lambda part: part["at"]):
        phases[part["name"]] = _added(phases[part["name"]], part) if part["name"] in phases else part
    return [_told(phase) for phase in phases.values()]


def _part(named: "Dict[str, Any]", amounts: "Dict[str, Any]") -> "Dict[str, Any]":
    keys = ("wall", "user_cpu", "sys_cpu", "memory_kb")
    return dict({key: amounts.get(key) for key in keys}, name=named["name"], at=named["at"])


def _difference(
    after: "Dict[str, Any]", mark: "Dict[str, Any]", inside: "List[notes.Note]", key: str
) -> "Optional[float]":
    if after.get(key) is None or mark.get(key) is None:
        return None
    return max(0.0, float(after[key] - mark[key] - sum(span[key] for span in inside)))


def _added(one: "Dict[str, Any]", other: "Dict[str, Any]") -> "Dict[str, Any]":
    sums = {
        key: None if one[key] is None or other[key] is None else one[key] + other[key]
        for key in ("wall", "user_cpu", "sys_cpu")
    }
    return dict(one, memory_kb=max(one["memory_kb"] or 0, other["memory_kb"] or 0) or None, **sums)


def _told(phase: "Dict[str, Any]") -> "Dict[str, Any]":
    numbers = {key: None if phase[key] is None else round(phase[key], 3) for key in ("wall", "user_cpu", "sys_cpu")}
    return dict(numbers, name=phase["name"], began=_utc(phase["at"]), memory_kb=phase["memory_kb"])
