"""The values for the template of a submission: fields, items, and the commands that depend on the schedd.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from prodcli.batch.description import ATTRIBUTES, UNIT, climbing
from prodcli.batch.hold_codes import EVICTED
from prodcli.batch.node_list import requirements
from prodcli.rules.layout import ITEM_FIELDS, Layout

if TYPE_CHECKING:
    from prodcli.rules.model import Job as JobSection


# An idle job that ran, and neither ended by itself nor was held: its node or its claim was lost. The counts tell that, as for a
# moment after a release LastJobStatus may still say running. A job that the schedd starts again with more memory is no such
# job either (the attribute that retry_request_memory makes).
_EVICTED = (
    "JobStatus == 1 && LastJobStatus == 2 && NumJobStarts > (NumJobCompletions ?: 0) + (NumHolds ?: 0)"
    " && (ON_EVICT_CHECK_RequestMemory_REQUIREMENTS ?: false) is false"
)


@dataclass(frozen=True)
class Items:
    """The rows of a submission: fields that differ from job to job; the others are in `constant`."""

    fields: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    constant: Mapping[str, str]

    def text(self) -> str:
        """The items file; values with commas are separated by HTCondor's other separator."""
        separator = UNIT if any("," in value for row in self.rows for value in row) else ","
        return "".join(separator.join(row) + "\n" for row in self.rows)


def make_items(rows: Sequence[Mapping[str, str]], fields: Sequence[str] = ITEM_FIELDS) -> Items:
    """Split the fields of jobs into different and equal ones; the dbid always differs."""
    varying = tuple(field for field in fields if field == "dbid" or any(row[field] != rows[0][field] for row in rows))
    constant = {field: rows[0][field] for field in fields if field not in varying}
    return Items(varying, tuple(tuple(row[field] for field in varying) for row in rows), constant)


def factory(job: JobSection, max_idle: int | None) -> dict[str, int]:
    """The commands for late materialization.

    None for a schedd without it (`max_idle` None), and for max_idle 0 of the rule.

    Source: HTCondor manual, Submitting Jobs Without Using a Large Amount of Memory.
    """
    keep = max_idle if job.max_idle is None else job.max_idle
    if max_idle is None or not keep:
        return {}
    return {"max_idle": keep} | ({"max_materialize": job.max_materialize} if job.max_materialize else {})


def escalation(job: JobSection, retries_memory: bool) -> dict[str, str]:
    """The commands of a memory ladder: a job that exceeds its memory starts again with the next step.

    A schedd that `retries_memory` does this by itself. Otherwise the step is an expression of the number of holds, and
    only holds for memory are released, while there is a step left. A job with a fixed size has no further step, and is
    not released to try the same size again.

    Source: HTCondor manual, condor_submit (retry_request_memory) and job ClassAd attributes (NumHoldsByReason).
    """
    return climbing(job.request_memory, retries_memory) if len(job.request_memory) > 1 else {}


def _optional(layout: Layout) -> dict[str, str | int]:
    """Commands that stand in the description only if the rule says something."""
    job = layout.rule.job
    return {
        "request_xferslots": job.request_xferslots or "",
        "allowed_job_duration": job.max_runtime or "",
        "max_retries": "" if job.max_retries is None else job.max_retries,
        "accounting_group": job.accounting_group,
        "accounting_group_user": job.accounting_group_user,
        "concurrency_limits": job.concurrency_limits,
        "notification": job.notification,
        "notify_user": job.notify_user,
        "user_job_wrapper": job.user_job_wrapper,
        "transfer_input_files": layout.macro("transfer_input_files"),
        "transfer_output_remaps": layout.macro("transfer_output_remaps"),
    }


def _with_quotes(layout: Layout) -> dict[str, str]:
    """ClassAd expressions, and the environment, which have quotes; an empty one says nothing."""
    job = layout.rule.job
    return {
        "environment": layout.macro("environment"),
        "requirements": requirements(job.requirements),
        "periodic_hold": _periodic_hold(job),
        "periodic_hold_reason": _hold_reason(job),
        "periodic_remove": job.periodicremove,
        "on_exit_hold": job.on_exit_hold,
        "on_exit_remove": job.on_exit_remove,
    }


def _periodic_hold(job: JobSection) -> str:
    """When the schedd holds a job: as the rule says, and when a node gave the job up, if the rule does not let it restart."""
    if job.on_evict == "restart":
        return job.periodichold
    return f"({job.periodichold}) || ({_EVICTED})" if job.periodichold else _EVICTED


def _hold_reason(job: JobSection) -> str:
    """The reason of such a hold; HTCondor writes its own where the rule's expression holds the job."""
    return f'ifThenElse({_EVICTED}, "{EVICTED}", undefined)' if job.on_evict == "hold" else ""


def render_context(
    layout: Layout,
    items: Items,
    claim: str,
    items_file: str,
    commands: Mapping[str, str | int] | None = None,
    hold: bool = False,
) -> dict[str, Any]:
    """All values for a submit template; `commands` are those that depend on the schedd."""
    rule, names = layout.rule, layout.rule.params.names
    return {
        "rule": rule,
        "tag": rule.outtriplet,
        "dataset": rule.booked_dataset,
        "batch_name": layout.batch_name,
        "executable": rule.path(rule.job.script),
        "optional": {key: value for key, value in _optional(layout).items() if value != ""},
        "expressions": {key: value for key, value in _with_quotes(layout).items() if value},
        "places": {key: layout.macro(key) for key in ("arguments", "log", "output", "error", "initialdir")},
        "macros": {
            "dsttype": names.dsttype.format_map(layout.macros) if names is not None else layout.macros["leafdir"],
            "segment": layout.formats["outseg"].format_map(layout.macros),
        },
        "attributes": ATTRIBUTES,
        "items": items,
        "items_file": items_file,
        "claim": claim,
        "commands": commands or {},
        "hold": hold,
        "outputs": layout.outputs_per_job,
        "mask": layout.masked,
    }
