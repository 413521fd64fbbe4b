"""The submit description and its items: what HTCondor will expand equals what the books say."""

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodcli.batch.description import expand, parse_description, read_items, split_arguments
from prodcli.errors import BatchError
from prodcli.rules.layout import ITEM_FIELDS, Job, Layout
from prodcli.submission.context import escalation, factory, make_items, render_context
from prodcli.submission.render import SUBMIT_TEMPLATE, render
from tests.support.library_rules import load

NAMES = ("streaming", "cluster", "vernier", "jets")
PLACES = ("arguments", "log", "output", "error", "initialdir")


@cache
def layout(name: str) -> Layout:
    """A rule whose places use every field of a job."""
    places = {
        "filesystem": {"logdir": "{root}/{rungroup}/{leafdir}"},
        "log": "/l/{dbid}/{attempt}/{run8}-{seg5}-{daqhost}",
    }
    words = f"{load(name).site.arguments} {{direct_path}} {{comment}} {{{{x}}}} {{attempt}}"
    return Layout(
        load(name, job_comment="two words", job_arguments=words, job_environment="A={run};B=$", **_in_job(places))
    )


def _in_job(values: dict[str, object]) -> dict[str, object]:
    return {f"job_{key}": value for key, value in values.items()}


@st.composite
def submissions(draw: st.DrawFn) -> tuple[Layout, list[tuple[Job, int, int]]]:
    """A rule and its claimed jobs with row id and attempt; one job, many alike, many that differ in all."""
    rule = layout(draw(st.sampled_from(NAMES)))
    hosts = rule.rule.dsttype.hosts if rule.rule.combining else ()
    runs, segments = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    numbers = st.sampled_from(draw(st.lists(st.integers(0, 99_999_999), min_size=runs, max_size=runs)))
    parts = st.sampled_from(draw(st.lists(st.integers(0, 200_000), min_size=segments, max_size=segments)))
    claimed = []
    for _ in range(draw(st.integers(1, 12))):
        host = draw(st.sampled_from(hosts)) if hosts else None
        name, leaf = (host.name, host.leaf) if host else ("", "")
        job = Job(draw(numbers), 0 if host else draw(parts), 1, 1, name, leaf)
        claimed.append((job, draw(st.integers(-1, 2**31)), draw(st.integers(1, 3))))
    return rule, claimed


@settings(max_examples=60, deadline=None)
@given(submissions())
def test_what_is_rendered_expands_to_what_is_booked(submission: tuple[Layout, list[tuple[Job, int, int]]]) -> None:
    rule, claimed = submission
    fields = [rule.fields(job, dbid, attempt) for job, dbid, attempt in claimed]
    items = make_items(fields)
    text = render(SUBMIT_TEMPLATE, render_context(rule, items, "claim-1", "/c/items.csv"))
    description = parse_description(text, "job.sub")
    rows = read_items(items.text(), description.fields, "items.csv")
    assert len(rows) == len(claimed)
    assert description.items_file == "/c/items.csv"
    for row, wanted in zip(rows, fields, strict=True):
        macros = {**description.commands, **row}
        got = {key: expand(description.commands[key], macros) for key in (*PLACES, "environment")}
        assert got == {key: rule.value(key, wanted) for key in got} | {
            "arguments": f'"{rule.value("arguments", wanted)}"'
        }
        words = split_arguments(got["arguments"])
        assert words[-4:] == ["", "two words", "{x}", wanted["attempt"]]
        assert (len(words), words[4:7]) == (22, [wanted["run"], wanted["seg"], wanted["daqhost"]])
        assert expand(description.commands["my.prodclidsttype"], macros) == f'"{wanted["leafdir"]}"'
        assert [
            expand(description.commands[f"my.prodcli{key}"], macros) for key in ("dbid", "attempt", "run", "segment")
        ] == [wanted[key] for key in ("dbid", "attempt", "run", "seg")]


