"""Names of a rule's outputs are read back: a name is the rule's only if the rule makes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodcli.catalogs.output_names import OutputNames
from prodcli.names import MOST_RUN, MOST_SEGMENT
from prodcli.rules.layout import Job, Layout
from tests.support.library_rules import load

NAMES = OutputNames(Layout(load("cluster")))
BASE = "DST_TRKR_CLUSTER_run3auau_ana537_2025p010_v001"


@given(st.integers(0, MOST_RUN), st.integers(0, MOST_SEGMENT))
def test_what_the_rule_makes_is_read_back(run: int, segment: int) -> None:
    fields = NAMES.parse(NAMES.layout.filename(Job(run, segment, 1, 1)))
    assert fields is not None
    assert (int(fields["run"]), int(fields["seg"])) == (run, segment)
    assert {key: fields[key] for key in ("rungroup", "leafdir")} == {
        key: NAMES.layout.fields(Job(run, segment, 1, 1))[key] for key in ("rungroup", "leafdir")
    }


@pytest.mark.parametrize(
    "end",
    [
        *("0000069617-00002", "000069617-00002", "100000000-00002", "0069617-00002", "00069617-000002"),
        *("00069617-0000000002", "00069617-2147483648", "00069617-9999999999", "00069617-99999999999"),
        *("00069617-" + "9" * 5000, "0006961٧-00002", "00069617-0000２", "+0069617-00002", "00069617--0002"),
        *("00069617-00002\n", "00069617-00002.root", ""),
    ],
)
def test_what_only_looks_like_it_is_not_the_rules(end: str) -> None:
    assert NAMES.parse(f"{BASE}-00069617-00002.root") is not None
    assert NAMES.parse(f"{BASE}-{end}.root") is None


@given(st.text("0123456789-٣", min_size=13, max_size=22))
def test_no_other_name_has_the_same_fields(end: str) -> None:
    fields = NAMES.parse(f"{BASE}-{end}.root")
    if fields is not None:
        assert NAMES.layout.filename(Job(int(fields["run"]), int(fields["seg"]), 1, 1)) == f"{BASE}-{end}.root"


@pytest.mark.parametrize("logbase", ["{outbase}_{run}_{seg}", "{outbase}-{run8}-{seg5}_{run}_{rungroup}"])
def test_names_of_the_rules_own(logbase: str) -> None:
    own = {"tag": "t", "leafdir": "LEAF", "dsttype": "{leafdir}", "dataset": "d", "outbase": "{leafdir}_x"}
    names = OutputNames(Layout(load("cluster", params_names={**own, "logbase": logbase})))
    made = names.layout.filename(Job(69617, 2, 1, 1))
    fields = names.parse(made)
    assert fields is not None
    assert (fields["run"], fields["seg"]) == ("69617", "2")
    assert names.parse(made.replace("_2.root", "_02.root").replace("run_00069600", "run_00069700")) is None
    assert names.parse(made.replace("69617", "069617")) is None


@given(st.integers(0, MOST_RUN), st.integers(0, 999_999), st.integers(1, 40), st.data())
def test_each_output_of_a_job_leads_to_the_job(run: int, segment: int, several: int, data: st.DataObject) -> None:
    names = OutputNames(Layout(load("cluster", job_outputs_per_job=str(several))))
    job = Job(run, segment, 1, 1)
    made = names.layout.filenames(job)
    number = data.draw(st.integers(0, several - 1))
    fields = names.parse(made[number])
    assert fields is not None
    assert {key: fields[key] for key in ("run", "seg", "outseg")} == {
        "run": str(run),
        "seg": str(segment),
        "outseg": str(segment * several),
    }
    assert names.value("output", fields) == names.layout.value("output", names.layout.fields(job))
    assert names.segment(made[number]) == segment * several + number


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("DST_Jet_run3auau_ana537_2025p010_v001-00069617-00002.root", ("DST_Jet", 69617, 2)),
        (
            "HIST_DST_TRKR_CLUSTER_run3auau_ana537_2025p010_v001-00069617-00002.root",
            ("HIST_DST_TRKR_CLUSTER", 69617, 2),
        ),
        ("DST_TRKR_CLUSTER_run3auau_ana537_2025p010_v001-00069617-00002.root", None),
        ("DST_TRKR_SEED_run3auau_ana537_2025p010_v001-00069617-00002.root", None),
        ("DST_STREAMING_EVENT_ebdc00_0_run3auau_ana537_2025p010_v001-00069617-00002.root", None),
        ("DST_Jet_run3auau_ana537_2025p010_v002-00069617-00002.root", None),
        ("DST_Jet_run3pp_ana537_2025p010_v001-00069617-00002.root", None),
        ("_run3auau_ana537_2025p010_v001-00069617-00002.root", None),
        ("DST_Jet_run3auau_ana537_2025p010_v001-69617-2.root", None),
    ],
)
def test_another_kind_of_output(name: str, kind: tuple[str, int, int] | None) -> None:
    assert NAMES.other_kind(name) == kind
