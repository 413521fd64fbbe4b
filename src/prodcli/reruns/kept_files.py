"""What a bundle keeps of a job: its payload with what became of each file since, its lists of inputs, its logs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from prodcli.provenance.payload import PayloadFile, look_at_payload
from prodcli.reruns.failed_job import FailedJob
from prodcli.rules.model import Rule

INPUTS, PAYLOAD, LOGS = "inputs", "payload.txt", "logs"
_MOST_OF_LOG = 20_000_000  # bytes that are kept of a log, from its end
_MOST_INPUTS = 500  # that are looked for, as shared file systems are slow


def keep_payload(job: FailedJob, rule: Rule, folder: Path, texts: Path) -> Iterator[str]:
    """List the files of the payload with what became of them since.

    A note tells how many have changed, the next ones how to get those of then; files of texts on record lie in `texts`.
    """
    now = {one.name: one for one in _payload_now(rule)}
    was = {one.name: one for one in job.payload}
    lines, changed = [], 0
    for name in sorted({*was, *now}):
        state = _state(was.get(name), now.get(name))
        changed += state != "as it was"
        lines.append(f"{state}\t{(was.get(name) or now[name]).sha256}\t{name}\n")
    (folder / PAYLOAD).write_text("".join(lines))
    if changed:
        yield f"{changed} of {len(lines)} files of the payload are not as they were ({PAYLOAD}); the job gets those of now"
        yield from job.commands_again(texts)


def _payload_now(rule: Rule) -> Sequence[PayloadFile]:
    return look_at_payload([rule.path(entry) for entry in rule.job.payload], rule.path(rule.job.script)).files


def _state(was: PayloadFile | None, now: PayloadFile | None) -> str:
    if was is None or now is None:
        return "new" if was is None else "gone"
    return "as it was" if was.sha256 == now.sha256 else "changed"


def keep_inputs(job: FailedJob, folder: Path) -> Iterator[str]:
    """Copy the lists of inputs of the run; a note tells if there are none, or which inputs are not there any more."""
    lists = job.stored.fields.get("lists") or job.stored.commands.get("lists", "")
    found = Path(lists) / f"{job.stored.run:08d}.tsv"
    if not lists or not found.is_file():
        yield "the job came without lists of inputs: it asks the catalog again"
        return
    place = folder / INPUTS
    place.mkdir(exist_ok=True)
    shutil.copy(found, place)
    paths = _paths(found.read_text("utf-8", "surrogateescape"))[:_MOST_INPUTS]
    gone = [path for path in paths if not Path(path).exists()]
    if gone:
        yield f"{len(gone)} of {len(paths)} inputs of the run are not there any more, like {gone[0]}"


def _paths(text: str) -> list[str]:
    """The full paths in a list of inputs: tab-separated rows of dsttype, segment, name, path and more."""
    rows = (line.split("\t") for line in text.splitlines()[1:])
    return [row[3] for row in rows if len(row) > 3 and row[3].startswith("/")]


def keep_logs(job: FailedJob, folder: Path) -> Iterator[str]:
    """Copy what the job left in its log, out and err files, of long ones the end; a note tells which cannot be read."""
    place = folder / LOGS
    place.mkdir(exist_ok=True)
    for kind in ("log", "out", "err"):
        path = job.row[kind]
        content = _end(Path(path or ""))
        if content is not None:
            (place / Path(path).name).write_bytes(content)
        elif kind != "log":  # local batches write none
            yield f"its {kind} file cannot be read: {path or 'the books have no path'}"


def _end(path: Path) -> bytes | None:
    """The end of a file; None if it is none, or cannot be read."""
    with suppress(OSError, ValueError):
        if path.is_file():  # opening a pipe would wait for its writer
            with path.open("rb") as file:
                file.seek(max(0, file.seek(0, 2) - _MOST_OF_LOG))
                return file.read()
    return None
