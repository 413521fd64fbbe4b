"""The rule of scouts: the same jobs under another name, so that nothing of theirs is taken for production.

Pure: data in, data out.
"""

from __future__ import annotations

import re
from dataclasses import replace

from prodcli.rules.model import Rule

_MARK = re.compile(r"scout([1-9][0-9]{0,8})-")  # before the tag, the name of the rule, and names of a rule's own


def scout_of(rule: Rule, number: int) -> Rule:
    """The rule under the name and tag of its scouts, the first, second ... time; paths, outputs, logs and batch name follow."""
    mark, params, own = f"scout{number}-", rule.params, rule.params.names
    if own is not None:
        marked = own.model_copy(update={"outbase": mark + own.outbase, "logbase": mark + own.logbase})
        params = params.model_copy(update={"names": marked})
    return replace(rule, name=mark + rule.name, mark=mark, params=params)


def number_of(scout_tag: str, tag: str) -> int:
    """The number in a tag of scouts of a tag; 0 for any other tag."""
    mark = _MARK.match(scout_tag)
    return int(mark[1]) if mark and scout_tag == mark[0] + tag else 0
