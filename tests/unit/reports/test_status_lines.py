"""Reports: what counts as what, and percentages."""

from prodcli.reports.status_lines import COLUMNS, Line, lines, total


def test_rows_of_one_group_are_one_line() -> None:
    rows = [
        ("t", "DST_A", "d", None, "finished", 6),
        ("t", "DST_A", "d", None, "failed", 1),
        ("t", "DST_A", "d", None, "failed", 1),
        ("t", "DST_A", "d", None, "started", 2),
        ("t", "DST_A", "d", None, "running", 1),
        ("t", "DST_A", "d", None, None, 1),
        ("t", "DST_A", "other", None, "held", 2),
        ("t", "DST_A", "other", None, "parked", 1),
        ("t", "DST_A", "third", None, "waiting", 4),
        ("t", "DST_A", "third", None, "submitted", 1),
    ]
    first, second, third = lines(rows)
    assert (first.jobs, first.done, first.failure) == (12, 50.0, 25.0)
    assert (first.counts["running"], first.counts["failed"], first.unknown) == (3, 2, 1)
    assert (second.jobs, second.done, second.failure) == (3, 0.0, None)
    assert (second.counts["held"], second.counts["parked"]) == (2, 1)
    assert (third.jobs, third.counts["waiting"], third.counts["submitted"]) == (5, 4, 1)
    assert total([first, second, third]).jobs == 20


def test_a_status_of_another_tool_counts_as_jobs_and_as_nothing_else() -> None:
    (line,) = lines([("t", "DST_A", "d", None, "vanished", 2)])
    assert (line.jobs, sum(line.counts.values())) == (2, 0)


def test_nothing_is_no_percentage() -> None:
    assert (Line("t", "D", "d").done, Line("t", "D", "d").failure) == (None, None)
    assert set(total([]).counts) == set(COLUMNS)


def test_keys_are_in_order_of_number_and_none_is_blank() -> None:
    rows = [("t", "D", "d", key, "held", 1) for key in (100, 9, None, 20)]
    assert [line.key for line in lines(rows)] == [None, 9, 20, 100]
    assert [line.key for line in lines([("t", "D", "d", key, "held", 1) for key in ("b", "a")])] == ["a", "b"]
