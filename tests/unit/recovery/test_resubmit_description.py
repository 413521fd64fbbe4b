"""A submission again: the same job for HTCondor, but for attempt, claim and what was asked for."""

from collections.abc import Mapping

import pytest

from prodcli.batch.description import expand, parse_description, read_items
from prodcli.batch.node_list import node_commands
from prodcli.errors import BatchError
from prodcli.recovery.resubmit_description import (
    Resources,
    ScheddTerms,
    StoredJob,
    describe_again,
    shared_lines,
    stored_job,
)
from prodcli.rules.layout import Job, Layout
from prodcli.submission.context import escalation, factory, make_items, render_context
from prodcli.submission.render import SUBMIT_TEMPLATE, render
from tests.support.library_rules import load

OLD, NEW = ScheddTerms(retries_memory=False), ScheddTerms(retries_memory=True)
AS_IT_WAS = Resources()


def rendered(ladder: str, runs: list[int], claim: str, retries: bool = False) -> tuple[str, str]:
    """Description and items of a small submission, as a pass writes them."""
    layout = Layout(load("cluster", job_request_memory=ladder, job_environment="A={run};B=c"))
    rows = [layout.fields(Job(run, 7, 1, 1), 100 + number, 1) for number, run in enumerate(runs)]
    items = make_items(rows, layout.item_fields)
    how = {**factory(layout.rule.job, 1000), **escalation(layout.rule.job, retries)}
    return render(SUBMIT_TEMPLATE, render_context(layout, items, claim, "/c/items.csv", how)), items.text()


def kept_jobs(description: str, items: str) -> list[StoredJob]:
    """What is kept of a submission."""
    parsed, lines = shared_lines(description, "test")
    return [stored_job(parsed, lines, row) for row in read_items(items, parsed.fields, "test")]


def jobs_of(description: str, items: str) -> list[Mapping[str, str]]:
    """The commands of each job with its own fields filled in, as HTCondor would."""
    parsed = parse_description(description, "test")
    found = []
    for row in read_items(items, parsed.fields, "test"):
        macros = {**parsed.commands, **row}
        found.append({key: expand(value, macros) for key, value in macros.items()})
    return found


def test_only_attempt_and_claim_differ() -> None:
    first = rendered("2 GB", [69600, 69617, 69710], "claim-1")
    second = describe_again(kept_jobs(*first), [2, 3, 2], "claim-2", "/d/items.csv", AS_IT_WAS, NEW)
    for before, after, attempt in zip(jobs_of(*first), jobs_of(*second), ("2", "3", "2"), strict=True):
        differs = {key for key in {*before, *after} if before.get(key) != after.get(key)}
        assert differs == {"attempt", "my.prodcliattempt", "my.prodcliclaim", "environment"}
        assert after["environment"] == before["environment"].replace("ATTEMPT='1'", f"ATTEMPT='{attempt}'")
        assert (after["attempt"], after["my.prodcliclaim"]) == (attempt, '"claim-2"')
        assert before["arguments"] == after["arguments"]
    assert "queue" in second[0]
    assert " from /d/items.csv\n" in second[0]


def test_jobs_of_several_submissions_share_a_description() -> None:
    one = kept_jobs(*rendered("2 GB", [69600], "claim-1"))  # all its fields are constants but the row id
    two = kept_jobs(*rendered("2 GB", [69617, 69710], "claim-2"))
    assert one[0].lines == two[0].lines
    text, items = describe_again([*one, *two], [2, 2, 2], "claim-3", "/d/items.csv", AS_IT_WAS, NEW)
    assert [job["run"] for job in jobs_of(text, items)] == ["69600", "69617", "69710"]


def test_again_and_again_is_the_same() -> None:
    first = describe_again(
        kept_jobs(*rendered("2 GB, 3 GB", [69600, 69617], "c1")), [2, 2], "c2", "/d/i", AS_IT_WAS, OLD
    )
    second = describe_again(kept_jobs(*first), [2, 2], "c2", "/d/i", AS_IT_WAS, OLD)
    assert sorted(first[0].splitlines()) == sorted(second[0].splitlines())
    assert first[1] == second[1]


