"""What applying a row of `prodcli rescue` does: the same as the verb that one would type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from prodcli import deeds
from prodcli.cli.choosing import Doing, Plan, held
from prodcli.cli.rescue_table import what
from prodcli.proposals import Action

if TYPE_CHECKING:
    from prodcli.more_memory import Raise
    from prodcli.targets import TargetJob
    from prodcli.trouble import Wrong


def doing_for(wrong: Wrong, more: Raise) -> Doing:
    """What is done about jobs with one signature."""
    said = {"rescue": f"{what(wrong)}: {wrong.signature.text}".rstrip(": ")}

    def as_they_are(jobs: Sequence[TargetJob]) -> Plan:
        return replace(held(jobs, user_holds=False), parameters=said)

    def with_more(jobs: Sequence[TargetJob]) -> Plan:
        from prodcli.more_memory import raise_memory, told

        found, left = raise_memory(jobs, more)
        return Plan(found, Counter(left), said, told(found, more))

    if wrong.action is Action.MEMORY:
        return Doing("resubmit", with_more, deeds.raise_and_release)
    return Doing("release", as_they_are, deeds.release)
