"""`diagnose` on generated books: each figure equals what is counted by hand."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from prodcli.books.filters import Filters
from prodcli.diagnosis import diagnose as module
from prodcli.diagnosis.book_failures import book_failures
from prodcli.diagnosis.diagnose import Diagnosis, diagnose
from prodcli.diagnosis.failure_question import FailureQuestion
from prodcli.diagnosis.retries import Retries
from prodcli.error_catalog.catalog import ErrorCatalog
from prodcli.runs.selection import RunSelection
from prodcli.services.booked import set_states
from prodcli.services.states import Spell
from tests.integration.services.test_services_verb import program
from tests.support.catalog import Catalog
from tests.support.generated_failures import (
    BAD_SITE,
    BEGIN,
    HOLE,
    OLD_CPU,
    FinishedJob,
    GeneratedFailures,
    PlantedFailure,
    generated_failures,
    of_cause,
    write_failures,
)
from tests.support.workspace import Workspace

JOBS = 1200
SEEDS = (1, 2, 3)
NONE = ErrorCatalog(())
DAY = 86_400
MIDDLE = BEGIN + DAY // 2


@dataclass(frozen=True)
class Case:
    """A question, and whether a failure or a finished job belongs to its answer."""

    question: FailureQuestion
    chosen: Callable[[PlantedFailure], bool] = lambda _: True
    compared: Callable[[FinishedJob], bool] = lambda _: True


CASES = {
    "all": Case(FailureQuestion()),
    "tag": Case(
        FailureQuestion(Filters(tags=["ana541_y_v002"])),
        lambda one: one.tag == "ana541_y_v002",
        lambda one: one.tag == "ana541_y_v002",
    ),
    "rule": Case(
        FailureQuestion(Filters(rules=["SEED", "CALO"])),
        lambda one: one.rule in ("SEED", "CALO"),
        lambda one: one.rule in ("SEED", "CALO"),
    ),
    "runs": Case(
        FailureQuestion(Filters(runs=RunSelection([(66_460, 66_470)], []))),
        lambda one: 66_460 <= one.run <= 66_470,
        lambda one: 66_460 <= one.run <= 66_470,
    ),
    "since": Case(
        FailureQuestion(Filters(since=MIDDLE)), lambda one: one.entered >= MIDDLE, lambda one: one.ended >= MIDDLE
    ),
    "until": Case(FailureQuestion(until=MIDDLE), lambda one: one.entered < MIDDLE, lambda one: one.ended < MIDDLE),
    "tag and time": Case(
        FailureQuestion(Filters(tags=["ana537_x_v001"], since=BEGIN + 7_200), until=MIDDLE),
        lambda one: one.tag == "ana537_x_v001" and BEGIN + 7_200 <= one.entered < MIDDLE,
        lambda one: one.tag == "ana537_x_v001" and BEGIN + 7_200 <= one.ended < MIDDLE,
    ),
    "dsttype": Case(
        FailureQuestion(Filters(dsttypes=["DST_CALO"])), lambda one: one.rule == "CALO", lambda one: one.rule == "CALO"
    ),
    "node": Case(FailureQuestion(nodes=["Spool0007", "spool0011"]), lambda one: one.node in (HOLE, "spool0011")),
    "dbid": Case(FailureQuestion(dbids=range(100, 200)), lambda one: 100 <= one.dbid < 200),
    "nothing": Case(FailureQuestion(Filters(tags=["none"])), lambda _: False, lambda _: False),
}


@pytest.fixture(params=SEEDS[:1])
def made(workspace: Workspace, tmp_path: Path, request: pytest.FixtureRequest) -> GeneratedFailures:
    """Generated books whose failures are written."""
    workspace.load(Catalog())
    found = generated_failures(request.param, JOBS, tmp_path)
    write_failures(workspace, found)
    book_failures(workspace.database(), NONE)
    return found


@pytest.mark.parametrize("made", SEEDS, indirect=True)
def test_each_figure_is_what_is_counted_by_hand(
    workspace: Workspace, made: GeneratedFailures, monkeypatch: pytest.MonkeyPatch
) -> None:
    for compared in (module.COMPARED, 700):
        monkeypatch.setattr(module, "COMPARED", compared)
        for name, case in CASES.items():
            answer = diagnose(workspace.database(), case.question, NONE)
            failures = [one for one in made.failures if case.chosen(one)]
            check(answer, failures, [one for one in made.finished if case.compared(one)], compared, name)
            assert_retries(answer, made, name)


def check(
    answer: Diagnosis, failures: Sequence[PlantedFailure], finished: Sequence[FinishedJob], compared: int, name: str
) -> None:
    """Compare every figure of an answer with the planted failures."""
    expected = {cause[:3]: members for cause, members in of_cause(failures)}
    found = {(one.count.state, one.count.code, one.count.text): one for one in answer.lines}
    assert set(found) == set(expected), name
    assert answer.failures == len(failures), name
    first, last = min((one.dbid for one in failures), default=0), max((one.dbid for one in failures), default=0)
    step = math.ceil((last - first + 1) / compared) | 1
    alike = [one for one in finished if first <= one.dbid <= last and (one.dbid - first) % step == 0]
    assert answer.compared == (len(alike) if failures else 0), name
    tests = sum(len(values(members, attribute)) for members in expected.values() for attribute in VALUES)
    for key, line in found.items():
        members, count = expected[key], line.count
        assert count.failures == len(members), (name, key)
        times = [one.entered for one in members]
        assert (count.first, count.last) == (min(times), max(times)), (name, key)
        assert line.nodes == len({one.node for one in members}), (name, key)
        newest = sorted(members, key=lambda one: (one.entered, one.dbid, one.attempt, one.step), reverse=True)[:3]
        assert list(line.examples) == list(dict.fromkeys(one.dbid for one in newest)), (name, key)
        seen = {
            (one.attribute, one.value): (one.failures, one.of, one.finished, one.finished_of, round(one.log_odds, 6))
            for one in line.outs
        }
        assert seen == standing_out(members, alike, tests), (name, key)


def assert_retries(answer: Diagnosis, made: GeneratedFailures, name: str) -> None:
    """Retries count whatever jobs met the cause, also those that failed where they had been held."""
    failures = [*made.failures, *made.held_before]
    for line in answer.lines:
        key = (line.count.state, line.count.code, line.count.text)
        alike = [one for one in failures if one.cause[:3] == key]
        expected = Retries(sum(one.retried for one in alike), sum(one.won for one in alike))
        assert line.retries == expected, (name, key)


VALUES: dict[str, Callable[[PlantedFailure], str | None]] = {
    "node": lambda one: one.node,
    "site": lambda one: one.site,
    "cpu_model": lambda one: one.cpu_model,
    "hour": lambda one: str(one.entered % DAY // 3600),
}
USUAL: dict[str, Callable[[FinishedJob], str | None]] = {
    "node": lambda one: one.node,
    "site": lambda one: one.site,
    "cpu_model": lambda one: one.cpu_model,
    "hour": lambda one: str(one.ended % DAY // 3600),
}


def values(members: Sequence[PlantedFailure], attribute: str) -> Counter[str]:
    """The known values of failures."""
    return Counter(value for one in members if (value := VALUES[attribute](one)) is not None)


def standing_out(
    members: Sequence[PlantedFailure], finished: Sequence[FinishedJob], tests: int
) -> dict[tuple[str, str], tuple[int, int, int, int, float]]:
    """What stands out, by whole numbers and fractions; facilities and CPU models apart from nodes that do."""
    rules = {one.rule for one in members}
    outs: dict[tuple[str, str], tuple[int, int, int, int, float]] = {}
    for attribute, value_of in USUAL.items():
        bad = {value for name, value in outs if name == "node"} if attribute in ("site", "cpu_model") else set()
        alike = [one for one in finished if one.rule in rules and one.node not in bad]
        usual = Counter(value for one in alike if (value := value_of(one)) is not None)
        counts = values([one for one in members if one.node not in bad], attribute)
        n, m = counts.total(), usual.total()
        for value, k in counts.items():
            if not m or k < max(5, len(members) / 10) or Fraction(k, n) < 2 * Fraction(usual[value], m):
                continue
            odds = fisher(k, n, usual[value], m)
            log_odds = min(0.0, math.log(odds.numerator) - math.log(odds.denominator) + math.log(tests))
            if log_odds <= math.log(0.001):
                outs[attribute, value] = (k, n, usual[value], m, round(log_odds, 6))
    return outs


def fisher(k: int, n: int, usual: int, m: int) -> Fraction:
    """The probability of k or more of n failures at a value that k + usual of n + m jobs have."""
    there = k + usual
    ways = sum(math.comb(n, i) * math.comb(m, there - i) for i in range(k, min(n, there) + 1))
    return Fraction(ways, math.comb(n + m, there))


def test_what_was_planted_stands_out(workspace: Workspace, made: GeneratedFailures) -> None:
    answer = diagnose(workspace.database(), FailureQuestion(), NONE)
    outs = {(line.count.code, line.count.text, one.attribute, one.value) for line in answer.lines for one in line.outs}
    assert ("13/2", "Transfer input files failure at PATH", "node", HOLE) in outs
    assert ("exit 2", "tower N lacks its error bars", "cpu_model", OLD_CPU) in outs
    assert ("exit 1", "Fatal: cannot reach the calibrations at HOST", "hour", "3") in outs
    assert not [value for *_, value in outs if value == BAD_SITE]
    faults = {line.verdict.fault for line in answer.lines if line.count.code == "13/2"}
    assert faults == {"the node"}


def test_failures_inside_outages_are_counted(workspace: Workspace, made: GeneratedFailures) -> None:
    """Each figure is what is counted by hand, of all failures and of those of a rule."""
    spans = [(BEGIN + 3 * 3600, BEGIN + 4 * 3600), (BEGIN + 3 * 3600 + 1800, BEGIN + 9 * 3600)]
    for service, (begin, end) in zip(("database", "lustre"), spans, strict=True):
        set_states(workspace.database(), [Spell(service, "down", begin, end)])
    for rules in (None, ["SEED"]):
        answer = diagnose(workspace.database(), FailureQuestion(Filters(rules=rules)), NONE)
        chosen = [one for one in made.failures if rules is None or one.rule in rules]
        for (state, code, text), members in {cause[:3]: each for cause, each in of_cause(chosen)}.items():
            (line,) = [
                one for one in answer.lines if (one.count.state, one.count.code, one.count.text) == (state, code, text)
            ]
            expected = {}
            for service, (begin, end) in zip(("database", "lustre"), spans, strict=True):
                times = [one.entered for one in members if begin <= one.entered < end]
                if times:
                    expected[service] = (len(times), len(members), min(times), max(times))
            assert {met.outage.service: (met.failures, met.of, met.first, met.last) for met in line.outages} == expected
            assert [met.over for met in line.outages] == [True for _ in expected]
    explained = {
        line.count.text: line.verdict.fault for line in answer.lines if line.outages and line.outages[0].explains
    }
    assert set(explained.values()) <= {"service database", "service lustre", "the node"}


def test_the_log_of_the_service_says_what_happened(workspace: Workspace, made: GeneratedFailures) -> None:
    (answer,) = [
        one for one in diagnose(workspace.database(), FailureQuestion(), NONE).lines if "calibrations" in one.count.text
    ]
    first = answer.count.first
    set_states(workspace.database(), [Spell("database", "down", first, answer.count.last + 1, "disk failure")])
    command = program(workspace.folder, "db-log", 'echo "$1 no space left"; echo "$2 restarted"')
    workspace.settings["site"] = {"services": {"database": {"log": command + " {since} {until}"}}}
    workspace.write()
    rows = workspace.json("diagnose", answer.count.id, "--since", "2000-01-01")
    (row,) = rows
    assert row["outages"].startswith(f"{answer.count.failures} of {answer.count.failures} inside database outage ")
    minute = datetime.fromtimestamp(first - 60, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert row["service_log"].startswith(f"log of database: {minute} no space left | ")
    assert row["service_log"].endswith(" restarted")
    assert "log of database: " in workspace.ok("diagnose", answer.count.id, "--since", "2000-01-01").out
