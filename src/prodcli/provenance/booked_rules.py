"""The rules of a tag as their jobs were last submitted, read from the books."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from prodcli.errors import RuleError
from prodcli.provenance.stored import Records
from prodcli.rules.load import rule_in_text

if TYPE_CHECKING:
    from prodcli.config.profile import Site
    from prodcli.db import Database
    from prodcli.rules.model import Product, Rule


def booked_rules(books: Database, tag: str, site: Site) -> dict[Product, Rule]:
    """The rules of a tag by what they make; a rule that is not in order any more is left out.

    Raises DatabaseError if the books cannot be read.
    """
    records = Records(books)
    made = records.get([one.provenance for one in records.newest_of_tag(tag) if one.provenance])
    texts = records.texts([one.resolved for one in made.values()])
    found = {}
    for one in made.values():
        text = texts.get(one.resolved or "")
        try:
            rule = rule_in_text(text, Path(one.rule_file), one.rule, site) if text else None
        except RuleError:
            continue
        if rule is not None:
            found[rule.product] = rule
    return found
