"""Reasons: counted, ordered, with what they are about."""

from prodcli.reasons import Level, Reason, Skips


def test_skips_are_counted_by_reason_and_level_in_the_order_of_asking() -> None:
    skips = Skips()
    skips.add(Reason.BLOCKED, Level.OUTPUT, 7, "3 held")
    skips.add(Reason.NO_INPUTS, Level.RUN, 9)
    skips.add(Reason.NO_INPUTS, Level.HOST, 8, "ebdc00")
    skips.add(Reason.NO_INPUTS, Level.HOST, 7, "ebdc01")
    skips.add(Reason.NO_INPUTS, Level.HOST, 8, "ebdc01")
    found = list(skips)
    assert [(one.reason, one.level, one.count, one.runs) for one in found] == [
        (Reason.NO_INPUTS, Level.HOST, 3, (7, 8)),
        (Reason.NO_INPUTS, Level.RUN, 1, (9,)),
        (Reason.BLOCKED, Level.OUTPUT, 1, (7,)),
    ]
    assert found[0].details == {7: ["ebdc01"], 8: ["ebdc00", "ebdc01"]}
    assert list(skips) == found
