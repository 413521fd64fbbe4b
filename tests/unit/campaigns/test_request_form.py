"""What a form of a request lacks, one line for each thing."""

from datetime import date

import pytest

from prodcli.campaigns.request_form import REQUIRED, form_of, lacks

DSTTYPES = ("DST_CALO", "DST_TRKR_SEED")
FORM = {
    **{"tag": "ana537_2025p010_v001", "dataset": "run3auau", "dsttypes": ["DST_CALO"], "runs": "69600-72000"},
    **{"requester": "the jet group", "contact": "jets@example.org", "purpose": "jets"},
}


def test_a_complete_form_lacks_nothing() -> None:
    assert lacks(FORM, DSTTYPES) == []
    assert lacks({**FORM, "wanted_by": "2026-05-01", "events": 10, "note": "x"}, DSTTYPES) == []
    assert lacks({**FORM, "wanted_by": date(2026, 5, 1), "purpose": "p" * 500}, DSTTYPES) == []
    found = form_of({**FORM, "runs": [69600, 69605], "dsttypes": "DST_CALO, DST_TRKR_SEED"})
    assert (found.dsttypes, found.runs.spans) == (DSTTYPES, [(69600, 69600), (69605, 69605)])
    assert form_of(FORM).runs.spans == [(69600, 72000)]


def test_an_empty_form_lacks_everything() -> None:
    assert [key for key, _ in lacks({}, DSTTYPES)] == list(REQUIRED)
    assert [key for key, _ in lacks(dict.fromkeys(REQUIRED, " "), DSTTYPES)] == list(REQUIRED)
    assert [key for key, _ in lacks({**FORM, "dsttypes": [], "purpose": None}, DSTTYPES)] == ["dsttypes", "purpose"]


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("tag", "ana537_2025p010", "no tag with a version"),
        ("dsttypes", ["DST_CALO", "DST_CALOO"], "'DST_CALOO' is not in the site profile; did you mean 'DST_CALO'?"),
        ("runs", "all", "'all' is not a run number or a range"),
        ("runs", [72000, "x"], "'x' is not a run number or a range"),
        ("runs", "72000-69600", "is reversed"),
        ("purpos", "x", "is not known; did you mean 'purpose'?"),
        ("contact", 5, "'5' is no text"),
        ("requester", ["anna"], "is no text"),
        ("purpose", "p" * 501, "has 501 letters; 500 are possible"),
        ("note", {"a": 1}, "is no text"),
        ("dataset", "run3 auau", "'run3 auau' is no name like run3auau"),
        ("dataset", "../run3auau", "is no name"),
        ("events", -5, "-5 is no number of events"),
        ("events", "many", "'many' is no number of events"),
        ("events", 1e300, "is no number of events"),
        ("wanted_by", "someday", "'someday' is no day like 2026-05-01"),
    ],
)
def test_what_cannot_be_meant_is_named(key: str, value: object, said: str) -> None:
    ((found, line),) = lacks({**FORM, key: value}, DSTTYPES)
    assert found == key
    assert said in line
