"""Ends of logs as programs of the field write them, and HTCondor's hold reasons: the built-in catalog knows what they mean.

SOURCES.md beside the texts says where their wordings come from.
"""

from pathlib import Path

import pytest
import yaml

from prodcli.batch.hold_codes import hold_names, meaning_of
from prodcli.diagnosis.signatures import signature
from prodcli.error_catalog.known_error import Symptom
from prodcli.error_catalog.read_catalog import built_in_catalog

FOLDER = Path(__file__).parent / "log_ends"
ENDS = {
    (file.stem, name): case
    for file in sorted(FOLDER.glob("*.yaml"))
    for name, case in yaml.safe_load(file.read_text()).items()
}
RIGHT = 0.95


def symptom_of(case: dict[str, str | int]) -> Symptom:
    """The symptom that a case describes."""
    code, _, subcode = str(case.get("hold_code", "")).partition("/")
    ends = {key: int(case[key]) for key in ("exit_code", "signal") if key in case}
    holds = {"hold_code": int(code), "hold_subcode": int(subcode)} if code else {}
    return Symptom(str(case.get("state", "failed")), text=str(case["text"]), **ends, **holds)


def known_key(symptom: Symptom) -> str:
    """The key of the built-in entry that fits; empty if none does."""
    entry = built_in_catalog().known(symptom)
    return entry.key if entry else ""


def test_there_are_many_ends() -> None:
    assert len(ENDS) >= 300
    assert {file for file, _ in ENDS} >= {"code", "conditions", "databases", "file_systems", "holds", "storage"}


def test_nearly_all_ends_are_known_for_what_they_are() -> None:
    wrong = {
        name: known_key(symptom_of(case)) for name, case in ENDS.items() if known_key(symptom_of(case)) != case["key"]
    }
    assert len(wrong) <= (1 - RIGHT) * len(ENDS), wrong


@pytest.mark.parametrize("file", sorted({file for file, _ in ENDS}))
def test_each_kind_of_ends_is_known(file: str) -> None:
    cases = [case for (stem, _), case in ENDS.items() if stem == file]
    assert sum(known_key(symptom_of(case)) == case["key"] for case in cases) >= 0.9 * len(cases)


def test_every_expected_entry_exists() -> None:
    assert {str(case["key"]) for case in ENDS.values()} - {""} <= {entry.key for entry in built_in_catalog().entries}


def test_unknown_ends_stay_unknown() -> None:
    unknown = {name: known_key(symptom_of(case)) for name, case in ENDS.items() if not case["key"]}
    assert len(unknown) >= 4
    assert set(unknown.values()) == {""}


def test_the_masked_line_of_an_error_is_mostly_the_same_error() -> None:
    """So that entries which come later can name what is in the books already."""
    same, told = 0, 0
    for case in ENDS.values():
        symptom = symptom_of(case)
        match = built_in_catalog().match(symptom)
        if match is None or not match.line:
            continue
        masked = Symptom(symptom.state, symptom.exit_code, symptom.signal, text=signature(match.line))
        told += 1
        same += known_key(masked) == match.entry.key
    assert told >= 150
    assert same >= 0.9 * told


@pytest.mark.parametrize("code", hold_names())
def test_every_hold_code_is_known(code: int) -> None:
    assert known_key(Symptom("held", hold_code=code, hold_subcode=9999, text="?"))


def test_holds_have_the_same_words_in_the_catalog() -> None:
    """But memory and disk, which tables call in a word, and the policies, whose names the reason has."""
    for code in (6, 7, 14, 26, 46, 47):
        entry, hold = built_in_catalog().known(Symptom("held", hold_code=code)), meaning_of(code, 0)
        assert entry is not None and hold is not None
        assert hold.meaning.startswith(entry.name)


@pytest.mark.parametrize(
    ("code", "key"),
    [
        (10, "kit-lists-wrong"),
        (11, "kit-input-missing"),
        (20, "kit-stage-in-failed"),
        (21, "kit-input-differs"),
        (30, "kit-output-missing"),
        (31, "kit-stage-out-failed"),
    ],
)
def test_the_exit_codes_of_the_kit_are_known(code: int, key: str) -> None:
    """The codes of docs/payloads.md."""
    assert known_key(Symptom("failed", code, text="bye")) == key
