"""The order of values in a summary of jobs."""

from prodcli.jobs.summary import ValueCount, summary_lines


def test_values_with_equal_counts_stand_by_size() -> None:
    counts = [ValueCount("state", "failed", 8), ValueCount("state", "held", 4)]
    counts += [ValueCount("exit_code", code, jobs) for code, jobs in (("10", 1), ("139", 6), ("2", 1), ("1", 4))]
    lines = [(one.value, one.jobs) for one in summary_lines(counts) if one.attribute == "exit_code"]
    assert lines == [("139", 6), ("1", 4), ("2", 1), ("10", 1)]
