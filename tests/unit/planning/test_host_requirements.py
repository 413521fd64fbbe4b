"""The numbers of a run's requirements: which hosts are wanted, there and missing, and how many are enough."""

from prodcli.config.profile import host_bits
from prodcli.planning.host_requirements import HostRequirements
from prodcli.reasons import Reason
from tests.support.library_rules import load


def test_hosts_that_every_run_must_have_are_counted_without_masked_ones() -> None:
    rule = load("cluster")
    tpc05, tpc17 = host_bits(rule.dsttype, ("ebdc05",)), host_bits(rule.dsttype, ("ebdc17",))
    needs = HostRequirements.of(rule)
    check = needs.among(Reason.FEW_HOSTS_RAW, needs.every & ~tpc17, tpc05)
    assert (check.reason, check.met, check.missing, check.lacking) == (Reason.FEW_HOSTS_RAW, False, tpc17, tpc17)
    assert (check.there, check.wanted) == (needs.all_of & ~tpc05 & ~tpc17, needs.all_of & ~tpc05)
    assert needs.among(Reason.FEW_HOSTS_RAW, needs.every & ~tpc17, tpc17).met


def test_so_many_hosts_are_enough_as_a_rule_says() -> None:
    needs = HostRequirements.of(load("calofitting_min_seb"))  # 18 of 20
    two, three = 0b11, 0b111
    enough = needs.among(Reason.FEW_HOSTS_RAW, needs.every & ~two, 0)
    assert (enough.at_least, enough.met, enough.missing, enough.lacking) == (18, True, two, 0)
    few = needs.among(Reason.FEW_HOSTS_RAW, needs.every & ~three, 0)
    assert (few.there.bit_count(), few.met, few.lacking) == (17, False, three)
    masked = needs.among(Reason.FEW_HOSTS_RAW, needs.every & ~three, three)
    assert (masked.at_least, masked.met) == (17, True)  # no more than there are


def test_requirements_come_in_the_order_in_which_a_plan_asks() -> None:
    rule = load("cluster")
    intt3 = host_bits(rule.dsttype, ("intt3",))
    needs = HostRequirements.of(rule)
    checks = {check.reason: check for check in needs.checks(needs.every, needs.every & ~intt3, 0)}
    assert [*checks] == [
        Reason.FEW_HOSTS_RAW,
        Reason.FEW_HOSTS_PRODUCED,
        Reason.HOST_NOT_PRODUCED,
        Reason.MASKED,
    ]
    assert [reason for reason, check in checks.items() if not check.met] == [Reason.HOST_NOT_PRODUCED]
    assert checks[Reason.HOST_NOT_PRODUCED].missing == intt3
    *_, every_input_is_masked = needs.checks(needs.every, intt3, intt3)
    assert (every_input_is_masked.reason, every_input_is_masked.met) == (Reason.MASKED, False)
