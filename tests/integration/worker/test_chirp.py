"""The batch system hears a few numbers: HTCondor where the node has condor_chirp, the local batch by a file."""

import ast
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.payload_job import KIT, PayloadJob

AD = 'ClusterId = 12\nProcId = 3\nNumJobStarts = 2\nRemoteHost = "slot1@node7.example"\n'
MACHINE = 'GLIDEIN_Site = "SiteX"\nMyAddress = "<192.0.2.7:9618?addrs=192.0.2.7-9618&alias=node7>"\n'


@pytest.mark.parametrize("code", [0, 1])
def test_numbers_are_told_and_a_failure_is_none(tmp_path: Path, code: int) -> None:
    job = PayloadJob(tmp_path / "job")
    told = tmp_path / "told"
    job.write("tools/condor_chirp", f'#!/bin/sh\necho "$@" >> {told}\nexit {code}\n').chmod(0o755)
    job.environment["_CONDOR_JOB_AD"] = str(job.write("job.ad", AD))
    job.environment["_CONDOR_MACHINE_AD"] = str(job.write("machine.ad", MACHINE))
    done = job.run("prodcli_events in 50; echo 12345 > x.root; ./stageout.sh x.root $outdir; exit 0\n")
    assert done.code == 0
    report = done.report
    assert (report["cluster"], report["proc"], report["start"]) == (12, 3, 2)
    assert (report["machine"]["site"], report["machine"]["address"]) == ("SiteX", "192.0.2.7")
    lines = told.read_text().splitlines()
    expected = ["EventsIn 50", "BytesOut 6", "ExitCode 0"]
    assert lines == [f"set_job_attr_delayed ChirpProdcli{words}" for words in expected[: 1 if code else 3]]


def test_progress_is_told_while_the_job_runs(tmp_path: Path) -> None:
    job = PayloadJob(tmp_path / "job")
    told = tmp_path / "told"
    job.environment |= {"PRODCLI_TOLD": str(told), "PRODCLI_SIGNS_SECONDS": "1"}
    waits = f"until grep -q EventsDone {told} 2>/dev/null; do sleep 0.1; done; cp {told} {told}.seen; exit 0\n"
    began = int(time.time())
    assert job.run(f"prodcli_progress 1200 5000; touch made.root; {waits}").code == 0
    lines = dict(line.split(" = ") for line in Path(f"{told}.seen").read_text().splitlines())
    changed = int(lines.pop("ChirpProdcliOutputChanged"))
    assert lines == {"ChirpProdcliEventsDone": "1200", "ChirpProdcliEventsTotal": "5000"}
    assert began - 2 <= changed <= time.time()


@pytest.mark.parametrize(
    ("text", "done", "total"),
    [
        ("7\n", 7, None),
        ("start\n1200 5000\n1300 5000\n", 1300, 5000),
        ("12/30", 12, 30),
        ("x" * 100_000 + "\n3 4\n", 3, 4),
        ("9" * 30, None, None),
        ("-5 1\n\x1b[2J\n", None, None),
        ("", None, None),
    ],
)
def test_any_text_may_stand_in_the_file(tmp_path: Path, text: str, done: int | None, total: int | None) -> None:
    file = tmp_path / "progress"
    file.write_text(text)
    words = [sys.executable, "-c", "import prodcli_signs; print(prodcli_signs.signs())"]
    environment = {"PRODCLI_PROGRESS": str(file), "PYTHONPATH": str(KIT), "PRODCLI_NOTES": str(tmp_path / "notes")}
    said = ast.literal_eval(subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout)
    assert (said["EventsDone"], said["EventsTotal"]) == (done, total)
