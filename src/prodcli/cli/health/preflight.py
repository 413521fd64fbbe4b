"""prodcli preflight."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import typer

from prodcli.cli import options
from prodcli.cli.context import Session, current

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from prodcli.health.checked import Check
    from prodcli.rules.model import Rule

EXAMPLE = "Example: prodcli preflight -c rules.yaml -r Full_TRKR_CLUSTER"


def preflight(
    context: typer.Context,
    config: options.AnyRuleFile = None,
    rule: options.RuleName = None,
    lenient: options.Lenient = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Check in one table whether submissions can go.

    Services, databases, schedds, disks, quota and kit; with a rule file also the services that the rule needs, and its
    payload. Exit code 0: ready; else that of the first problem.
    """
    from prodcli.cli.health.demand import preflight_of
    from prodcli.cli.setup.checks import show_found
    from prodcli.rules.load import load_rule

    session = current(context)
    checks = preflight_of(session)
    if config is None:
        found = checks.checks()
    else:
        chosen = load_rule(config, rule, session.site, lenient=lenient)
        found = checks.checks(chosen, _refusals(session, chosen))
    show_found(session, found, style, _verdict(found))


def _refusals(session: Session, rule: Rule) -> Iterator[str]:
    """Why the site refuses the payload of a rule; a script that is not there is told elsewhere."""
    from prodcli.cli.provenance.keeping import keeper_of
    from prodcli.errors import RuleError
    from prodcli.rules.job_script import with_script

    try:
        whole = with_script(rule)
    except RuleError:
        return
    yield from keeper_of(session).refusals(whole)


def _verdict(found: Sequence[Check]) -> str:
    """`ready: 12 ok, 1 slow`, or `not ready: database raw`."""
    if wrong := [one.what for one in found if one.problem]:
        return f"not ready: {', '.join(wrong)}"
    counts = Counter(one.word for one in found)
    return f"ready: {', '.join(f'{count} {word}' for word, count in counts.most_common())}"
