"""`files` and `tape`: what the catalogs have, by run, segment, dsttype, tag and status, for people and for pipes."""

import pytest

from tests.support.catalog import File, Raw
from tests.support.workspace import ONE_DATABASE, Workspace, seeded_catalog

TAG, OTHER = "ana537_2025p010_v001", "new_newcdbtag_v001"
CLUSTER, SEED, STREAM = "DST_TRKR_CLUSTER", "DST_TRKR_SEED", "DST_STREAMING_EVENT"
PATHS = "INSERT INTO files (lfn, full_host_name, full_file_path, size) VALUES (?, ?, ?, ?)"


@pytest.fixture
def loaded(workspace: Workspace) -> Workspace:
    """A workspace with catalogs."""
    workspace.load(seeded_catalog(1))
    return workspace


def status(number: int | None) -> str:
    """What a status says."""
    return "disk" if (number or 0) > 0 else "bad" if (number or 0) < 0 else "tape"


def of_dsttype(file: File, dsttype: str) -> bool:
    """True for the dsttype, and for it with a host of the profile."""
    return file.dsttype == dsttype or (file.dsttype.startswith(dsttype + "_") and "seb19" not in file.dsttype)


RUNS = sorted(run.runnumber for run in seeded_catalog(1).runs)
FILES = seeded_catalog(1).files


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["--runs", f"{RUNS[0]}-{RUNS[3]}"], lambda f: RUNS[0] <= f.runnumber <= RUNS[3]),
        (["--runs", f"{RUNS[0]},{RUNS[5]}"], lambda f: f.runnumber in (RUNS[0], RUNS[5])),
        (["--dsttype", CLUSTER], lambda f: f.dsttype == CLUSTER),
        (["--dsttype", CLUSTER, "--exclude", f"{RUNS[2]}"], lambda f: f.dsttype == CLUSTER and f.runnumber != RUNS[2]),
        (["--dsttype", STREAM], lambda f: of_dsttype(f, STREAM)),
        (["--dsttype", SEED, "--tag", TAG], lambda f: f.dsttype == SEED and f.tag == TAG),
        (["--dsttype", SEED, "--status", "disk"], lambda f: f.dsttype == SEED and status(f.status) == "disk"),
        (["--dsttype", SEED, "--status", "tape"], lambda f: f.dsttype == SEED and status(f.status) == "tape"),
        (["--dsttype", SEED, "--status", "bad"], lambda f: f.dsttype == SEED and status(f.status) == "bad"),
        (["--dsttype", SEED, "--segments", "0,2"], lambda f: f.dsttype == SEED and f.segment in (0, 2)),
        (
            ["--runs", RUNS[0], "--dataset", "run3cosmics"],
            lambda f: f.runnumber == RUNS[0] and f.dataset == "run3cosmics",
        ),
    ],
)
def test_files_are_those_that_were_asked_for(loaded: Workspace, words: list[str], meant: object) -> None:
    found = loaded.json("files", *words)
    expected = sorted((f.filename, f.dataset) for f in FILES if meant(f))  # type: ignore[operator]
    assert sorted((one["filename"], one["dataset"]) for one in found) == expected
    assert expected or "bad" in words
    order = [(one["run"], one["dsttype"], one["segment"], one["filename"]) for one in found]
    assert [run for run, *_ in order] == sorted(run for run, *_ in order)


def test_a_file_has_its_places_sizes_and_events(loaded: Workspace) -> None:
    file = next(one for one in FILES if one.dsttype == SEED and one.status == 1)
    for place in ("/b", "/a"):
        loaded.sql(PATHS, file.filename, "lustre", f"{place}/{file.filename}", 5, role="filecatalog")
    words = ("--runs", file.runnumber, "--dsttype", SEED, "--tag", file.tag, "--segments", file.segment)
    first, second = loaded.json("files", *words)
    assert (first["path"], second["path"]) == (f"/a/{file.filename}", f"/b/{file.filename}")
    assert (first["bytes"], first["events"], first["status"], first["host"]) == (900_000, 10_000, "disk", "lustre")
    assert loaded.ok("files", *words, "--paths").out == f"/a/{file.filename}\n/b/{file.filename}\n"
    (line,) = loaded.ok("files", *words, "--paths", "--limit", 1).out.splitlines()
    assert line.startswith("/a/")


def test_paths_leave_out_files_without_a_place(loaded: Workspace) -> None:
    answer = loaded.ok("files", "--dsttype", SEED, "--paths")
    count = sum(one.dsttype == SEED for one in FILES)
    assert (answer.out, answer.err) == (
        "",
        f"prodcli: {count} files not listed: without a path in the catalog, or with a line break in it\n",
    )


