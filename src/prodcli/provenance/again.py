"""The commands that make a file again: its code as it was, and a submission of the rule as it was.

Pure: data in, data out.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prodcli.provenance.stored import Record


def commands_again(record: Record, job: Mapping[str, Any], folder: PurePath) -> Iterator[str]:
    """The commands for a job of a record, whose texts lie in a folder; none if the rule is not known."""
    if record.resolved is None:
        return
    for code in record.code:
        if code.commit:
            yield shlex.join(["git", "-C", code.folder, "checkout", "--detach", code.commit])
        if code.commit and code.diff:
            yield shlex.join(["git", "-C", code.folder, "apply", str(folder / f"{code.diff}.diff")])
    rule = str(folder / f"{record.resolved}.yaml")
    segment = job["segment"] // max(1, job["outputs"] or 1)
    words = ["prodcli", "submit", "-c", rule, "-r", record.rule, "--runs", str(job["run"]), "--segments", str(segment)]
    if job["mask"]:
        words += ["--mask", *job["mask"].split(",")]
    yield shlex.join([*words, "--force"])
