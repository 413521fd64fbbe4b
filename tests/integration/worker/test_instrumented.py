"""The complete payload script of the examples, run with a stand-in for ROOT."""

from pathlib import Path

import pytest

from tests.support.payload_job import LOGBASE, PayloadJob
from tests.support.rule_files import REPOSITORY

SCRIPT = (REPOSITORY / "prodflow-examples" / "run_instrumented.sh").read_text().removeprefix("#!/usr/bin/env bash\n")
ROOT = f"""case "$*" in
*Fun4All_Mine*) echo dst > {LOGBASE}.root; touch HIST_A.root HIST_B.root; echo 1200 > events_read.txt; exit "$MACRO" ;;
*Quality*) [ "$QUALITY" = 0 ] && echo '{{"tracks_per_event": 7.5}}' > quality.json; exit "$QUALITY" ;;
esac
"""


def job(folder: Path, macro: int = 0, quality: int = 0) -> PayloadJob:
    made = PayloadJob(folder, root=ROOT, environment={"MACRO": str(macro), "QUALITY": str(quality)})
    data = made.write("in.root", "1234")
    made.list_inputs(("DST_A", 3, data.name, data, "", 4, "lustre"))
    return made


def test_it_reports_everything(tmp_path: Path) -> None:
    made = job(tmp_path / "job")
    done = made.run(SCRIPT)
    assert done.code == 0, done.err
    report = done.report
    assert [phase["name"] for phase in report["phases"]] == [
        *("prep", "run", "stage-in", "reconstruction", "quality", "outputs", "stage-out")
    ]
    assert all(phase["user_cpu"] is not None for phase in report["phases"])
    assert (report["events_in"], report["events_out"], report["bytes_in"], report["bytes_out"]) == (1200, 100, 4, 4)
    assert report["quality"] == {"tracks_per_event": 7.5} and done.texts == ["reads 1 files"]
    assert list(done.outputs) == [f"{LOGBASE}.root", "HIST_A.root", "HIST_B.root"]
    assert (len(made.staged()), len(made.staged("hist"))) == (1, 2)


@pytest.mark.parametrize(
    ("macro", "quality", "code", "text"),
    [(5, 0, 5, "Fun4All_Mine.C ended with code 5"), (0, 1, 0, "no quality: Quality.C failed")],
)
def test_it_tells_what_went_wrong(tmp_path: Path, macro: int, quality: int, code: int, text: str) -> None:
    done = job(tmp_path / "job", macro, quality).run(SCRIPT)
    assert (done.code, done.texts[-1]) == (code, text)


def test_an_input_that_is_not_healthy_stops_it(tmp_path: Path) -> None:
    made = job(tmp_path / "job")
    (tmp_path / "job" / "in.root").write_text("12345")
    done = made.run(SCRIPT)
    assert (done.code, done.texts) == (11, [f"{tmp_path}/job/in.root has 5 bytes; the catalog says 4"])
