"""What verbs ask of one schedd for the jobs of an action."""

from __future__ import annotations

from collections.abc import Sequence

from prodcli.batch import Batch
from prodcli.books.actions import Aim


def release(batch: Batch, schedd: str, aims: Sequence[Aim]) -> None:
    """Release held jobs."""
    batch.release(schedd, [aim.proc_id for aim in aims], "prodcli release")


def raise_and_release(batch: Batch, schedd: str, aims: Sequence[Aim]) -> None:
    """Edit what each group is to ask for, then release all."""
    groups: dict[int, list[Aim]] = {}
    for aim in aims:
        groups.setdefault(aim.memory_after or 0, []).append(aim)
    for memory, group in sorted(groups.items()):
        batch.edit_memory(schedd, [aim.proc_id for aim in group], memory)
    batch.release(schedd, [aim.proc_id for aim in aims], "prodcli resubmit: more memory")
