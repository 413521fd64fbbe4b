"""Which campaigns a curator means: tags, and the production types of those that have several.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from prodcli.errors import UsageError
from prodcli.names import did_you_mean

if TYPE_CHECKING:
    from prodcli.campaigns.overview import Campaign

ALL = "all"  # production types


def chosen(found: Sequence[Campaign], tags: Iterable[str], production_type: str = "") -> list[Campaign]:
    """The campaigns of some tags, of one production type, or of ALL.

    Raises UsageError for a tag without a campaign, and without a type for a tag that has several.
    """
    return [one for tag in dict.fromkeys(tags) for one in _of_tag(found, tag, production_type)]


def _of_tag(found: Sequence[Campaign], tag: str, production_type: str) -> list[Campaign]:
    of_tag = [one for one in found if one.tag == tag]
    types = ", ".join(one.production_type for one in of_tag)
    if not of_tag:
        hint = did_you_mean(tag, {one.tag for one in found}) if found else ""
        raise UsageError(f"no campaign has the tag {tag!r}{hint}", todo="prodcli campaign list shows all of them")
    if not production_type and len(of_tag) > 1:
        raise UsageError(f"tag {tag} has the campaigns {types}", where="--type", todo=f"say one of them, or {ALL}")
    of_type = [one for one in of_tag if production_type in ("", ALL, one.production_type)]
    if not of_type:
        raise UsageError(f"tag {tag} has no campaign {production_type!r:.60}, only {types}", where="--type")
    return of_type
