"""The site profile: who people mean, and what is made from what."""

from typing import Any

import pytest

from prodcli.config.profile import Match, overview_rows, site_from_mapping
from prodcli.errors import ConfigError
from tests.support.library_rules import profile, sphenix


@pytest.mark.parametrize(
    ("name", "hosts"),
    [
        ("TPC17", ["ebdc17", "ebdc17:1"]),
        ("tpc17", ["ebdc17", "ebdc17:1"]),
        ("ebdc17", ["ebdc17", "ebdc17:1"]),
        ("ebdc17:1", ["ebdc17:1"]),
        ("ebdc17_0", ["ebdc17"]),
        ("ebdc17_1", ["ebdc17:1"]),
        ("INTT3", ["intt3"]),
        ("MVTX1", ["mvtx1"]),
        ("TPOT", ["ebdc39"]),
        ("SEB05", ["seb05"]),
        ("seb20", ["seb20"]),
        ("gl1", ["gl1daq"]),
    ],
)
def test_who_people_mean(name: str, hosts: list[str]) -> None:
    assert [host.name for host in sphenix().hosts_called(name)] == hosts


def test_a_detector_is_all_its_hosts() -> None:
    assert [len(sphenix().hosts_called(name)) for name in ("TPC", "INTT", "MVTX", "CALO")] == [48, 8, 6, 20]


@pytest.mark.parametrize(("name", "near"), [("TPC71", "TPC"), ("SEB5", "SEB"), ("seb19", "seb"), ("INT3", "INTT3")])
def test_nobody_is_called_so(name: str, near: str) -> None:
    with pytest.raises(ConfigError, match=f"called '{name}'; did you mean '{near}"):
        sphenix().hosts_called(name)


def test_inputs_and_order() -> None:
    streaming = sphenix().dsttype("DST_STREAMING_EVENT")
    names = [host.name for host in streaming.hosts]
    assert len(names) == 63
    assert [names[i] for i in (0, 8, 14, 37, 38, 61, 62)] == [
        *("intt0", "mvtx0", "ebdc00", "ebdc23", "ebdc00:1", "ebdc23:1", "ebdc39")
    ]
    assert sphenix().dsttype("DST_TRKR_CLUSTER").inputs == tuple(
        f"DST_STREAMING_EVENT_{h.leaf}" for h in streaming.hosts
    )
    assert sphenix().dsttype("DST_VERNIER").inputs == ("DST_TRIGGERED_EVENT_seb18", "DST_TRIGGERED_EVENT_seb20")
    assert "seb19" not in {host.name for host in sphenix().hosts}
    assert [name for name, dst in sphenix().dsttypes.items() if dst.match is Match.ONE_TO_ONE] == [
        *("DST_TRKR_SEED", "DST_TRKR_TRACKS", "DST_CALO", "DST_JETS", "DST_JETCALO")
    ]


def test_requirements_are_those_of_the_runtype() -> None:
    cluster = sphenix().dsttype("DST_TRKR_CLUSTER")
    assert len(cluster.requirement("physics").all_of) == 48
    assert cluster.requirement("beam") == cluster.requirement("physics")
    assert not cluster.requirement("cosmics").all_of


@pytest.mark.parametrize(
    ("dsttype", "kind"),
    [
        ("DST_STREAMING_EVENT_ebdc00_0", "tracking"),
        ("DST_TRKR_MVTXME", "tracking"),
        ("DST_TRIGGERED_EVENT_seb05", "calo"),
        ("DST_CALOFITTING", "calo"),
        ("DST_CALO", "calo"),
        ("DST_JETCALO", "calo"),
        ("DST_CALORIC", None),
        ("DST_TRKRX", None),
    ],
)
def test_the_production_type_follows_from_the_beginning(dsttype: str, kind: str | None) -> None:
    kinds = {
        row["production_type"]
        for row in overview_rows(sphenix())
        if dsttype == row["prefix"] or dsttype.startswith(row["prefix"] + "_")
    }
    assert kinds == ({kind} if kind else set())


def test_every_dsttype_of_the_profile_has_one_production_type() -> None:
    rows = overview_rows(sphenix())
    for name in sphenix().dsttypes:
        assert sum(name == row["prefix"] or name.startswith(row["prefix"] + "_") for row in rows) == 1, name


def test_an_unknown_dsttype_has_a_near_one() -> None:
    with pytest.raises(ConfigError, match="did you mean 'DST_TRKR_SEED'"):
        sphenix().dsttype("DST_TRKR_SED")


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("trigger_host", None, "'trigger_host' is missing"),
        ("default_runs", [1], "malformed"),
        ("default_runs", ["a", "b"], "malformed"),
        ("outputs_per_job", {"run_x.sh": 0}, "malformed: outputs_per_job.run_x.sh: 0 is less than 1"),
        ("outputs_per_job", {"run_x.sh": "ten"}, "malformed: outputs_per_job.run_x.sh"),
        ("outputs_per_job", 10, "malformed"),
        ("detectors", "TPC", "malformed"),
        ("detectors", {"TPC": {"hosts": ["a b"]}}, "malformed: host 'a b' of TPC"),
        ("dsttypes", {"DST_X": {"match": "many-to-one", "inputs": {"leaves_of": "DST_Y"}}}, "'DST_Y' is missing"),
        ("dsttypes", {"DST_X": {"match": "guess", "inputs": []}}, "malformed: 'guess'"),
        ("dsttypes", {"DST_X": {"match": "combining", "inputs": {"hosts": ["TPX"]}}}, "'TPX' is missing"),
        ("roots", {}, "'outdir' is missing"),
        ("scouts", {"fail": 3}, "'scouts.fail' is missing in the site profile 'mine', or unknown"),
        ("scouts", {"failed": "ten"}, "malformed: scouts.failed: 'ten' is no number"),
        ("scouts", {"failed": 101}, "malformed: scouts.failed: 0 to 100 is allowed"),
        ("scouts", {"cpu": 0.5}, "malformed: scouts.cpu: 1 to 1000 is allowed"),
        ("scouts", {"kept": float("nan")}, "malformed: scouts.kept: 0 to 1 is allowed"),
        ("scouts", 10, "malformed"),
    ],
)
def test_a_bad_profile_names_its_key(key: str, value: Any, says: str) -> None:
    data = profile()
    data.pop(key)
    if value is not None:
        data[key] = value
    with pytest.raises(ConfigError, match=says):
        site_from_mapping("mine", data)
