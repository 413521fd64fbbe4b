"""Hosts that a run lacks and its neighbours have."""

from dataclasses import replace

from prodcli.config.profile import AutoMask
from prodcli.exclusions.absent_hosts import Absence, Presence, absences, allowed_hosts
from tests.support.library_rules import sphenix

ALL = frozenset({"gl1daq", "intt0", "intt1", "ebdc17", "ebdc17:1", "seb00", "somebody"})


def presence(run: int, *gone: str, runtype: str = "physics", asked: bool = True) -> Presence:
    """A run that has all hosts but some."""
    return Presence(run, runtype, asked, ALL - set(gone))


def test_a_host_is_absent_if_the_runs_beside_have_it() -> None:
    found = [presence(3), presence(1), presence(2, "intt1", "ebdc17", "somebody", "gl1daq")]
    assert absences(sphenix(), found, 1) == [Absence(2, "physics", ("intt1", "ebdc17"), (1, 3))]


def test_a_run_without_neighbours_is_not_judged() -> None:
    found = [presence(1, "intt0"), presence(2), presence(3, "intt0"), presence(4), presence(5, "intt0")]
    assert [absence.run for absence in absences(sphenix(), found, 1)] == [3]
    assert absences(sphenix(), found, 2) == []  # runs 1 and 5 lack it, too
    assert absences(sphenix(), found, 3) == []


def test_neighbours_are_of_the_same_runtype() -> None:
    found = [presence(1), presence(2, "intt0"), presence(3, runtype="cosmics"), presence(4, "intt0"), presence(5)]
    assert absences(sphenix(), found, 1) == []
    found[3] = presence(4)
    assert absences(sphenix(), found, 1) == [Absence(2, "physics", ("intt0",), (1, 4))]


def test_only_the_runs_that_are_asked_for_are_judged() -> None:
    found = [presence(n, *(["intt0"] if n % 2 == 0 else []), asked=n == 4) for n in range(1, 8)]
    assert [absence.run for absence in absences(sphenix(), found, 1)] == [4]


def test_the_site_allows_some_detectors_and_a_number_of_hosts() -> None:
    absence = Absence(2, "physics", ("intt0", "ebdc17", "ebdc17:1"), (1, 3))
    allowed = {
        most: allowed_hosts(replace(sphenix(), auto_mask=AutoMask(frozenset({"TPC"}), most)), absence)
        for most in (0, 2, 3)
    }
    assert allowed == {0: (), 2: (), 3: ("ebdc17", "ebdc17:1")}
    assert allowed_hosts(sphenix(), absence) == ()
