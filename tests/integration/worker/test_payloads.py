"""Payload scripts in the ways of the field: each source prep.sh, and few look at what the kit tells them."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.payload_job import KIT, LOGBASE, OUTBASE, ROW, RUN, SOURCE, PayloadJob

STAGE = f"./stageout.sh {LOGBASE}.root ${{outdir}} ${{dbid}}\n"
ROOT_LINE = (
    """full_command="root.exe -q -b 'Fun4All_SingleJob0.C(${nevents},${run},\\"${logbase}.root\\",\\"${dbtag}\\")'"\n"""
)
RUN_ROOT = ROOT_LINE + 'eval "${full_command}"; status_f4a=$?\n'
STAGE_HISTOGRAMS = "for hfile in HIST_*.root; do ./stageout.sh ${hfile} ${histdir}; done\n"
OWN_CODE = "exit ${status_f4a:-1}\n"
MAKES_DST = f"echo dst > {LOGBASE}.root\n"
ROWS = [
    ("DST_A", 3, "DST_A-66500-00003.root", "/data/DST_A-66500-00003.root", "0" * 32, 100, "lustre"),
    ("DST_B", 3, "DST_B-66500-00003.root", "/data/DST_B-66500-00003.root", "1" * 32, 200, "lustre"),
    ("DST_A", 4, "DST_A-66500-00004.root", "/data/DST_A-66500-00004.root", "2" * 32, 400, "lustre"),
]
MAKE_LISTS = 'make_filelists="./create_full_filelist_run_seg.py $dataset $intriplet $dsttype $run $seg"\neval "$make_filelists"\n'


def staged(name: str, md5: str, size: int, ctime: int, row: int = ROW) -> str:
    return f"{name}:nevents:100:first:1:last:99:md5:{md5}:size:{size}:ctime:{ctime}:dbid:{row}"


def test_a_macro_with_lists_one_output_and_no_histogram(tmp_path: Path) -> None:
    job = PayloadJob(tmp_path / "job", root=MAKES_DST)
    job.list_inputs(*ROWS)
    done = job.run(MAKE_LISTS + RUN_ROOT + STAGE + STAGE_HISTOGRAMS + "ls -A\n" + OWN_CODE)
    assert done.code == 0, done.err
    output = done.outputs[f"{LOGBASE}.root"]
    assert output["size"] == 4 and len(output["md5"]) == 32
    name = staged(f"{LOGBASE}.root", output["md5"], 4, output["ctime"])
    assert job.staged() == [name] and output["staged"] == str(tmp_path / "job" / "out" / name)
    assert (tmp_path / "job" / "out" / name).read_text() == "dst\n"
    assert f"{LOGBASE}.root\n" not in done.out.splitlines()  # it is gone from the scratch folder
    assert done.texts == ["no file to stage out: HIST_*.root"]
    report = done.report
    assert (report["dbid"], report["attempt"], report["exit_code"], report["signal"]) == (ROW, 2, 0, None)
    assert (report["events_out"], report["bytes_out"], report["bytes_in"]) == (100, 4, 300)
    assert [phase["name"] for phase in report["phases"]] == ["prep", "run", "stage-in", "stage-out"]
    assert sum(phase["wall"] for phase in report["phases"]) == pytest.approx(report["wall"], abs=0.05)
    assert report["machine"]["host"] == os.uname().nodename


def test_the_lists_hold_the_inputs_of_the_segment_alone(tmp_path: Path) -> None:
    job = PayloadJob(tmp_path / "job")
    job.list_inputs(*ROWS)
    done = job.run(MAKE_LISTS + "head -50 *.list\nexit 0\n")
    assert "==> infile.list <==\nDST_A-66500-00003.root\nDST_B-66500-00003.root\n" in done.out
    assert f"/data/DST_A-66500-00003.root {'0' * 32} 100 lustre\n/data/DST_B" in done.out


def test_combining_finds_one_trigger_list_and_one_other(tmp_path: Path) -> None:
    job = PayloadJob(tmp_path / "job")
    raw = [
        (host, segment, f"{host}-{segment:04d}.evt", "", "", 7, "")
        for host in ("ebdc07", "gl1daq", "ebdc08")
        for segment in (1, 0)
    ]
    job.list_inputs(*raw)
    check = """./create_filelist_run_daqhost.py $run $daqhost $inputs