def test_a_row_holds_only_what_differs() -> None:
    rule = layout("cluster")
    rows = [rule.fields(Job(66456, segment, 63, 1), dbid) for dbid, segment in ((5, 0), (6, 1))]
    items = make_items(rows)
    assert (items.fields, items.text()) == (("dbid", "seg"), "5,0\n6,1\n")
    assert set(items.constant) == set(ITEM_FIELDS) - {"dbid", "seg"}
    assert make_items(rows[:1]).text() == "5\n"


def test_what_a_rule_leaves_out_is_not_in_the_description() -> None:
    def commands(name: str, **more: object) -> set[str]:
        rule = Layout(load(name, **more))
        items = make_items([rule.fields(Job(1, 0, 1, 1))])
        return set(parse_description(render(SUBMIT_TEMPLATE, render_context(rule, items, "c", "/i")), "").commands)

    more = {
        "job_accounting_group": "group_x",
        "job_max_retries": 0,
        "job_requirements": 'Arch == "X"',
        "job_request_xferslots": 2,
        "job_comment": "why",
    }
    assert commands("seed", **more) - commands("seed") == {
        *("accounting_group", "max_retries", "request_xferslots", "my.prodclicomment")
    }


@pytest.mark.parametrize(
    ("rule", "schedd", "commands"),
    [
        ({}, 64, {"max_idle": 64}),
        ({"job_max_idle": 5, "job_max_materialize": 9}, 64, {"max_idle": 5, "max_materialize": 9}),
        ({"job_max_materialize": 9}, 64, {"max_idle": 64, "max_materialize": 9}),
        ({"job_max_idle": 0, "job_max_materialize": 9}, 64, {}),
        ({"job_max_idle": 5}, None, {}),
    ],
)
def test_how_jobs_are_made(rule: dict[str, object], schedd: int | None, commands: dict[str, int]) -> None:
    assert factory(load("seed", **rule).job, schedd) == commands


def test_a_ladder_becomes_what_the_schedd_can_do() -> None:
    ladder = load("seed", job_request_memory="2 GB, 3 GB, 5 GB").job
    assert escalation(load("seed", job_request_memory="2 GB").job, True) == {}
    assert escalation(load("seed", job_request_memory="2 GB").job, False) == {}
    assert escalation(ladder, True) == {"request_memory": "2048MB", "retry_request_memory": "3072MB, 5120MB"}
    assert list(escalation(ladder, False)) == ["My.ProdcliMemory", "request_memory", "periodic_release"]


@pytest.mark.parametrize(
    ("ad", "memory", "released"),
    [
        ({}, 2048, False),
        ({"codes": (34, 102), "JobOutOfResources": 1}, 3072, True),
        ({"codes": (21, 102), "StartdHeldJob": 1}, 3072, True),
        ({"codes": (34, 102), "JobOutOfResources": 1, "StartdHeldJob": 1}, 5120, True),
        ({"codes": (34, 102), "JobOutOfResources": 3}, 5120, False),  # it had the last step
        ({"codes": (34, 102), "JobOutOfResources": 9}, 5120, False),
        ({"codes": (34, 104), "JobOutOfResources": 1}, 3072, False),  # disk
        ({"codes": (21, 103), "StartdHeldJob": 1}, 3072, False),
        ({"codes": (34, 0), "JobOutOfResources": 1}, 3072, False),
        ({"codes": (1, 0), "UserRequest": 1}, 2048, False),
        ({"codes": (1, 102), "UserRequest": 1, "JobOutOfResources": 1}, 3072, False),  # a person, after a release
        ({"codes": (3, 102), "JobPolicy": 1}, 2048, False),
        ({"JobOutOfResources": 2}, 5120, False),  # runs again
    ],
)
def test_the_ladder_as_htcondor_evaluates_it(ad: dict[str, Any], memory: int, released: bool) -> None:
    classad = pytest.importorskip("classad2")
    commands = escalation(load("seed", job_request_memory="2 GB, 3 GB, 5 GB").job, retries_memory=False)
    facts = {key.removeprefix("My."): classad.ExprTree(value) for key, value in commands.items()}
    codes, holds = ad.get("codes"), {key: count for key, count in ad.items() if key != "codes"}
    job = classad.ClassAd(facts | ({"NumHoldsByReason": holds} if holds else {}))
    if codes:
        job["HoldReasonCode"], job["HoldReasonSubCode"] = codes
    job["RequestMemory"] = job["request_memory"]  # as condor_submit calls it
    assert job.eval("RequestMemory") == memory
    assert job.eval("periodic_release") is released
    job["RequestMemory"] = 2500  # as a person wants it
    assert job.eval("periodic_release") is False


