"""A rule whose jobs write elsewhere, under other names, so that nothing of theirs is ever taken for production.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from prodcli.batch.description import ATTRIBUTES
from prodcli.config.profile import DIRECTORIES
from prodcli.rules.model import Filesystem, Names, Rule

MARK = "debug-"  # before the names of outputs and logs; no spider takes them
BATCH = "debug."  # before the batch name: limits of the queue do not count such jobs


def elsewhere(rule: Rule, folder: str, script: str, name: str) -> Rule:
    """The rule with all folders below one, another script, and a batch name; arguments and environment follow."""
    place = _escaped(folder)
    changed: dict[str, Any] = {
        "filesystem": Filesystem(**{kind: f"{place}/{kind}" for kind in DIRECTORIES}),
        "log": "{condor}/{logbase}.condor",
        "initialdir": "{logdir}",
        "script": script,
        "batch_name": name,
        "transfer_input_files": _with_script(rule),
    }
    return replace(
        rule,
        site=replace(rule.site, relocate=False, batch_name_prefix=BATCH),
        params=rule.params.model_copy(update={"names": _names(rule)}),
        job=rule.job.model_copy(update=changed),
    )


def _with_script(rule: Rule) -> str:
    """The files that come with the job; where any do, the script comes, too, as the node may see no other files."""
    own = rule.job.transfer_input_files
    return f"{own},{_escaped(rule.path(rule.job.script))}" if own else ""


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _names(rule: Rule) -> Names:
    """The names of outputs and logs, with a mark before them."""
    own = rule.params.names
    if own is not None:
        return own.model_copy(update={"outbase": MARK + own.outbase, "logbase": MARK + own.logbase})
    return Names(
        tag=rule.outtriplet,
        leafdir="{leafdir}",
        dsttype="{leafdir}",
        dataset=rule.booked_dataset,
        outbase=MARK + "{leafdir}_{dataset}_{outtriplet}",
        logbase=MARK + "{leafdir}_{dataset}_{outtriplet}-{run8}-{outseg5}",
    )


def without_row(description: str) -> str:
    """A description without the attributes by which a harvest knows jobs: the job has no row in the books."""
    ours = {f"my.{name}".casefold() for name in ATTRIBUTES.values()}
    lines = description.splitlines(keepends=True)
    return "".join(line for line in lines if line.partition("=")[0].strip().casefold() not in ours)


def still_named(text: str, roots: Iterable[str], own: Iterable[str]) -> list[str]:
    """The roots of production's outputs that a text names, other than in paths below our own folders."""
    for folder in own:
        text = text.replace(f"{folder}/", "")
    return [root for root in dict.fromkeys(roots) if root and f"{root}/" in text]
