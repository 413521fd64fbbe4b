"""Whom a mask means, and how it is said."""

import pytest

from prodcli.config.profile import host_bits, hosts_of
from prodcli.errors import UsageError
from prodcli.exclusions.masks import AppliedMask, Mask, applied_masks, known_dsttype, masked_hosts, spoken
from prodcli.rules.layout import Job, Layout
from tests.support.library_rules import load, sphenix


@pytest.mark.parametrize(
    ("words", "hosts"),
    [
        (["TPC17"], ["ebdc17", "ebdc17:1"]),
        (["mvtx1", "INTT3"], ["intt3", "mvtx1"]),
        (["ebdc17_0,ebdc17:1", "ebdc17"], ["ebdc17", "ebdc17:1"]),
        (["ebdc17_0"], ["ebdc17"]),
    ],
)
def test_names_become_catalog_hosts_in_profile_order(words: list[str], hosts: list[str]) -> None:
    assert list(masked_hosts(sphenix(), words, "--mask")) == hosts


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["TPC3"], "; did you mean 'TPC03'?"),
        (["intt03"], "; did you mean 'INTT3'?"),
        (["TPC71"], "--mask: no detector or host is called 'TPC71'; did you mean 'TPC"),
        (["TPC17", "GL1"], "gl1daq cannot be masked"),
        ([","], "no host is named"),
        ([], "no host is named"),
    ],
)
def test_who_cannot_be_masked(words: list[str], says: str) -> None:
    with pytest.raises(UsageError) as failure:
        masked_hosts(sphenix(), words, "--mask")
    assert says in str(failure.value)


def test_hosts_are_said_as_people_do() -> None:
    assert spoken(sphenix(), ["ebdc17:1", "intt3", "ebdc17"]) == "INTT3, TPC17"
    assert spoken(sphenix(), ["ebdc17:1", "ebdc05"]) == "ebdc05_0, ebdc17_1"
    assert spoken(sphenix(), ["gone"]) == "gone"


def test_what_is_said_can_be_typed() -> None:
    for host in sphenix().hosts:
        if host.name != sphenix().trigger_host:
            said = spoken(sphenix(), [host.name])
            assert host.name in masked_hosts(sphenix(), [said], "--mask")
            assert said == host.spoken or masked_hosts(sphenix(), [said], "--mask") == (host.name,)


def test_dsttypes_are_those_that_are_made() -> None:
    assert known_dsttype(sphenix(), "") == ""
    assert known_dsttype(sphenix(), "DST_CALO") == "DST_CALO"
    with pytest.raises(UsageError, match="did you mean 'DST_CALO'"):
        known_dsttype(sphenix(), "DST_CALOO")


def test_bits_and_hosts_are_inverse() -> None:
    dsttype = load("cluster").dsttype
    hosts = ("intt0", "ebdc17", "ebdc17:1", "ebdc39")
    assert hosts_of(dsttype, host_bits(dsttype, hosts)) == hosts
    assert host_bits(load("seed").dsttype, hosts) == 0


def test_only_masks_that_take_something_are_applied() -> None:
    masks = [Mask(("intt0",), (1, 5)), Mask(("seb00",), (1, 5)), Mask(("intt1",), (6, 9))]
    assert applied_masks(load("cluster"), masks, [1, 2, 20]) == (AppliedMask(masks[0], 2),)


def test_a_job_is_told_of_the_inputs_that_are_left() -> None:
    rule = load("vernier", job_batch_name="{indsttype}")
    plain, masked = Layout(rule), Layout(rule, host_bits(rule.dsttype, ("seb18",)))
    job = Job(70000, 0, 1, 1, mask=masked.mask)
    words = [layout.value("arguments", layout.fields(job)).split() for layout in (plain, masked)]
    assert [word[3] for word in words] == [
        "DST_TRIGGERED_EVENT_seb18,DST_TRIGGERED_EVENT_seb20",
        "DST_TRIGGERED_EVENT_seb20",
    ]
    assert [one[:3] + one[4:] for one in words][0] == [one[:3] + one[4:] for one in words][1]
    assert (plain.masked, masked.masked) == ("", "seb18")
    assert plain.batch_name == masked.batch_name  # by which the queue is counted
    assert plain.filename(job) == masked.filename(job)
