"""Preflight: is everything there that a submission needs? Services, databases, schedds, disks, quota, payload, kit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from prodcli.errors import ProdError, RuleError, one_line
from prodcli.health.checked import Check, tried
from prodcli.health.config_check import check_all
from prodcli.rules.kit import kit_folder, read_kit
from prodcli.rules.required_files import lacks
from prodcli.services.booked import services_now
from prodcli.services.needs import needs_of
from prodcli.services.site_commands import run_command
from prodcli.services.states import ServiceState, Spell, in_words
from prodcli.sizes import counted

if TYPE_CHECKING:
    from prodcli.batch import Batch
    from prodcli.config.profile import Site
    from prodcli.config.settings import Config
    from prodcli.db import Database
    from prodcli.rules.model import Rule


class NotReady(ProdError):
    """A preflight has found a problem: nothing is submitted."""


@dataclass(frozen=True)
class Preflight:
    """The checks of a site, made once, and those of rules."""

    config: Config
    batch: Callable[[], Batch]
    books: Database

    def checks(self, rule: Rule | None = None, refusals: Iterable[str] = ()) -> list[Check]:
        """The checks for a rule, or for the site alone; `refusals` says why the site refuses the payload of the rule."""
        return [*self._service_checks(rule), *self._of_site, *([] if rule is None else [_payload(rule, refusals)])]

    def require(self, rule: Rule) -> None:
        """Raise NotReady, with the exit code of the first problem, unless the jobs of a rule can be submitted."""
        require_ready(self.checks(rule))

    @cached_property
    def _of_site(self) -> list[Check]:
        kit = tried("kit", lambda: _kit(self.config.site))
        return [*check_all(self.config, self.batch), self._quota(), kit]

    def _service_checks(self, rule: Rule | None) -> list[Check]:
        """The services that the rule needs, or all of the site and the books; without books that answer, none."""
        try:
            now, found = services_now(self.books)
        except ProdError:
            return []  # the check of the database says why
        known = {one.service: one for one in found}
        names = needs_of(rule) if rule is not None else sorted({*known, *self.config.site.services})
        return [_service_check(name, known.get(name), now) for name in names]

    def _quota(self) -> Check:
        words, site = self.config.site.quota, self.config.site
        if not words:
            return Check("quota", detail="site.quota names no command", absent=True)
        answer = run_command(words, site.folder)
        line = one_line(next((text for text in answer.text.splitlines() if text.strip()), ""))
        if answer.code == 0:
            return Check("quota", detail=line or "there is room")
        problem = line or (f"exit code {answer.code}" if answer.code is not None else "")
        return Check(
            "quota", problem or f"{words[0]} does not end", exit_code=1, todo="prodcli usage shows what takes the space"
        )


def require_ready(checks: Iterable[Check]) -> None:
    """Raise NotReady, with the exit code of the first problem, if a check has one."""
    wrong = [one for one in checks if one.problem]
    if wrong:
        error = NotReady(
            "preflight: " + "; ".join(f"{one.what}: {one.problem}" for one in wrong), todo="prodcli preflight shows all"
        )
        error.exit_code = wrong[0].exit_code
        raise error


def _service_check(name: str, found: Spell | None, now: int) -> Check:
    what = f"service {name}"
    if found is None:
        return Check(what, detail="nothing is said of it", absent=True, todo=f"prodcli services set {name} up")
    words = in_words(found, now)
    if found.state in (ServiceState.UP, ServiceState.DEGRADED):
        return Check(what, detail=words, slow=found.state == ServiceState.DEGRADED)
    return Check(what, words, exit_code=1, todo=f"prodcli services set {name} up, once that is true")


def _payload(rule: Rule, refusals: Iterable[str]) -> Check:
    """Files that the jobs of a rule would not find, and why the site refuses them."""
    problem = "; ".join([*lacks(rule), *refusals])
    return Check("payload", problem, f"rule {rule.name}: {rule.job.script}", RuleError.exit_code if problem else 0)


def _kit(site: Site) -> str:
    """The kit of the site: the name of its content, and its folder; raises RuleError for a kit that cannot be read."""
    folder = kit_folder(site)
    try:
        kit = read_kit(folder)
    except (OSError, ValueError) as failure:
        raise RuleError(str(failure), where=str(folder)) from None
    return f"{kit.name}: {counted(len(kit.files), 'file')} of {folder}"
