"""The rule of scouts: the same jobs under another name, so that nothing of theirs is taken for production.

Pure: data in, data out.
"""

from __future__ import annotations

from dataclasses import replace

from prodcli.rules.model import Rule

MARK = "scout-"  # before the tag, the name of the rule, and names of a rule's own


def scout_of(rule: Rule) -> Rule:
    """The rule under the name and tag of its scouts; paths, outputs, logs and the batch name follow."""
    params, own = rule.params, rule.params.names
    if own is not None:
        marked = own.model_copy(update={"outbase": MARK + own.outbase, "logbase": MARK + own.logbase})
        params = params.model_copy(update={"names": marked})
    return replace(rule, name=MARK + rule.name, mark=MARK, params=params)