@pytest.mark.parametrize("retries", [True, False])
def test_memory_is_asked_once_in_a_description(retries: bool) -> None:
    rule = layout("jets")
    items = make_items([rule.fields(Job(1, 0, 1, 1))])
    text = render(SUBMIT_TEMPLATE, render_context(rule, items, "c", "/i", escalation(rule.rule.job, retries)))
    assert [line.split(" = ")[0] for line in text.splitlines()].count("request_memory") == 1
    assert "request_memory = 2048MB\n" in render(SUBMIT_TEMPLATE, render_context(rule, items, "c", "/i"))


@pytest.mark.parametrize(
    ("value", "expanded"),
    [
        ("$(run)", "66456"),
        ("$(RUN)-$(run)", "66456-66456"),
        ("$INT(run,%08d)", "00066456"),
        ("$INT(run,%8d)", "   66456"),
        ("$INT(run)", "66456"),
        ("$int(seg,%05i)", "00003"),
        ("$(nobody)", ""),
        ("$(outer)!", "66456!"),
        ("$5 ( $run", "$5 ( $run"),
    ],
)
def test_macros(value: str, expanded: str) -> None:
    assert expand(value, {"run": "66456", "seg": "3", "outer": "$(inner)", "inner": "$(run)"}) == expanded


@pytest.mark.parametrize(
    "macros", [{"a": "$(a)x"}, {"a": "$(b)", "b": "$(a)"}, {"a": "$INT(b)", "b": "x"}, {"a": "$INT(b)"}]
)
def test_macros_that_have_no_value_are_an_error(macros: dict[str, str]) -> None:
    with pytest.raises(BatchError, match="submit description: "):
        expand("$(a)", macros)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ('"a b"', ["a", "b"]),
        ("\"a 'b c' ''\"", ["a", "b c", ""]),
        ('"a ""b"" c"', ["a", '"b"', "c"]),
        ("\"'it''s' x\"", ["it's", "x"]),
        ("\"'''a b' ''''\"", ["'a b", "'"]),
        ("\"a'b c'd\"", ["ab cd"]),
        ('"a\tb  c "', ["a", "b", "c"]),
        ('""', []),
        ("a  b", ["a", "b"]),
        ("", []),
    ],
)
def test_arguments_as_htcondor_splits_them(value: str, words: list[str]) -> None:
    assert split_arguments(value) == words


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "there is no `queue"),
        ("a = 1\n", "there is no `queue"),
        ("queue 100\n", "not understood"),
        ("x\n", "not understood"),
    ],
)
def test_what_is_no_description_is_an_error(text: str, says: str) -> None:
    with pytest.raises(BatchError, match=f"job.sub: .*{says}"):
        parse_description(text, "job.sub")


def test_keys_know_no_case_and_comments_no_meaning() -> None:
    found = parse_description("# x\n\n  Log=a = b \nQUEUE a , b From my file.csv\n", "job.sub")
    assert (found.commands, found.fields, found.items_file) == ({"log": "a = b"}, ("a", "b"), "my file.csv")


def test_a_row_with_another_number_of_fields_is_an_error() -> None:
    with pytest.raises(BatchError, match=r"items\.csv: line 2 has 3 of 2 fields"):
        read_items("1,2\n1,2,3\n", ("a", "b"), "items.csv")
