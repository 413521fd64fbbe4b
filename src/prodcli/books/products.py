"""What jobs of the books make: each product, a dsttype with a dataset and a tag, has one number of outputs per job.

A job is known by its first output. Jobs of one product with different numbers would write the same files.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from prodcli.errors import RuleError

if TYPE_CHECKING:
    from prodcli.db import Transaction
    from prodcli.rules.model import Rule


def require_same_outputs(tx: Transaction, rule: Rule) -> None:
    """Raise RuleError if jobs of the rule's product in the books make another number of outputs each."""
    other = tx.one("other_outputs_per_job", rule=rule.name, **_product(rule))
    if other is None:
        return
    says = f"job.outputs_per_job is {rule.outputs_per_job}, and jobs of {rule.outtriplet} in the books make {other[0]} each"
    todo = f"say {other[0]}, take another version, or erase those jobs by prodcli erase --runs without --segments"
    raise RuleError(says, where=f"{rule.file}: rule {rule.name}", todo=todo)


def note_product(tx: Transaction, claim_id: str, rule: Rule) -> None:
    """Note what the jobs of a claim make."""
    tx.run("note_what_jobs_make", claim=claim_id, **_product(rule))


def _product(rule: Rule) -> dict[str, object]:
    return {**asdict(rule.product), "outputs_per_job": rule.outputs_per_job}
