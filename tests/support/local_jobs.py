"""Small submissions for the local batch."""

import sys
from collections.abc import Iterable
from pathlib import Path

from prodcli.batch import JobEvent, ProcId, whole
from prodcli.batch.local.batch import SCHEDD, LocalBatch


def write_description(
    folder: Path, scripts: Iterable[str], claim: str = "claim-1", dbid: int = 1, **commands: str
) -> Path:
    """A description with a job for each script (the words of a shell); `commands` replace the defaults or come on top."""
    scripts = list(scripts)
    folder.mkdir(exist_ok=True)
    for number, script in enumerate(scripts):
        (folder / f"{number}.sh").write_text(script + "\n")
    (folder / "items.csv").write_text("".join(f"{dbid + number},{number}\n" for number in range(len(scripts))))
    every = {
        "attempt": "2",
        "batch_name": "main.test",
        "executable": "/bin/sh",
        "arguments": f'"{folder}/$(number).sh $INT(number,%03d)"',
        "initialdir": str(folder),
        "output": f"{folder}/$(number).out",
        "error": f"{folder}/$(number).err",
        "getenv": "False",
        "request_memory": "1000MB",
        "priority": "5",
        "My.ProdcliDbid": "$(dbid)",
        "My.ProdcliAttempt": "$(attempt)",
        "My.ProdcliClaim": f'"{claim}"',
        **commands,
    }
    lines = [f"{key} = {value}" for key, value in every.items()]
    description = folder / "job.sub"
    description.write_text("\n".join([*lines, f"queue dbid,number from {folder}/items.csv", ""]))
    return description


def submit(
    batch: LocalBatch, folder: Path, *scripts: str, claim: str = "claim-1", dbid: int = 1, **commands: str
) -> int:
    """Submit a job for each script; returns the cluster."""
    return batch.submit(SCHEDD, write_description(folder, scripts, claim, dbid, **commands))


def python(code: str) -> str:
    """A script that runs a line of Python."""
    return f"{sys.executable} -c '{code}'"


def jobs(batch: LocalBatch) -> dict[ProcId, JobEvent]:
    """Every job as it is now."""
    events = whole(batch.changes(SCHEDD, "")).events
    return {(event.cluster, event.proc): event for event in events}


def job(batch: LocalBatch, cluster: int, proc: int = 0) -> JobEvent:
    """One job as it is now."""
    return jobs(batch)[cluster, proc]
