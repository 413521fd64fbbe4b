"""Names of staged files: both forms are read, and every other name has a reason."""

import pytest

from prodcli.registration.production import Production
from prodcli.registration.staged_names import StagedFile, parse_staged
from tests.support.library_rules import sphenix

TAG = "ana537_2025p010_v001"
BASE = f"DST_TRKR_CLUSTER_run3auau_{TAG}-00069650-00007.root"
MD5 = "0123456789abcdef0123456789abcdef"
NEWER = ("nevents", "1000"), ("first", "0"), ("last", "999"), ("md5", MD5), ("size", "7"), ("ctime", "1760000000")
GOOD = (*NEWER, ("dbid", "42"))


def name(*said: tuple[str, str], base: str = BASE) -> str:
    """A staged name that says these things."""
    return ":".join([base, *(word for pair in said for word in pair)])


def changed(**values: str) -> str:
    """The good name with other values."""
    return name(*((key, values.get(key, value)) for key, value in GOOD))


def reason(path: str) -> str:
    """Why a name is bad."""
    with pytest.raises(ValueError) as failure:  # noqa: PT011 - the reason is what is tested
        parse_staged(path)
    return str(failure.value)


def test_the_newer_form() -> None:
    file = parse_staged(f"/data/x/{changed()}")
    assert file == StagedFile(f"/data/x/{changed()}", BASE, 1000, 0, 999, MD5, 7, 1760000000, 42)
    assert (file.folder, file.place) == ("/data/x", f"/data/x/{BASE}")


def test_the_older_form_has_neither_size_nor_time() -> None:
    older = name(*(pair for pair in GOOD if pair[0] not in ("size", "ctime")))
    file = parse_staged(f"/d/{older}")
    assert (file.size, file.ctime, file.md5, file.dbid) == (None, None, MD5, 42)


@pytest.mark.parametrize("count", ["-1", "-2", "-999"])
def test_events_that_nobody_could_count(count: str) -> None:
    file = parse_staged(f"/d/{changed(nevents=count, first=count, last=count)}")
    assert (file.events, file.first, file.last) == (-1, -1, -1)


def test_a_file_without_events_is_no_bad_name() -> None:
    assert parse_staged(f"/d/{changed(nevents='0')}").events == 0


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (f"/d/{BASE}", "is not like BASE.root:nevents:N"),
        (f"/d/{BASE}:nevents:1:first", "is not like"),  # 3 colons
        (f"/d/{BASE}" + ":x" * 30, "is not like"),
        (f"/d/{BASE}" + ":" * 30, "is not like"),
        (f"/d/{name(*GOOD)}:", "is not like"),
        (f"/d/{name(*reversed(GOOD))}", "is not like"),
        (f"/d/{name(*NEWER[:5], ('dbid', '42'))}", "is not like"),  # a size without a time
        (f"/d/{changed(dbid='0')}", "dbid 0 is no row of the books"),
        (f"/d/{changed(dbid='-1')}", "dbid -1 is no row of the books"),
        (f"/d/{changed(dbid='2147483648')}", "dbid 2147483648 is larger"),
        (f"/d/{changed(dbid='4x')}", "dbid is not a number"),
        (f"/d/{changed(dbid='')}", "dbid is not a number"),
        (f"/d/{changed(dbid='٤٢')}", "dbid is not a number"),
        (f"/d/{changed(dbid='42') + chr(10)}", "dbid is not a number"),
        (f"/d/{changed(nevents='1e3')}", "nevents is not a number"),
        (f"/d/{changed(nevents='9' * 30)}", "nevents is not a number"),
        (f"/d/{changed(md5='')}", "md5 is not 32"),
        (f"/d/{changed(md5='z' * 32)}", "md5 is not 32"),
        (f"/d/{changed(size='0')}", "size says that the file is empty"),
        (f"/d/{changed(size='-5')}", "size says that the file is empty"),
        (f"/d/{changed(ctime='0')}", "ctime is not a time"),
        (f"/d/{changed(ctime='253402300800')}", "ctime is not a time"),
        (f"/d/{name(*GOOD, base='DST X.root')}", "does not begin with the file name of an output"),
        (f"/d/{name(*GOOD, base='DST' + chr(10) + 'X.root')}", "does not begin with the file name of an output"),
        (f"/d/{name(*GOOD, base='x.roo')}", "does not begin with the file name of an output"),
        (f"/d/{name(*GOOD, base='$(touch x).root')}", "does not begin with the file name of an output"),
        (f"/d/{changed()}\udcff", "has bytes that are not UTF-8"),
        ("", "does not begin"),
        ("/d/" + "x" * 255, "does not begin"),
    ],
)
def test_a_bad_name_has_a_reason(path: str, said: str) -> None:
    assert reason(path).startswith(said)


def test_the_name_of_a_superseded_file_is_shorter_and_holds_everything() -> None:
    longest = "D" * (255 - len(changed()))
    file = parse_staged(f"/d/{longest}{changed()}")
    assert len(file.path) == len("/d/") + 255
    assert len(file.aside) < len(file.path)
    assert file.aside == f"/d/superseded-{longest}{BASE},1000,0,999,{MD5},7,1760000000,42"


@pytest.fixture(scope="module")
def production() -> Production:
    """A production of the built-in site."""
    return Production("run3auau", TAG, sphenix())


@pytest.mark.parametrize(
    "dsttype", ["DST_TRKR_CLUSTER", "HIST_JETQA_x", "CALIB_HOTMAP", "DST_STREAMING_EVENT_ebdc00_0"]
)
def test_the_dsttype_is_what_stands_before_dataset_and_tag(production: Production, dsttype: str) -> None:
    assert production.parse(f"{dsttype}_run3auau_{TAG}-00069650-00007.root") == (dsttype, 69650, 7)
    assert production.parse(f"{dsttype}_run3auau_{TAG}-00069650-2147483647.root") == (dsttype, 69650, 2**31 - 1)


@pytest.mark.parametrize(
    "filename",
    [
        f"DST_X_run2auau_{TAG}-00069650-00007.root",
        "DST_X_run3auau_ana537_2025p010_v002-00069650-00007.root",
        f"DST_X_run3auau_{TAG}.root",
        f"DST_X_run3auau_{TAG}-69650-00007.root",
        f"DST_X_run3auau_{TAG}-00069650-000007.root",
        f"DST_X_run3auau_{TAG}-00069650-9999999999.root",
        f"_run3auau_{TAG}-00069650-00007.root",
    ],
)
def test_files_of_other_productions_do_not_belong(production: Production, filename: str) -> None:
    with pytest.raises(ValueError, match=f"is no output of run3auau {TAG}"):
        production.parse(filename)


def test_the_host_is_that_of_the_first_part_that_the_path_has() -> None:
    site = sphenix()
    paths = ("/sphenix/lustre01/sphnxpro/x", "/sphenix/data/data02/x", "/gpfs/lustre/x", "/scratch/x")
    assert [site.file_host_of(path) for path in paths] == ["lustre", "gpfs", "lustre", "lustre"]