shopt -s nullglob
set -- *gl1*.list
[[ $# == 1 ]] || exit 111
gl1file=$1
set -- `find . -maxdepth 1 -name \\*.list -a -not -name $gl1file`
[[ $# == 1 ]] || exit 111
head -50 *.list
exit 0
"""
    done = job.run(check)
    assert done.code == 0, done.out
    assert "==> ebdc07.list <==\nebdc07-0000.evt\n\n==> gl1daq.list <==\ngl1daq-0000.evt\n" in done.out
    done = PayloadJob(tmp_path / "all", environment={"PRODCLI_LISTS": str(job.lists)}).run(
        check, inputs="allsegsfromdb"
    )
    assert "==> ebdc07.list <==\nebdc07-0000.evt\nebdc07-0001.evt\n" in done.out


def test_no_input_is_code_10_and_the_payload_may_go_on(tmp_path: Path) -> None:
    job = PayloadJob(tmp_path / "job")
    done = job.run(MAKE_LISTS + "echo code $?\nls -1\nexit 0\n")
    assert "code 10\n" in done.out and ".list" not in done.out
    assert done.texts[0].startswith(f"no lists of run {RUN}: ")
    checked = PayloadJob(tmp_path / "checked")
    checked.list_inputs(*ROWS, triplet="other_nocdbtag_v001")
    done = checked.run(MAKE_LISTS + '. "${SPHENIXPROD_SCRIPT_PATH}/stagein.sh" --checkonly\nexit 0\n')
    assert (done.code, done.report["exit_code"]) == (10, 10)


def test_a_script_that_never_sets_its_status_ends_with_1_and_reports_its_output(tmp_path: Path) -> None:
    done = PayloadJob(tmp_path / "job", root=MAKES_DST).run(ROOT_LINE + 'eval "${full_command}"\n' + STAGE + OWN_CODE)
    assert (done.code, done.report["exit_code"]) == (1, 1)
    assert done.outputs[f"{LOGBASE}.root"]["code"] == 0


def test_files_that_root_stages_out_by_itself(tmp_path: Path) -> None:
    """Row ids missing, 0 and -1 stand for the job's own."""
    root = "".join(
        f"echo {number} > {OUTBASE}-00066500-0000{number}.root\n./stageout.sh {OUTBASE}-00066500-0000{number}.root $OUT {row}\n"
        for number, row in enumerate(["", "0", "-1", "99"])
    )
    job = PayloadJob(tmp_path / "job", root=root)
    job.environment["OUT"] = str(tmp_path / "job" / "out")
    done = job.run(RUN_ROOT + OWN_CODE)
    assert done.code == 0, done.err
    assert [name.rpartition(":")[2] for name in job.staged()] == [str(ROW), str(ROW), str(ROW), "99"]
    assert (done.report["events_out"], len(done.outputs)) == (400, 4)


def test_many_files_are_staged_out_at_once(tmp_path: Path) -> None:
    job = PayloadJob(tmp_path / "job")
    done = job.run("""touch "a b.root" c.root d.root
prodcli_stageout "$outdir" *.root; echo "code $?"
bash -c 'prodcli_stageout "$1" "HIST_*.root" gone.root; echo "code $?"; prodcli_stageout "$1"; echo "code $?"; prodcli_stageout; echo "code $?"' x "$outdir"
exit 0
""")
    assert [line for line in done.out.splitlines() if line.startswith("code")] == [
        "code 0",
        "code 30",
        "code 0",
        "code 2",
    ]
    assert (done.code, len(job.staged())) == (30, 3)
    assert {name: output["code"] for name, output in done.outputs.items()} == {
        "a b.root": 0,
        "c.root": 0,
        "d.root": 0,
        "gone.root": 30,
    }


def test_a_stage_out_that_is_sourced_ends_the_script_if_it_fails(tmp_path: Path) -> None:
    job = PayloadJob(tmp_path / "job")
    done = job.run(
        f"{MAKES_DST}. ./stageout.sh {LOGBASE}.root $outdir\necho between\n. ./stageout.sh gone.root $outdir\necho never\n"
    )
    assert (done.code, done.report["exit_code"]) == (30, 30)
    assert "between\n" in done.out and "never" not in done.out


def test_a_kit_that_is_named_without_its_folder_is_found(tmp_path: Path) -> None:
    job = PayloadJob(tmp_path / "job", environment={"CDPATH": "/tmp"})
    script = job.write("payload.sh", ". common_runscript_prep.sh\nexit 0\n")
    done = subprocess.run(
        ["bash", script, *job.arguments()], env=job.variables(), cwd=KIT, capture_output=True, text=True
    )
    assert done.returncode == 0 and job.report_file.exists(), done.stderr


@pytest.mark.parametrize("own", [0, 7])
def test_a_lost_output_fails_a_job_that_does_not_look(tmp_path: Path, own: int) -> None:
    job = PayloadJob(tmp_path / "job", environment={"ROOT_CODE": str(own)})
    done = job.run(RUN_ROOT + STAGE + OWN_CODE)
    assert (done.code, done.report["exit_code"]) == (own or 30, own or 30)
    assert done.outputs[f"{LOGBASE}.root"]["code"] == 30
    assert f"{LOGBASE}.root is not there, or is no file" in done.texts[0]


def test_a_target_that_takes_nothing_fails_the_job_with_31(tmp_path: Path) -> None:
    job = PayloadJob(tmp_path / "job", root=MAKES_DST)
    job.write("blocked", "")
    done = job.run(RUN_ROOT + STAGE + f"cat {LOGBASE}.root\n" + OWN_CODE, outdir=tmp_path / "job" / "blocked" / "below")
    assert (done.code, done.outputs[f"{LOGBASE}.root"]["code"]) == (31, 31)
    assert "dst\n" in done.out  # the local file stays


def test_an_output_that_was_lost_and_then_staged_out_is_not_lost(tmp_path: Path) -> None:
    done = PayloadJob(tmp_path / "job").run(STAGE + MAKES_DST + STAGE + "exit 0\n")
    assert (done.code, done.outputs[f"{LOGBASE}.root"]["code"]) == (0, 0)


def test_the_report_is_written_when_a_strict_script_stops(tmp_path: Path) -> None:
    done = PayloadJob(tmp_path / "job").run("set -eu\nfalse\necho never\n")
    assert (done.code, done.report["exit_code"], "never" in done.out) == (1, 1, False)


def test_a_strict_script_gets_through_the_preparations(tmp_path: Path) -> None:
    job = PayloadJob(tmp_path / "job")
    job.environment["PRODCLI_SETUP"] = str(
        job.write("setup.sh", 'false; echo "set-up $2 $NOTHING"; OFFLINE_MAIN=/there\n')
    )
    source = 'set -eu\n. "${SPHENIXPROD_SCRIPT_PATH}/common_runscript_prep.sh"\n'
    done = job.run(source + 'echo "$OFFLINE_MAIN $HOME $USER $LOGNAME $-"\n')
    assert done.code == 0, done.err
    assert "set-up ana.540 \n" in done.out
    user = done.out.splitlines()[-1].split()
    assert user[:2] == ["/there", f"/sphenix/u/{user[2]}"] and user[2] == user[3] and {"e", "u"} <= {*user[4]}


def test_a_payload_that_is_killed_reports_and_leaves_nothing_running(tmp_path: Path) -> None:
    job = PayloadJob(tmp_path / "job", root="echo $$ > $PID\nsleep 50\n")
    pid = tmp_path / "job" / "pid"
    job.environment["PID"] = str(pid)
    process = job.start(RUN_ROOT + STAGE + OWN_CODE)
    while not (pid.exists() and pid.read_text().strip()):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    done = job.ran(process)
    assert done.code == -signal.SIGTERM
    assert (done.report["exit_code"], done.report["signal"]) == (143, 15)
    assert not Path("/proc", pid.read_text().strip()).exists()


def test_a_child_that_is_killed_leaves_its_code(tmp_path: Path) -> None:
    done = PayloadJob(tmp_path / "job", root="kill -9 $$\n").run(RUN_ROOT + OWN_CODE)
    assert (done.code, done.report["exit_code"], done.report["signal"]) == (137, 137, None)


def test_phases_messages_events_and_quality_from_bash_and_from_its_children(tmp_path: Path) -> None:
    job = PayloadJob(tmp_path / "job")
    job.write("quality.json", '{"tracks": 12.5, "bad": NaN}')
    done = job.run(f"""prodcli_phase reconstruction
bash -c 'prodcli_message warning "few hits"; for i in {{1..60000}}; do :; done; prodcli_events in 1200'
looks() {{ cat .prodcli/memory 2>/dev/null | wc -l; }}
before=$(looks); while [ "$(looks)" -le "$before" ]; do sleep 0.05; done
prodcli_events out 600; prodcli_events out 500
prodcli_quality {tmp_path}/job/quality.json
"$PRODCLI_KIT/prodcli_job.py" phase writing
prodcli_phase; prodcli_events many; prodcli_quality /nowhere
exit 0
""")
    assert done.code == 0, done.err
    phases = {phase["name"]: phase for phase in done.report["phases"]}
    assert list(phases) == ["prep", "run", "reconstruction", "writing"]
    assert phases["reconstruction"]["user_cpu"] > 0.05 and phases["reconstruction"]["memory_kb"] > 1000
    assert done.report["memory_kb"] >= phases["reconstruction"]["memory_kb"]
    assert (done.report["events_in"], done.report["events_out"]) == (1200, 1100)
    assert done.report["quality"] == {"tracks": 12.5, "bad": None}
    assert done.texts[0] == "few hits" and done.texts[1].startswith("wrong call: prodcli_phase NAME")


def test_arguments_reach_the_script_as_variables(tmp_path: Path) -> None:
    job = PayloadJob(tmp_path / "a folder")
    names = "buildarg dataset intriplet dsttype run seg daqhost inputs nevents outdir histdir outbase neventsper dbtag logbase logdir"
    done = job.run(f'for name in {names} dbid PRODDB_DBID; do echo "$name=${{!name}}"; done; pwd; ls\n')
    expected = [*zip(names.split(), job.arguments(), strict=False), ("dbid", str(ROW)), ("PRODDB_DBID", str(ROW))]
    lines = done.out.splitlines()
    assert [f"{name}={value}" for name, value in expected] == lines[-len(expected) - 5 : -5]
    assert lines[-5:] == [
        str(job.scratch),
        *sorted(["create_filelist_run_daqhost.py", "create_full_filelist_run_seg.py", "stagein.sh", "stageout.sh"]),
    ]


def test_of_two_files_with_one_name_the_later_counts_and_a_missing_one_is_told(tmp_path: Path) -> None:
    job = PayloadJob(tmp_path / "a folder")
    for place in ("one", "two"):
        (job.folder / place).mkdir()
        job.write(f"{place}/macro.C", place).chmod(0o444)
    job.write("one/other.C", "other")
    payload = f"{job.folder}/one/*,{job.folder}/gone.C,{job.folder}/two/macro.C"
    done = job.run("cat macro.C other.C; echo; echo $condor_rsync; exit 0\n", payload=payload)
    assert "twoother\n" in done.out and done.out.splitlines()[-1].endswith("/a folder/two/macro.C")
    assert done.texts == [f"a file of the payload did not come: {job.folder}/gone.C"]


def test_seventeen_arguments_are_enough_and_sixteen_are_not(tmp_path: Path) -> None:
    job = PayloadJob(tmp_path / "job")
    script = job.write("payload.sh", '. "${SPHENIXPROD_SCRIPT_PATH}/common_runscript_prep.sh"\necho "row $dbid"\n')

    def run(count: int) -> tuple[int, str]:
        done = subprocess.run(
            ["bash", script, *job.arguments()[:count]], env=job.variables(), capture_output=True, text=True
        )
        return done.returncode, done.stdout + done.stderr

    code, out = run(17)
    assert code == 0 and out.endswith("row -1\n")
    code, out = run(16)
    assert code == 2 and "got 16 arguments, and wants 17 or 18" in out and "row" not in out


# Ends the only child of the script between the look at the script's children and the look at that child's.
ENDS_MEANWHILE = """
sleep 30 &
child=$!
read() {
    builtin read "$@"
    if ((${#children[@]})); then kill -9 $child; wait $child; fi
}
prodcli_resident pages $$
echo "pages: $((pages > 0))"
"""


def test_a_process_that_ends_while_its_memory_is_looked_at_is_looked_at_once(tmp_path: Path) -> None:
    """Its children are not those of the process before it: the watch of a job would never come to an end."""
    done = PayloadJob(tmp_path / "job", environment={"PRODCLI_SETUP": "off"}).run(ENDS_MEANWHILE)
    assert (done.code, done.out.splitlines()[-1]) == (0, "pages: 1")


def test_a_job_without_a_path_runs(tmp_path: Path) -> None:
    """HTCondor gives a job no PATH unless its rule says `getenv`; bash then has one of its own, which is not exported."""
    job = PayloadJob(tmp_path / "job", environment={"PRODCLI_SETUP": "off"})
    script = job.write("payload.sh", SOURCE + "env | grep ^PATH=\n")
    variables = {name: value for name, value in job.variables().items() if name != "PATH"}
    done = subprocess.run(
        ["/bin/bash", script, *job.arguments()], env=variables, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "\nPATH=/" in done.stdout


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("PRODCLI_OS", "*PlatypOS*", "is not for this operating system"),
        ("PRODCLI_SETUP", "/nowhere/setup.sh", "the set-up script is not there: /nowhere/setup.sh"),
        ("PRODCLI_PYTHON", "", ""),
    ],
)
def test_a_node_that_does_not_suit_is_code_3(tmp_path: Path, variable: str, value: str, words: str) -> None:
    job = PayloadJob(tmp_path / "job", environment={variable: value})
    if not words:
        words = "there is no Python 3.6 or newer on this node"
        job.write("tools/python3", "#!/bin/sh\nexit 1\n").chmod(0o755)
    done = job.run("echo never\n")
    assert (done.code, "never" in done.out) == (3, False) and words in done.err


def test_exec_and_finish_run_measure_and_end(tmp_path: Path) -> None:
    run = ROOT_LINE + '. "${SPHENIXPROD_SCRIPT_PATH}/common_runscript_exec.sh"\n'
    finish = '. "${SPHENIXPROD_SCRIPT_PATH}/common_runscript_finish.sh"\necho never\n'
    job = PayloadJob(tmp_path / "good", root=MAKES_DST)
    done = job.run(
        run + 'echo "measured $user_cpu $sys_cpu $max_rss_kb"\n./stageout.sh $logbase.root $outdir\n' + finish
    )
    assert done.code == 0, done.err
    measured = next(line.split()[1:] for line in done.out.splitlines() if line.startswith("measured"))
    assert [float(word) >= 0 for word in measured] == [True, True, True] and int(measured[2]) > 1000
    assert "never" not in done.out and done.report["memory_kb"] >= int(measured[2])
    failed = PayloadJob(tmp_path / "bad", environment={"ROOT_CODE": "9"}).run(run + "echo never\n")
    assert (failed.code, failed.report["exit_code"], "never" in failed.out) == (9, 9, False)
    assert PayloadJob(tmp_path / "unset").run(finish).code == 1
