"""Payload scripts of the older dialect: cups.py, with jobwrapper.sh and without."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.payload_job import KIT, RUN, PayloadJob

NAME = f"DST_CALOFITTING_run3auau_ana468_2024p012-{RUN:08d}-00003"
HEAD = f"""#!/usr/bin/bash
run={RUN} segment=3 outbase=DST_CALOFITTING_run3auau_ana468_2024p012
export cupsid=${{@: -1}}
sighandler() {{ ./cups.py -v -r $run -s $segment -d $outbase finished -e 255 --nevents 0; }}
trap sighandler SIGTERM
./cups.py -r $run -s $segment -d $outbase info
./cups.py -r $run -s $segment -d $outbase started
"""
INPUTS = "inputs=( $(./cups.py -r $run -s $segment -d $outbase getinputs) )\n"
MACRO = "./cups.py -r $run -s $segment -d $outbase running\nstatus_f4a=${CODE:-0}\necho dst > NAME.root\n".replace(
    "NAME", NAME
)
STAGE = f"./cups.py -r $run -s $segment -d $outbase stageout {NAME}.root $OUT --dsttype DST --dataset x --nevents 40 --inc --prodtype only\n"
FINISHED = "./cups.py -v -r $run -s $segment -d $outbase finished -e ${status_f4a} --nevents -1 --inc\n"
MESSAGE = (
    './cups.py -r $run -s $segment -d $outbase message "Normal termination with large log file" --flag 10 --logsize 9\n'
)
ROWS = [
    ("DST_A", 3, "a-3.root", "/data/a-3.root", "0" * 32, 100, "lustre"),
    ("DST_A", 4, "a-4.root", "/data/a-4.root", "0" * 32, 100, "lustre"),
    ("DST_B", 3, "b-3.root", "", "", "", ""),
]


class OlderJob(PayloadJob):
    """A job of the older dialect."""

    def call(
        self, script: str, wrapped: bool, **environment: str
    ) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
        """Run it with jobwrapper.sh, or by itself with cups.py in its folder."""
        path = self.write("run.sh", HEAD + script)
        path.chmod(0o755)
        report = self.folder / "log" / "report.json"
        here = {"OUT": str(self.folder / "out"), "PRODCLI_REPORT": str(report), **environment}
        arguments = ["0", "base", "log", "1", "2", "out", "ana.468", str(self.folder), "run.sh", "815"]
        if not wrapped:
            (self.scratch / "cups.py").symlink_to(KIT / "cups.py")
        command = [str(KIT / "jobwrapper.sh"), "run.sh"] if wrapped else [str(path)]
        done = subprocess.run(
            [*command, *arguments], env={**self.variables(), **here}, cwd=self.scratch, capture_output=True, text=True
        )
        return done, json.loads(report.read_text()) if report.exists() else {}


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_script_with_cups_reports(tmp_path: Path, wrapped: bool) -> None:
    job = OlderJob(tmp_path / "job")
    job.list_inputs(*ROWS)
    done, report = job.call(
        INPUTS + 'echo "inputs: ${inputs[@]}"\n' + MACRO + STAGE + FINISHED + MESSAGE + "exit $status_f4a\n",
        wrapped,
    )
    assert done.returncode == 0, done.stderr
    assert "inputs: /data/a-3.root b-3.root\n" in done.stdout
    assert (report["dbid"], report["attempt"], report["exit_code"], report["events_out"]) == (815, 2, 0, 40)
    assert [message["level"] for message in report["messages"]] == ["warning"]
    assert job.staged()[0].startswith(f"{NAME}.root:nevents:40:first:-1:last:-1:md5:") and job.staged()[0].endswith(
        ":dbid:815"
    )
    assert "run" in [phase["name"] for phase in report["phases"]] and report["wall"] > 0


@pytest.mark.parametrize("wrapped", [True, False])
def test_the_code_of_the_macro_is_the_code_of_the_report(tmp_path: Path, wrapped: bool) -> None:
    done, report = OlderJob(tmp_path / "job").call(MACRO + FINISHED + "exit $status_f4a\n", wrapped, CODE="3")
    assert (done.returncode, report["exit_code"]) == (3, 3)


def test_what_is_staged_out_after_finished_is_in_the_report(tmp_path: Path) -> None:
    _, report = OlderJob(tmp_path / "job").call(MACRO + FINISHED + STAGE + "exit 0\n", wrapped=False)
    assert [output["lfn"] for output in report["outputs"]] == [f"{NAME}.root"]


def test_ranges_name_files_whose_events_are_not_known(tmp_path: Path) -> None:
    job = OlderJob(tmp_path / "job")
    job.list_inputs(*ROWS)
    done, _ = job.call("./cups.py -r $run -s $segment -d $outbase getranges\n", wrapped=False)
    assert "-1:-1:a-3.root\n-1:-1:b-3.root\n" in done.stdout


def test_no_inputs_is_code_10_and_no_output(tmp_path: Path) -> None:
    done, _ = OlderJob(tmp_path / "job").call(
        "./cups.py -r $run -s $segment -d $outbase getinputs; echo code $?\n", wrapped=False
    )
    assert done.stdout.endswith("code 10\n") and f"no lists of run {RUN}" in done.stderr


def test_verbs_that_did_nothing_do_nothing_and_unknown_ones_are_code_2(tmp_path: Path) -> None:
    call = "./cups.py -r $run -s $segment -d $outbase"
    done, _ = OlderJob(tmp_path / "job").call(
        f"{call} catalog x; echo code $?\n{call} magic; echo code $?\n", wrapped=False
    )
    assert "cups.py catalog does nothing\ncode 0\n" in done.stdout and done.stdout.endswith("code 2\n")


def test_a_wrapper_without_its_script_reports_code_1(tmp_path: Path) -> None:
    job = OlderJob(tmp_path / "job")
    report = job.folder / "report.json"
    environment = {**job.variables(), "PRODCLI_REPORT": str(report)}
    command = [str(KIT / "jobwrapper.sh"), "gone.sh", "1", str(job.folder), "gone.sh", "815"]
    done = subprocess.run(command, env=environment, cwd=os.sep, capture_output=True, text=True)
    assert (done.returncode, json.loads(report.read_text())["exit_code"]) == (1, 1)
    assert "payload-stagein-failed: there is no gone.sh" in report.read_text()
