"""Scouts against limits and an earlier tag: one measure that says stop stops all."""

from dataclasses import replace
from typing import Any

import pytest

from prodcli.config.profile import site_from_mapping
from prodcli.rules.layout import Job, Layout
from prodcli.scouts.comparison import Comparison, Measured, Verdict
from prodcli.scouts.scout_rule import number_of, scout_of
from tests.support.library_rules import load, profile

WHOLE = Measured(
    jobs=10, finished=10, memory_mb=1500, disk_kb=1000, wall=900.0, events_in=1000, events_out=1000, cpu=2000.0,
    wall_of_events=2500.0, bytes_out=5_000_000,
)  # fmt: skip
EARLIER = replace(
    WHOLE, jobs=500, finished=500, events_in=500_000, events_out=500_000, cpu=1e6, bytes_out=2_500_000_000
)


def comparison(scouts: Measured, earlier: Measured = EARLIER, **job: Any) -> Comparison:
    """Scouts of a rule for 1,000 events, with a ladder up to 3 GB."""
    rule = load("cluster", job_request_memory="2 GB, 3 GB", job_neventsper=1000, **job)
    return Comparison(
        rule, f"scout1-{rule.outtriplet}", scouts, "ana500_2024p001_v001" if earlier.jobs else "", earlier
    )


def verdicts(found: Comparison) -> dict[str, Verdict]:
    return {one.name: one.verdict for one in found.measures}


def test_all_well_is_go() -> None:
    found = comparison(WHOLE, job_max_runtime=3600)
    assert set(verdicts(found).values()) == {Verdict.GO}
    assert found.verdict is Verdict.GO


@pytest.mark.parametrize(
    ("changed", "measure"),
    [
        ({"finished": 8, "failed": 2}, "failed"),
        ({"memory_mb": 3073}, "peak memory"),
        ({"disk_kb": 10**9}, "disk"),
        ({"cpu": 3100.0}, "CPU per event"),
        ({"bytes_out": 8_000_000}, "size per event"),
        ({"bytes_out": 3_000_000}, "size per event"),
        ({"wall_of_events": 5000.0}, "wall time of a whole job"),
        ({"events_in": 1200}, "events made per event read"),
    ],
)
def test_each_measure_alone_stops(changed: dict[str, Any], measure: str) -> None:
    found = comparison(replace(WHOLE, **changed), job_max_runtime=3600)
    assert [name for name, verdict in verdicts(found).items() if verdict is Verdict.STOP] == [measure]
    assert found.verdict is Verdict.STOP


def test_open_scouts_and_no_scouts_are_waited_for() -> None:
    assert comparison(replace(WHOLE, finished=9)).verdict is Verdict.WAIT
    assert comparison(Measured()).verdict is Verdict.WAIT
    assert comparison(replace(WHOLE, finished=5, memory_mb=9000)).verdict is Verdict.STOP


def test_what_nobody_reported_or_limits_is_unknown_and_stops_nothing() -> None:
    found = comparison(Measured(jobs=3, finished=3), Measured())
    assert set(verdicts(found).values()) == {Verdict.GO, Verdict.UNKNOWN}
    assert verdicts(found)["failed"] is Verdict.GO
    assert found.verdict is Verdict.GO


def test_scouts_have_another_name_for_all_that_they_write() -> None:
    rule = load("cluster")
    scouts = scout_of(rule, 2)
    assert (scouts.name, scouts.outtriplet) == (f"scout2-{rule.name}", f"scout2-{rule.outtriplet}")
    job = Job(66456, 3, 1, 1000)
    ours, theirs = Layout(rule), Layout(scouts)
    assert theirs.filename(job) == ours.filename(job).replace(rule.outtriplet, scouts.outtriplet)
    for key in ("outbase", "logbase", "output", "error", "log"):
        path = theirs.value(key, theirs.fields(job))
        assert scouts.outtriplet in path
        assert path != ours.value(key, ours.fields(job))
    assert theirs.batch_name != ours.batch_name


def test_scouts_are_told_by_the_number_before_their_tag() -> None:
    tag = "ana537_2025p010_v001"
    assert [number_of(one, tag) for one in (f"scout1-{tag}", f"scout12-{tag}", tag)] == [1, 12, 0]
    assert [number_of(one, tag) for one in (f"scout0-{tag}", f"scout1-{tag}0", "scout1-", f"xscout1-{tag}")] == [0] * 4


def test_a_site_has_limits_of_its_own() -> None:
    scouts = {"failed": 0, "cpu": 1.2, "size": "1.1", "kept": 1}
    site = site_from_mapping("mine", profile() | {"scouts": scouts})
    measured = replace(WHOLE, finished=99, failed=1, cpu=2500.0, bytes_out=5_600_000, events_in=1001)
    rule = load("cluster", job_request_memory="2 GB, 3 GB", job_neventsper=1000)
    for known, stops in (
        (rule.site, []),
        (site, ["failed", "CPU per event", "size per event", "events made per event read"]),
    ):
        found = Comparison(replace(rule, site=known), f"scout1-{rule.outtriplet}", measured, "earlier", EARLIER)
        assert [name for name, verdict in verdicts(found).items() if verdict is Verdict.STOP] == stops
