"""What the logs of services say of the minutes in which failures met their outages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

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
