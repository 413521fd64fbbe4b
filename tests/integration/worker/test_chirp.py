"""HTCondor hears a few numbers, where the node has condor_chirp."""

from pathlib import Path

import pytest

from tests.support.payload_job import PayloadJob

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
