"""Reports of jobs are read without trust in what wrote them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodcli.job_reports.report import MESSAGES, Message, Output, Phase, parse_report
from tests.support.job_reports import REPORT, report_text

NOON = 1_795_953_600  # 2026-11-29T12:00:00Z


def test_all_that_a_job_says_is_read() -> None:
    report = parse_report(report_text(5, 2), 5, 2)
    assert (report.dbid, report.attempt) == (5, 2)
    assert report.numbers["began"] == NOON
    assert report.numbers["ended"] == NOON + 600
    assert (report.numbers["user_cpu"], report.numbers["sys_cpu"], report.numbers["wall"]) == (500.5, 20.0, 600.25)
    assert (report.numbers["exit_code"], report.numbers["signal"], report.numbers["start"]) == (0, None, 1)
    assert (report.numbers["events_in"], report.numbers["disk_kb"]) == (1000, 3_000_000_000)
    assert report.machine == {**REPORT["machine"]}
    assert report.phases == [
        Phase("prep", NOON, 10.0, 1.5, 0.5, 1000),
        Phase("run", NOON + 10, 580.5, 499.0, 19.5, None),
    ]
    assert report.messages == [
        Message(NOON + 300, "warning", "few hits"),
        Message(NOON + 360, "error", "the magnet tripped"),
    ]
    assert report.outputs[1] == Output("HIST_*.root", None, None, None, None, None, None, None, 30)
    assert report.quality == '{"hits":7}'


def test_what_is_not_known_may_be_left_out() -> None:
    report = parse_report('{"version": 1, "dbid": 5, "attempt": 1}', 5, 1)
    assert set(report.numbers.values()) == {None}
    assert (report.phases, report.messages, report.outputs, report.quality) == ([], [], [], None)


def test_counts_that_cannot_be_told_are_kept_as_they_are() -> None:
    assert parse_report(report_text(5, events_in=-1, events_out=-2), 5, 1).numbers["events_out"] == -2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Expecting value"),
        ("[]", "no JSON object"),
        ("[" * 100_000, "nested too deep"),
        (report_text(6), "of dbid 6, attempt 1"),
        (report_text(5, 2), "of dbid 5, attempt 2"),
        (report_text(5, version=2), "version is 2"),
        (report_text(5, wall=float("nan")), "NaN is no number"),
        (report_text(5).replace("600.25", "1e999"), "wall is inf"),
        (report_text(5, wall=-1), "wall is -1"),
        (report_text(5, memory_kb=2**63), "memory_kb is 92"),
        (report_text(5, memory_kb="much"), "memory_kb is 'much'"),
        (report_text(5, memory_kb=True), "memory_kb is True"),
        (report_text(5, exit_code=[0]), "exit_code is [0]"),
        (report_text(5, began="yesterday"), "began is 'yesterday'"),
        (report_text(5, began="1969-12-31T23:59:59Z"), "began is '1969"),
        (report_text(5, began=1), "began is 1"),
        (report_text(5, phases={}), "phases is {}"),
        (report_text(5, phases=[7]), "phases is [7]"),
        (report_text(5, phases=[{"name": 7}]), "phases[0].name is 7"),
        (report_text(5, messages=[{"level": "shout"}]), "messages[0].level is 'shout'"),
        (report_text(5, machine="fast"), "machine is 'fast'"),
        (report_text(5, machine={"cpu": "\ud800"}), "machine.cpu is"),
        (report_text(5, outputs=[{"code": 0}]), "outputs[0].lfn is missing"),
        (report_text(5, quality="x" * 70_000), "quality has more"),
    ],
)
def test_a_report_that_cannot_be_meant_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError) as refused:
        parse_report(text, 5, 1)
    assert why in str(refused.value)
    assert len(str(refused.value)) < 200


def test_texts_fit_into_one_line_and_a_column() -> None:
    report = parse_report(report_text(5, messages=[{"text": "a\n\u0000\x1b[31mb" + "c" * 9999}]), 5, 1)
    (message,) = report.messages
    assert message.level == "info"
    assert message.text.startswith("a ??[31mbccc")
    assert len(message.text) <= 1000


def test_of_many_messages_those_that_matter_are_kept() -> None:
    said: list[dict[str, Any]] = [{"level": "info", "text": f"i{number}"} for number in range(500)]
    said[3] = {"level": "error", "text": "broken"}
    report = parse_report(report_text(5, messages=said), 5, 1)
    assert report.said == 500
    assert [message.text for message in report.messages] == ["broken", *(f"i{n}" for n in range(501 - MESSAGES, 500))]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(REPORT)), inner, max_size=3),
)


@given(st.dictionaries(st.sampled_from(sorted(REPORT)), JSON))
def test_whatever_is_written_is_read_or_refused(values: dict[str, Any]) -> None:
    try:
        report = parse_report(json.dumps({**REPORT, "dbid": 5, "attempt": 1, **values}), 5, 1)
    except ValueError:
        return
    assert all(value is None or abs(value) < 2**63 for value in report.numbers.values())
