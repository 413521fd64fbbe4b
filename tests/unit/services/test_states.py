"""The states of services over time, against a look at each second."""

from hypothesis import given
from hypothesis import strategies as st

from prodcli.services.states import Outage, ServiceState, Spell, disjoint, outages_of

LAST = 30
SPELLS = st.lists(
    st.tuples(
        st.sampled_from("ab"), st.sampled_from(list(ServiceState)), st.integers(0, LAST), st.integers(1, 10) | st.none()
    )
)


def spell(number: int, service: str, state: str, since: int, length: int | None) -> Spell:
    until = None if length is None else since + length
    return Spell(id=number, service=service, state=state, since=since, until=until, note=f"{number}")


def at(spells: list[Spell], service: str, time: int) -> str:
    """What was written to begin last among all that covers a time."""
    covering = [one for one in spells if one.service == service and one.covers(time)]
    return max(covering, key=lambda one: (one.since, one.id)).state if covering else ""


@given(SPELLS)
def test_each_second_has_the_state_that_began_last(written: list[tuple[str, str, int, int | None]]) -> None:
    spells = [spell(number, *one) for number, one in enumerate(written)]
    found = disjoint(spells)
    for service in "ab":
        for time in range(LAST + 15):
            holds = [one.state for one in found if one.service == service and one.covers(time)]
            assert holds == [state] if (state := at(spells, service, time)) else not holds


@given(SPELLS)
def test_spells_follow_each_other_and_change_the_state(written: list[tuple[str, str, int, int | None]]) -> None:
    found = disjoint(spell(number, *one) for number, one in enumerate(written))
    for one, after in zip(found, found[1:], strict=False):
        if one.service == after.service:
            assert one.until is not None
            assert one.until < after.since or (one.until == after.since and one.state != after.state)


def test_a_window_interrupts_what_holds_before_and_after() -> None:
    up, window = spell(1, "database", "up", 0, None), spell(2, "database", "maintenance", 10, 5)
    assert [(one.state, one.since, one.until) for one in disjoint([up, window])] == [
        ("up", 0, 10),
        ("maintenance", 10, 15),
        ("up", 15, None),
    ]


def test_outages_stand_by_time() -> None:
    found = outages_of([spell(1, "b", "down", 5, 3), spell(2, "a", "up", 0, None), spell(3, "a", "degraded", 2, 4)])
    assert found == (Outage("a", "degraded", 2, 6, "3"), Outage("b", "down", 5, 8, "1"))
    assert [found[1].covers(time) for time in (4, 5, 7, 8)] == [False, True, True, False]