def test_a_line_is_one_path(loaded: Workspace) -> None:
    """Whoever reads the list must not take half a name for a path."""
    file = next(one for one in FILES if one.dsttype == SEED and one.status == 1)
    for path in ("/a\n/etc/passwd", "/b\x1b[2J", f"/ok ü/{file.filename}"):
        loaded.sql(PATHS, file.filename, "lustre", path, 5, role="filecatalog")
    words = ("--runs", file.runnumber, "--dsttype", SEED, "--tag", file.tag, "--segments", file.segment)
    answer = loaded.ok("files", *words, "--paths")
    assert answer.out == f"/ok ü/{file.filename}\n"
    assert "2 files not listed: without a path in the catalog" in answer.err
    loaded.sql(
        "UPDATE datasets SET filename = 'x' || chr(10) || 'y', status = 0 WHERE filename IN"
        " (SELECT filename FROM datasets LIMIT 1)"
        if loaded.cluster
        else "UPDATE datasets SET filename = 'x' || char(10) || 'y', status = 0 WHERE filename IN"
        " (SELECT filename FROM datasets LIMIT 1)",
        role="raw",
    )
    tape = loaded.ok("tape", "--runs", "1-99999")
    assert "y" not in tape.out.splitlines()
    assert "1 file not listed: with a line break in the name" in tape.err


def test_pages_make_no_difference(loaded: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = loaded.json("files", "--runs", "1-99999")
    assert len(whole) == len([one for one in FILES if one.runnumber < 99999])
    monkeypatch.setattr("prodcli.catalogs.file_search._PAGE", 7)
    assert loaded.json("files", "--runs", "1-99999") == whole
    assert loaded.json("files", "--runs", "1-99999", "--limit", 10) == whole[:10]


def test_a_table_says_that_it_is_cut(loaded: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prodcli.cli.catalogs.files._MOST", 3)
    count = sum(one.dsttype == SEED for one in FILES)
    lines = loaded.ok("files", "--dsttype", SEED).out.splitlines()
    assert (len(lines), lines[-1]) == (5, f"{count} files, 3 are shown (--limit 0: all)")
    assert len(loaded.ok("files", "--dsttype", SEED, "--limit", 0).out.splitlines()) == count + 2
    assert len(loaded.json("files", "--dsttype", SEED)) == count


@ONE_DATABASE
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["files"], "no files are chosen (choose by --runs or --dsttype)"),
        (["files", "--tag", TAG], "no files are chosen (choose by --runs or --dsttype)"),
        (["files", "--runs", "x"], "'x' is not a run number, a range or a selector"),
        (["files", "--runs", "1", "--segments", "x"], "'x' is not a segment or a range"),
        (["files", "--runs", "1", "--status", "gone"], "'gone' is not one of"),
        (["files", "--runs", "1", "--limit", "-1"], "-1 is not in the range"),
        (["tape"], "no runs are named (--runs or --runlist)"),
        (["tape", "--runs", "1", "--hosts", "TPC99"], "--hosts: no detector or host is called 'TPC99'"),
        (["tape", "--runs", "1", "--runlist", "x"], "give --runs or --runlist, not both"),
    ],
)
def test_bad_input_is_one_line(loaded: Workspace, words: list[str], says: str) -> None:
    answer = loaded.run(*words)
    assert (answer.code, answer.out) == (2, "")
    (line,) = answer.err.splitlines()
    assert says in line


def test_strange_words_find_nothing(loaded: Workspace) -> None:
    for word in ("DST_NOBODY", "", "'; DROP TABLE datasets; --", "%"):
        assert loaded.json("files", "--runs", RUNS[0], "--dsttype", word or "-") == []


def on_tape(raw: Raw) -> bool:
    return raw.status in (0, None)


def test_tape_lists_raw_files_to_stage(loaded: Workspace) -> None:
    catalog = seeded_catalog(1)
    expected = [one for one in catalog.raw if on_tape(one)]
    answer = loaded.run("tape", "--runs", "1-99999", quiet=False)
    assert sorted(answer.out.split()) == sorted(one.filename for one in expected)
    bad = sum((one.status or 0) < 0 for one in catalog.raw)
    runs = len({one.runnumber for one in expected})
    assert (
        f"{len(expected)} raw files of {runs} runs are on tape only; {bad} more are bad, and are not listed"
        in answer.err
    )
    of_tpc = [one for one in expected if one.daqhost.startswith("ebdc") and one.daqhost != "ebdc39"]
    found = loaded.json("tape", "--runs", "1-99999", "--hosts", "TPC")
    assert [(one["filename"], one["host"]) for one in found] == [
        (one.filename, one.daqhost)
        for one in sorted(of_tpc, key=lambda one: (one.runnumber, one.daqhost, one.segment, one.filename))
    ]
    assert of_tpc


def test_nothing_on_tape_is_no_failure(loaded: Workspace) -> None:
    loaded.sql("UPDATE datasets SET status = 1", role="raw")
    assert loaded.run("tape", "--runs", "1-99999", quiet=False).err.endswith("0 raw files are on tape only\n")
