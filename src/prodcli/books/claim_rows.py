"""Rows of a claim: outputs of a rule, new or with a row, and rows whose jobs stay as they are.

Rows are written in the order of their file names, so that two passes never wait for each other in a circle.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import attrgetter

from prodcli.books.claimant import Claimant
from prodcli.books.claims import ClaimRequest, Seen
from prodcli.books.products import note_product, require_same_outputs
from prodcli.db import Transaction, chunks_of
from prodcli.rules.layout import Job, Layout
from prodcli.rules.model import Rule

_ROWS = 5_000  # rows per statement


@dataclass(frozen=True)
class OutputRows:
    """Outputs by file name: new rows; a `seen` row gets a new attempt, unless it has changed."""

    layout: Layout
    jobs: Mapping[str, Job]
    seen: Mapping[str, Seen] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.jobs)

    def put(self, tx: Transaction, claim_id: str, request: ClaimRequest, most: int) -> None:
        """Insert new rows, except rows of other claims; take seen rows.

        Raises RuleError if jobs of the product make another number of outputs.
        """
        require_same_outputs(tx, self.layout.rule)
        common = {"claim": claim_id, "schedd": request.schedd, **_common(self.layout, request.claimant)}
        tx.run("note_what_jobs_leave", claim=claim_id, **_left_by_jobs(self.layout.rule))
        rows = _booked(self.layout, dict(islice(self.jobs.items(), most)), self.seen)
        note_product(tx, claim_id, self.layout.rule)
        if self.layout.rule.generated:
            _expect_more(tx, rows, common)
        for chunk in chunks_of([row for row in rows if "id" not in row], _ROWS):
            tx.run("claim_new", rows=chunk, action=request.action, **common)
        for chunk in chunks_of([row for row in rows if "id" in row], _ROWS):
            _take(tx, claim_id, chunk, request.action)
            tx.run("claim_seen", rows=chunk, **common)


@dataclass(frozen=True)
class SeenRows:
    """Seen rows, for a submission that exists already: the columns of their jobs stay as they are."""

    seen: Sequence[Seen]

    def __len__(self) -> int:
        return len(self.seen)

    def put(self, tx: Transaction, claim_id: str, request: ClaimRequest, most: int) -> None:
        """Take the rows with a new attempt, unless they have changed."""
        ordered = sorted(self.seen[:most], key=attrgetter("filename"))
        for chunk in chunks_of([_seen_row(row) for row in ordered], _ROWS):
            _take(tx, claim_id, chunk, request.action)
        host = request.claimant.host_name
        tx.run("claim_as_it_was", claim=claim_id, schedd=request.schedd, submission_host=host)
        tx.run("note_what_jobs_made_before", claim=claim_id)
        tx.run("note_what_jobs_left_before", claim=claim_id)


def _left_by_jobs(rule: Rule) -> dict[str, object]:
    """What the jobs of a rule leave behind when they end, their limits, and how long they may show no sign of life before."""
    quiet = rule.job.stalled
    return {
        "reports": int(rule.site.reports),
        "registers": int(rule.registers_outputs),
        "quiet_cpu": quiet.cpu,
        "quiet_events": quiet.events,
        "quiet_output": quiet.output,
        "needs": json.dumps(list(rule.job.needs)),
        "quality": json.dumps({name: limit.written() for name, limit in rule.job.quality.items()}),
    }


def _expect_more(tx: Transaction, rows: Sequence[dict[str, object]], common: Mapping[str, object]) -> None:
    """Let earlier rows of the runs expect as many jobs as these: the rule says how many there are, and may say more by now."""
    keys = ("dsttype", "run", "eventsinrun", "maxjobsexpected")
    runs = list({row["run"]: {key: row[key] for key in keys} for row in rows}.values())
    for chunk in chunks_of(runs, _ROWS):
        tx.run("expect_more_jobs", rows=chunk, tag=common["tag"], dataset=common["dataset"])


def _take(tx: Transaction, claim_id: str, rows: Sequence[dict[str, object]], action: str) -> None:
    """Lock rows to claim again, and note their content; only noted rows are claimed."""
    tx.one("lock_rows", rows=rows)
    tx.run("note_taken", claim=claim_id, rows=rows, action=action)


def _seen_row(seen: Seen) -> dict[str, object]:
    return {
        "filename": seen.filename,
        "id": seen.dbid,
        "status": seen.status,
        "substatus": seen.substatus,
        "attempt": seen.attempt,
    }


def _booked(layout: Layout, jobs: Mapping[str, Job], seen: Mapping[str, Seen]) -> list[dict[str, object]]:
    """The columns that differ from row to row, sorted by file name."""
    rows: list[dict[str, object]] = []
    events_per_job = (layout.rule.job.neventsper or 0) * layout.outputs_per_job
    for filename in sorted(jobs):
        job = jobs[filename]
        fields = layout.fields(job)
        known = _seen_row(seen[filename]) if filename in seen else {"filename": filename}
        rows.append(
            {
                **known,
                "dsttype": layout.booked_dsttype(job),
                "run": job.run,
                "segment": layout.first_output(job.segment),
                "log": layout.value("log", fields),
                "stem": layout.value("output", fields).removesuffix(".out"),  # `error` differs from it in `.err` only
                "eventsinrun": job.eventsinrun,
                "maxjobsexpected": math.ceil(job.eventsinrun / (events_per_job or max(1, job.eventsinrun))),
            }
        )
    return rows


def _common(layout: Layout, claimant: Claimant) -> dict[str, object]:
    rule = layout.rule
    return {
        "rulename": rule.name,
        "tag": rule.outtriplet,
        "dataset": rule.booked_dataset,
        "submission_host": claimant.host_name,
        "intriplet": rule.intriplet if rule.tagged else "N/A",
        "indsttype_str": ",".join(layout.inputs),
        "mask": layout.masked or None,
        "xferslots": rule.job.request_xferslots,
        "request_memory": list(rule.job.request_memory),
        "request_disk": rule.job.request_disk,
        "request_cpus": rule.job.request_cpus,
        "neventsper": rule.job.neventsper,
        "outputs_per_job": layout.outputs_per_job,
    }
