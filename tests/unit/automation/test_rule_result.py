"""Results of rules: steps add up, and a line holds all of it."""

from prodcli.automation.rule_result import RulePass, counted_reasons, result_of
from prodcli.reasons import Level, Reason, Skips


def test_steps_add_up() -> None:
    first = RulePass(rule="r", tag="t", registered=3, error="no catalog")
    both = first.with_step(
        RulePass(rule="r", submitted=5, error="no catalog", reasons={"produced": 2}, only={"produced": "run 7"})
    )
    both = both.with_step(RulePass(rule="r", error="no schedd"))
    assert (both.registered, both.submitted, both.error) == (3, 5, "no catalog; no schedd")
    assert (both.tag, both.reasons, both.only) == ("t", {"produced": 2}, {"produced": "run 7"})


def test_a_line_holds_all_of_it() -> None:
    whole = RulePass(rule="r", tag="t", started=7, seconds=0.5, recovered=2, note="ä", reasons={"produced": 2})
    assert result_of(whole.as_line()) == whole
    assert result_of('{"rule": "r", "of a later version": 1}') == RulePass(rule="r")
    assert [result_of(line) for line in ("", "prodcli: warned", "[1]", '{"doing": "r"}')] == [None] * 4


def test_reasons_name_few_hosts_or_runs() -> None:
    skips = Skips()
    for run in range(5):
        skips.add(Reason.HOST_OFF_DISK, Level.HOST, run, "ebdc13")
        skips.add(Reason.PRODUCED, Level.OUTPUT, run, run)
    skips.add(Reason.NO_INPUTS, Level.RUN, 8)
    counts, only = counted_reasons(skips)
    assert counts == {"host_off_disk": 5, "no_inputs": 1, "produced": 5}
    assert only == {"host_off_disk": "ebdc13", "no_inputs": "run 8"}
