"""The services that the jobs of a rule need, and what is wrong with them now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodcli.config.service_terms import ALL, ServiceTerms, WhenDown
from prodcli.errors import ProdError
from prodcli.services.booked import Outages, services_now
from prodcli.services.states import Outage, ServiceState, in_words

if TYPE_CHECKING:
    from prodcli.config.profile import Site
    from prodcli.db import Database
    from prodcli.rules.model import Rule

_SOON = 2 * 3600  # seconds before which maintenance is told


class ServiceDown(ProdError):
    """A service that the jobs need is down or in maintenance, and the site refuses submissions meanwhile."""


@dataclass(frozen=True, slots=True)
class Lack:
    """A service that is not up, or will not be soon; `refuses` if the site submits nothing meanwhile."""

    outage: Outage
    refuses: bool
    words: str


@dataclass(frozen=True, slots=True)
class NeedyJobs:
    """Jobs of a rule and dsttype, with the services that the rule says they need."""

    rule: str
    dsttype: str
    needs: Sequence[str] = ()


def needs_of(rule: Rule) -> list[str]:
    """The services that a rule or the site says the jobs of the rule need."""
    return needs_of_jobs(rule.site, [NeedyJobs(rule.name, rule.params.dsttype, rule.job.needs)])


def needs_of_jobs(site: Site, jobs: Iterable[NeedyJobs]) -> list[str]:
    """The services that jobs of some rules need, by their rules and by the site."""
    found: list[str] = []
    for one in jobs:
        names = {ALL, one.rule, one.dsttype}
        found += [*one.needs, *(name for name, terms in site.services.items() if terms.needed_by & names)]
    return list(dict.fromkeys(found))


def lacks_of(books: Database, site: Site, needs: list[str]) -> Iterator[Lack]:
    """What is wrong with some services now or soon; nothing is asked without needs. Raises DatabaseError."""
    if not needs:
        return
    now, found = services_now(books)
    for one in found:
        if one.service in needs and one.state != ServiceState.UP:
            outage = Outage(one.service, one.state, one.since, one.until, one.note)
            refuses = _refuses(site.services.get(one.service, ServiceTerms()), one.state)
            yield Lack(outage, refuses, in_words(outage, now))
    for planned in Outages(books).to_come(now, _SOON):
        if planned.service in needs:
            yield Lack(planned, False, in_words(planned, now))


def require_services(books: Database, rule: Rule) -> list[str]:
    """What is wrong with the services of a rule, in words; raises ServiceDown if the site refuses submissions because of it."""
    found = list(lacks_of(books, rule.site, needs_of(rule)))
    if refused := [one.words for one in found if one.refuses]:
        raise ServiceDown(
            "; ".join(refused), todo="nothing is submitted; prodcli services set NAME up, once that is true"
        )
    return [one.words for one in found]


def down_now(books: Database, rule: Rule) -> bool:
    """True if a service that a rule needs is down or in maintenance now."""
    needs = needs_of(rule)
    states = (ServiceState.DOWN, ServiceState.MAINTENANCE)
    return bool(needs) and any(one.service in needs and one.state in states for one in services_now(books)[1])


def _refuses(terms: ServiceTerms, state: str) -> bool:
    return terms.when_down is WhenDown.REFUSE and state != ServiceState.DEGRADED