@pytest.mark.parametrize("was", [False, True], ids=["expression", "retry_request_memory"])
@pytest.mark.parametrize(
    ("ladder", "memory", "steps"),
    [
        ("2 GB", 3000, (3000,)),
        ("2 GB, 3 GB, 5 GB", None, (2048, 3072, 5120)),
        ("2 GB, 3 GB, 5 GB", 3072, (3072, 5120)),
        ("2 GB, 3 GB, 5 GB", 4000, (4000, 5120)),
        ("2 GB, 3 GB, 5 GB", 9000, (9000,)),
        ("2 GB, 3 GB, 5 GB", 1000, (1000, 2048, 3072, 5120)),
    ],
)
def test_the_ladder_goes_on_above_what_is_asked_for(
    was: bool, ladder: str, memory: int | None, steps: tuple[int, ...]
) -> None:
    jobs = kept_jobs(*rendered(ladder, [69600, 69617], "c1", was))
    for place in (OLD, NEW):
        text, items = describe_again(jobs, [2, 2], "c2", "/d/i", Resources(memory), place)
        commands = parse_description(text, "test").commands
        assert kept_jobs(text, items)[0].steps == steps
        assert ("retry_request_memory" in commands) is (place is NEW and len(steps) > 1)
        assert ("my.prodclimemory" in commands) is ("periodic_release" in commands) is (place is OLD and len(steps) > 1)


def test_disk_cores_and_how_the_schedd_takes_it() -> None:
    jobs = kept_jobs(*rendered("2 GB", [69600, 69617], "c1"))
    at_once = ScheddTerms(bit_by_bit=False)
    text, _ = describe_again(jobs, [2, 2], "c2", "/d/i", Resources(disk=5000, cpus=4), at_once)
    commands = parse_description(text, "test").commands
    assert (commands["request_disk"], commands["request_cpus"], commands["request_memory"]) == ("5000KB", "4", "2048MB")
    assert "max_idle" not in commands
    assert (
        parse_description(describe_again(jobs, [2, 2], "c2", "/d/i", AS_IT_WAS, NEW)[0], "t").commands["max_idle"]
        == "1000"
    )


def test_what_is_so_now_replaces_what_was() -> None:
    first = rendered("2 GB", [69600, 69617], "c1")
    for nodes in ("spool0311", ""):
        first = describe_again(
            kept_jobs(*first), [2, 2], "c2", "/d/i", AS_IT_WAS, ScheddTerms(commands=node_commands(nodes))
        )
        assert first[0].count("ProdcliBadNodes =") == 1
        assert parse_description(first[0], "test").commands["my.prodclibadnodes"] == f'"{nodes}"'


def test_what_is_no_number_stays_as_it_is() -> None:
    text, items = rendered("2 GB", [69600, 69617], "c1")
    jobs = kept_jobs(text.replace("request_memory = 2048MB", "request_memory = 2 * X"), items)
    assert jobs[0].steps == ()
    assert "request_memory = 2 * X\n" in describe_again(jobs, [2, 2], "c2", "/d/i", AS_IT_WAS, OLD)[0]
    assert "2 * X" not in describe_again(jobs, [2, 2], "c2", "/d/i", Resources(3000), OLD)[0]


def test_another_language_is_refused() -> None:
    with pytest.raises(BatchError, match="is not understood"):
        shared_lines("if defined x\nqueue a from b\n", "test")


def test_newest_run_first() -> None:
    jobs = kept_jobs(*rendered("2 GB", [69600, 69710, 69617], "c1"))
    assert [job.fields["run"] for job in sorted(jobs, key=lambda job: job.order)] == ["69710", "69617", "69600"]
    assert (jobs[0].rule, jobs[0].tag) == ("cluster", "ana537_2025p010_v001")
