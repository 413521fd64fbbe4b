"""stagein.sh and the list makers: inputs that are missing, sick, oddly named, or listed in another way than ours."""

import hashlib
from pathlib import Path

import pytest

from tests.support.payload_job import DATASET, RUN, PayloadJob

MAKE = "./create_full_filelist_run_seg.py $dataset $intriplet $dsttype $run $seg\n"
STAGE = '. "${SPHENIXPROD_SCRIPT_PATH}/stagein.sh"\n'
CHECK = '. "${SPHENIXPROD_SCRIPT_PATH}/stagein.sh" --checkonly\n'


def job(folder: Path, **given: object) -> PayloadJob:
    """A job with one input in a folder with a blank in its name; `given` replaces its md5, size or path in the list."""
    made = PayloadJob(folder)
    data = folder / "a disk" / "in.root"
    data.parent.mkdir()
    data.write_bytes(b"x" * 5000)
    values = {"path": data, "md5": hashlib.md5(data.read_bytes()).hexdigest(), "size": 5000, **given}
    made.list_inputs(("DST_A", 3, "in.root", values["path"], values["md5"], values["size"], "lustre"))
    return made


@pytest.mark.parametrize("given", [{}, {"md5": ""}, {"size": ""}, {"md5": "", "size": ""}])
def test_inputs_are_copied_and_compared_with_what_the_catalog_knows(tmp_path: Path, given: dict[str, object]) -> None:
    done = job(tmp_path / "job", **given).run(MAKE + CHECK + STAGE + "cksum in.root; ls -A\nexit 0\n")
    assert done.code == 0, done.err
    assert " 5000 in.root\n" in done.out and ".part" not in done.out
    assert [phase["name"] for phase in done.report["phases"]] == ["prep", "run", "stage-in"]


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ({"size": 5001}, 20, "5000 bytes came; the catalog says 5001"),
        ({"path": "/nowhere/in.root"}, 20, "cannot be staged in: [Errno 2]"),
        ({"md5": "0" * 32}, 21, f"the catalog says {'0' * 32}"),
    ],
)
def test_an_input_that_does_not_arrive_ends_the_script(
    tmp_path: Path, given: dict[str, object], code: int, words: str
) -> None:
    done = job(tmp_path / "job", **given).run(MAKE + STAGE + "echo never\n")
    assert (done.code, done.report["exit_code"], "never" in done.out) == (code, code, False)
    assert words in done.texts[-1]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"size": 5001}, "in.root has 5000 bytes; the catalog says 5001"),
        ({"path": "/nowhere/in.root"}, "an input is missing: [Errno 2]"),
    ],
)
def test_an_input_that_is_not_healthy_is_code_11(tmp_path: Path, given: dict[str, object], words: str) -> None:
    done = job(tmp_path / "job", **given).run(MAKE + CHECK + "echo never\n")
    assert (done.code, "never" in done.out) == (11, False)
    assert words in done.texts[-1]


def test_nothing_to_stage_in_is_code_20(tmp_path: Path) -> None:
    done = PayloadJob(tmp_path / "job").run(STAGE)
    assert (done.code, done.texts) == (20, ["infile_paths.list is missing or empty"])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"#prodcli-lists\t2\t{DATASET}\tt\n", 2),
        ("", 2),
        ("DST_A\t3\tin.root\t\t\t\t\n", 2),
        (f"#prodcli-lists\t1\t{DATASET}\tana538_nocdbtag_v001\nDST_A\t3\tin.root\n", 2),
        (f"#prodcli-lists\t1\t{DATASET}\tana538_nocdbtag_v001\nDST_A\tthree\tin.root\t\t\t\t\n", 2),
        (f"#prodcli-lists\t1\t{DATASET}\tana538_nocdbtag_v001\nDST_A\t4\tin.root\t\t\t\t\n", 10),
        ("#prodcli-lists\t1\tother\tana538_nocdbtag_v001\nDST_A\t3\tin.root\t\t\t\t\n", 10),
    ],
)
def test_lists_of_another_kind_are_refused(tmp_path: Path, text: str, code: int) -> None:
    made = PayloadJob(tmp_path / "job")
    made.write(f"lists/{RUN:08d}.tsv", text)
    done = made.run(MAKE + "echo code $?\nls\nexit 0\n")
    assert f"code {code}\n" in done.out and ".list" not in done.out
    assert len(done.texts) == 1


@pytest.mark.parametrize("maker", ["create_full_filelist_run_seg.py d t A x 3", "create_full_filelist_run_seg.py d t"])
def test_wrong_arguments_of_a_list_maker_are_code_2(tmp_path: Path, maker: str) -> None:
    assert "code 2\n" in PayloadJob(tmp_path / "job").run(f"./{maker}; echo code $?\n").out


@pytest.mark.parametrize("words", ["66500 ebdc00", "66500 ebdc00 allsegs", "x ebdc00 seg0fromdb"])
def test_wrong_arguments_of_the_maker_for_hosts_are_code_2(tmp_path: Path, words: str) -> None:
    done = PayloadJob(tmp_path / "job").run(f"./create_filelist_run_daqhost.py {words}; echo code $?\n")
    assert "code 2\n" in done.out


def test_a_job_without_lists_is_told_so(tmp_path: Path) -> None:
    done = PayloadJob(tmp_path / "job", environment={"PRODCLI_LISTS": ""}).run(MAKE + CHECK)
    assert (done.code, done.texts[0]) == (10, "PRODCLI_LISTS does not name the folder of the lists")


def test_an_odd_host_and_an_odd_name_keep_their_form(tmp_path: Path) -> None:
    made = PayloadJob(tmp_path / "job")
    made.list_inputs(
        ("ebdc07:1", 0, "odd name-é.evt", "/raw/odd name-é.evt", "", "", ""), ("gl1daq", 0, "g.evt", "", "", 3, "")
    )
    done = made.run("./create_filelist_run_daqhost.py $run ebdc07:1 allsegsfromdb; cat ebdc07:1.list; exit 0\n")
    assert "odd name-é.evt\n" in done.out and done.report["bytes_in"] == 3
