"""What a steering file would do here and now: each of its rules, with what is wrong with it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from prodcli.config.profile import Site
from prodcli.errors import ProdError, UsageError
from prodcli.rules.load import check_one
from prodcli.rules.model import Rule
from prodcli.rules.required_files import lacks
from prodcli.runs.selection import parse_runlist
from prodcli.steering.steered_rule import SteeredRule, Steering
from prodcli.text_files import read_text, why_unreadable

_LINE = re.compile(r" \(line (\d+)\)")


@dataclass(frozen=True)
class SteeredOutlook:
    """A rule of a host, as its rule file has it now; without `rule` a pass ends at the first of the errors."""

    host: str
    steered: SteeredRule
    rule: Rule | None
    errors: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class SteerFinding:
    """A finding in a steering file, with its place: `file:line`."""

    where: str
    host: str
    rule: str
    kind: str
    what: str


def outlooks(steering: Steering, site: Site) -> list[SteeredOutlook]:
    """Each rule of a host, as its rule file has it now."""
    return [_outlook(steering.host, steered, site) for steered in steering.rules]


def _outlook(host: str, steered: SteeredRule, site: Site) -> SteeredOutlook:
    errors = list(_runlist_fault(steered))
    try:
        checked = check_one(steered.config, steered.name, site, lenient=True, overrides=steered.overrides)
    except ProdError as failure:
        return SteeredOutlook(host, steered, None, (str(failure), *errors), ())
    errors += [f"{steered.config}: {error}" for error in checked.errors]
    if checked.rule is not None and steered.submit:
        errors += [f"{steered.config}: {problem}" for problem in lacks(checked.rule)]
    return SteeredOutlook(host, steered, checked.rule, tuple(errors), checked.warnings)


def _runlist_fault(steered: SteeredRule) -> Iterator[str]:
    """One line for a run list that a pass could not read."""
    if steered.runlist is None:
        return
    try:
        parse_runlist(read_text(steered.runlist), str(steered.runlist))
    except (OSError, UnicodeDecodeError) as failure:
        yield f"{steered.runlist}: the run list cannot be read: {why_unreadable(failure)}"
    except UsageError as failure:
        yield str(failure)


def findings(steering: Steering, site: Site) -> Iterator[SteerFinding]:
    """What is wrong with a file for a host, and what is odd."""
    file, host = steering.file, steering.host
    for kind, texts in (("error", steering.problems), ("warning", steering.warnings)):
        for text in texts:
            rule, _, what = text.partition(": ")
            line = _LINE.search(what)
            where = f"{file}:{line[1]}" if line else str(file)
            yield SteerFinding(where, host, rule, kind, _LINE.sub("", what))
    for one in outlooks(steering, site):
        where = f"{file}:{one.steered.line}" if one.steered.line else str(file)
        for kind, texts in (("error", one.errors), ("warning", one.warnings)):
            for text in texts:
                yield SteerFinding(where, host, one.steered.name, kind, text)
