"""The outages in which failures began, and what the logs of the services say of these minutes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from prodcli.cli.context import Session
    from prodcli.config.profile import Site
    from prodcli.diagnosis.outages_met import OutageMet
    from prodcli.services.states import Outage

_MOST = 3  # commands of the site in a look
_MINUTES = 5 * 60  # seconds of a log after the first failure


def service_logs(site: Site, met: Sequence[tuple[int, OutageMet]]) -> dict[int, str]:
    """The lines of the log by a key, such as a signature, for a few outages of services that have a command for it.

    Outages that explain failures come first; each is asked about once.
    """
    from prodcli.services.service_log import log_lines

    found: dict[int, str] = {}
    asked: set[Outage] = set()
    for key, one in sorted(met, key=lambda pair: not pair[1].explains):
        terms = site.services.get(one.outage.service)
        if terms is None or not terms.log or one.outage in asked or key in found or len(asked) == _MOST:
            continue
        asked.add(one.outage)
        lines = log_lines(site, one.outage.service, one.first, min(one.last, one.first + _MINUTES))
        if lines:
            found[key] = f"log of {one.outage.service}: {' | '.join(lines)}"
    return found


def outage_lines(session: Session, times: Mapping[int, Sequence[int]]) -> dict[int, list[str]]:
    """What is known of outages in which failures began, by a key, in lines; `times` has when the failures of each key did."""
    from prodcli.diagnosis.outages_met import outages_of_times
    from prodcli.services.booked import Outages

    every = [one for begun in times.values() for one in begun]
    if not every:
        return {}
    books, now = session.database("production_read", read_only=True), int(time.time())
    outages = Outages(books).between(min(every), max(every) + 1)
    met = {key: outages_of_times(begun, outages, now) for key, begun in times.items()} if outages else {}
    logs = service_logs(session.site, [(key, one) for key, found in met.items() for one in found[:1]])
    return {
        key: [*(one.words + _whether_over(one) for one in found), *([logs[key]] if key in logs else [])]
        for key, found in met.items()
    }


def _whether_over(one: OutageMet) -> str:
    """What an outage means for a retry."""
    return "; it is over" if one.over else f"; wait until {one.outage.service} is up"
