"""What a report makes of notes, good and bad."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.payload_job import KIT


@pytest.fixture
def kit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[ModuleType, ModuleType]]:
    """The modules for notes and for the report, as a worker node loads them."""
    monkeypatch.syspath_prepend(str(KIT))
    for name, value in {
        "PRODCLI_NOTES": str(tmp_path / "notes"),
        "PRODDB_DBID": "7",
        "PRODCLI_OUTBASE": "DST_X",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("PRODCLI_SHELL", "PRODCLI_ATTEMPT", "_CONDOR_JOB_AD", "_CONDOR_MACHINE_AD"):
        monkeypatch.delenv(name, raising=False)
    import prodcli_notes
    import prodcli_report

    yield prodcli_notes, prodcli_report
    for name in [name for name in sys.modules if name.startswith("prodcli_")]:
        del sys.modules[name]


def output(name: str, code: int = 0, events: int = 10) -> dict[str, object]:
    return {"lfn": name, "staged": "/out/" + name, "events": events, "size": 5, "code": code}


def test_notes_that_were_cut_short_or_are_none_are_passed_over(
    kit: tuple[ModuleType, ModuleType], tmp_path: Path
) -> None:
    notes, _ = kit
    notes.add("message", level="info", text="one")
    with (tmp_path / "notes" / "notes").open("a") as file:
        file.write('\n[1]\n{"kind": "x"}\n\n{"at": 1, "kind": "mess')
    notes.add("message", level="info", text="two \udcff")
    assert [note["text"] for note in notes.read()] == ["one", "two ?"]


def test_times_between_marks_and_spans_add_up(kit: tuple[ModuleType, ModuleType]) -> None:
    notes, report = kit
    for at, name, spent in ((100.0, "prep", 0.0), (110.0, "run", 1.0), (150.0, "fit", 30.0), (160.0, "run", 39.0)):
        notes.add("phase", at=at, name=name, user_cpu=spent, sys_cpu=spent / 10)
    notes.add("span", at=120.0, name="stage-out", wall=5.0, user_cpu=2.0, sys_cpu=0.5)
    built = report.build(notes.read(), 0, None, 100.0, 170.0)
    told = {phase["name"]: phase for phase in built["phases"]}
    assert list(told) == ["prep", "run", "stage-out", "fit"]
    assert {name: phase["wall"] for name, phase in told.items()} == {"prep": 10, "run": 45, "stage-out": 5, "fit": 10}
    assert (told["prep"]["user_cpu"], told["fit"]["user_cpu"], told["stage-out"]["sys_cpu"]) == (1, 9, 0.5)
    assert told["run"]["user_cpu"] is None  # the end of the script is not known
    assert (built["wall"], built["began"], built["ended"]) == (70, "1970-01-01T00:01:40Z", "1970-01-01T00:02:50Z")


@pytest.mark.parametrize(
    ("code", "outputs", "final"),
    [
        (0, [], 0),
        (0, [output("a")], 0),
        (0, [output("a", 30)], 30),
        (0, [output("a", 30), output("b", 31)], 31),
        (5, [output("a", 31)], 5),
        (0, [output("a", 31), output("a")], 0),
        (0, [output("a"), output("a", 30)], 30),
    ],
)
def test_a_lost_output_is_the_code_of_a_script_that_says_all_is_well(
    kit: tuple[ModuleType, ModuleType], code: int, outputs: list[dict[str, object]], final: int
) -> None:
    notes, report = kit
    for each in outputs:
        notes.add("output", **each)
    assert report.final_code(code, notes.read()) == final


def test_events_of_the_own_dsttype_count(kit: tuple[ModuleType, ModuleType]) -> None:
    notes, report = kit
    for each in (
        output("DST_X-1"),
        output("DST_X-2"),
        output("HIST_X-1"),
        output("DST_X-3", events=-1),
        output("DST_X-4", 31),
    ):
        notes.add("output", **each)
    built = report.build(notes.read(), 0, None, 1.0, 2.0)
    assert (built["events_out"], built["events_in"], built["bytes_out"], built["dbid"], built["attempt"]) == (
        20,
        None,
        20,
        7,
        None,
    )


def test_a_report_keeps_below_a_megabyte(kit: tuple[ModuleType, ModuleType], tmp_path: Path) -> None:
    notes, report = kit
    notes.add("quality", values={"x": "y" * 1_200_000})
    for number in range(300):
        notes.add("message", level="error", text=f"{number} " + "z" * 1900)
    notes.add("output", **output("DST_X-1"))
    built = report.build(notes.read(), 0, None, 1.0, 2.0)
    path = tmp_path / "log" / "report.json"
    report.write(built, str(path))
    told = json.loads(path.read_text())
    assert path.stat().st_size < 1_000_000 and told["quality"] == {}
    assert told["messages"][-1]["text"] == "left out, too long: quality" and told["messages"][0]["text"].startswith(
        "100 "
    )
    assert len(told["outputs"]) == 1
    assert [each.name for each in path.parent.iterdir()] == ["report.json"]


def test_twenty_thousand_outputs_are_left_out_last(kit: tuple[ModuleType, ModuleType], tmp_path: Path) -> None:
    notes, report = kit
    for number in range(20_000):
        notes.add("output", **output(f"DST_X-{number}"))
    built = report.build(notes.read(), 0, None, 1.0, 2.0)
    report.write(built, str(tmp_path / "report.json"))
    told = json.loads((tmp_path / "report.json").read_text())
    assert (told["outputs"], told["events_out"]) == ([], 200_000)
    assert told["messages"][-1]["text"] == "left out, too long: outputs"
