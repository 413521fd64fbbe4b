"""What verbs ask of one schedd for the jobs of an action."""

from __future__ import annotations

from collections.abc import Sequence

from prodcli.batch import Batch
from prodcli.books.actions import Target


def release(batch: Batch, schedd: str, targets: Sequence[Target]) -> None:
    """Release held jobs."""
    batch.release(schedd, [target.proc_id for target in targets], "prodcli release")


def raise_and_release(batch: Batch, schedd: str, targets: Sequence[Target]) -> None:
    """Edit what each group is to ask for, then release all."""
    groups: dict[int, list[Target]] = {}
    for target in targets:
        groups.setdefault(target.memory_after or 0, []).append(target)
    for memory, group in sorted(groups.items()):
        batch.edit_memory(schedd, [target.proc_id for target in group], memory)
    batch.release(schedd, [target.proc_id for target in targets], "prodcli resubmit: more memory")
