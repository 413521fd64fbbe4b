"""The options that choose the jobs of a report, as they are typed for other commands."""

from pathlib import Path

from prodcli.cli.reports.filter_options import FilterOptions


def test_other_commands_get_names_and_runs_as_they_were_typed() -> None:
    chosen = FilterOptions(["a", "b c"], ["DST"], Path("my rules.yaml"), ["R"], ["5", "7"], ["6"], "7d")
    expected = " --tag a 'b c' --dsttype DST --config 'my rules.yaml' --rule R --runs 5 7"
    assert chosen.as_typed == expected


def test_runs_that_stand_before_the_options_come_first() -> None:
    chosen = FilterOptions(None, None, None, None, ["7"], None, None)
    assert chosen.of_runs(["5"]).as_typed == " --runs 5 7"
    assert FilterOptions(None, None, None, None, None, None, None).of_runs([]).as_typed == ""
