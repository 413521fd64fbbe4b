"""What a pass over rules needs, by the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from prodcli.automation.pass_watch import PassWatch
    from prodcli.automation.rule_steps import RuleResources
    from prodcli.cli.context import Session
    from prodcli.rules.model import Rule
    from prodcli.runs.selection import RunSelection
    from prodcli.steering.steered_rule import SteeredRule

    Load = Callable[[SteeredRule], Rule]
    Lock = Callable[[SteeredRule], AbstractContextManager[None]]


def rule_resources(
    session: Session,
    lock: Lock,
    reason: str,
    load: Load | None = None,
    preflight: bool = False,
    *,
    by_hand: bool = False,
    looks_only: bool = False,
) -> RuleResources:
    """The databases, the batch system and the rule files of the session; `reason` is that of actions in the log.

    With `preflight` nothing is submitted without a preflight; the site may demand one, too, of people (`by_hand`) or of
    loops. What `looks_only` cannot write.
    """
    from prodcli.automation.rule_steps import RuleResources
    from prodcli.cli.books.harvest import harvest_of
    from prodcli.cli.health.demand import demanded
    from prodcli.cli.recovery.recovery_session import author_of, recovery_of
    from prodcli.cli.submission.pass_options import pass_resources
    from prodcli.config.service_terms import Demands

    demands = Demands.SUBMIT if by_hand else Demands.LOOP
    return RuleResources(
        outside=pass_resources(session, looks_only, demanded(session, preflight, demands)),
        filecatalog=session.catalog("filecatalog", read_only=looks_only),
        recovery=recovery_of(session, looks_only),
        author=author_of(reason),
        harvest=lambda: harvest_of(session),
        load=load or (lambda steered: rule_of(session, steered)),
        runs_of=lambda steered, rule: _runs_of(session, steered, rule),
        lock=lock,
        most=session.config.max_memory,
    )


def rule_of(session: Session, steered: SteeredRule, written: Path | None = None) -> Rule:
    """The rule that steering names, with the values of steering; raises RuleError.

    `written` is where the text of the rule file stands, if that is another file.
    """
    from prodcli.rules.load import load_rule

    overrides = steered.overrides
    return load_rule(steered.config, steered.name, session.site, lenient=True, overrides=overrides, written=written)


def pass_watch(session: Session, file: Path, say: Callable[[str], None], but: Sequence[str] = ()) -> PassWatch:
    """What watches over a pass of a file; `but` are loops that know that they are alive."""
    from prodcli.automation.notices import Notifier
    from prodcli.automation.pass_watch import PassWatch
    from prodcli.config.notice_command import notice_command

    config, books = session.config, session.database("production")
    notifier = Notifier(books, notice_command(config), config.get("notices.timeout"))
    return PassWatch(books, str(file), notifier, say, config.get("notices.failure_percent"), but, config.site.quality)


def _runs_of(session: Session, steered: SteeredRule, rule: Rule) -> RunSelection:
    """The runs of a steered rule; raises UsageError for a run list that cannot be read."""
    from prodcli.cli.run_options import read_selection

    if steered.runs is not None:
        return steered.runs
    return read_selection(session, list(steered.run_words), steered.runlist, rule=rule)
