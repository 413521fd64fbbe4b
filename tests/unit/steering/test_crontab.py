"""Lines of a crontab: minutes, quotes, and the lines of others."""

import re
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodcli.errors import UsageError
from prodcli.steering import crontab

HOURLY, DAILY = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60), (120, 180, 240, 360, 480, 720, 1440)
WORDS = ["/opt/prodcli", "control", "-f"]


def starts(fields: str) -> list[int]:
    """The minutes of a day at which a line runs."""
    minute, hour, *rest = fields.split()
    assert rest == ["*", "*", "*"]
    minutes = range(60) if minute == "*" else map(int, minute.split(","))
    hours = range(24) if hour == "*" else list(map(int, hour.split(",")))
    return sorted(60 * one + other for other in minutes for one in hours)


@pytest.mark.parametrize("every", HOURLY + DAILY)
@given(word=st.text())
def test_passes_are_evenly_apart(every: int, word: str) -> None:
    found = starts(crontab.times(every, word))
    assert len(found) == 1440 // every
    assert {later - earlier for earlier, later in zip(found, found[1:], strict=False)} <= {every}


@pytest.mark.parametrize("every", [0, -5, 7, 25, 59, 61, 90, 300, 2880])
def test_minutes_that_no_crontab_can_say_are_refused(every: int) -> None:
    with pytest.raises(UsageError, match="cannot say every"):
        crontab.times(every, "x")


def test_hosts_and_files_begin_apart() -> None:
    lines = {
        crontab.line([*WORDS, file], {}, 20, host).partition(" ")[0]
        for host in ("prod01", "prod02", "prod03")
        for file in ("/a.yaml", "/b.yaml", "/c.yaml")
    }
    assert len(lines) > 5
    assert crontab.line([*WORDS, "/a.yaml"], {}, 20, "prod01") == crontab.line([*WORDS, "/a.yaml"], {}, 20, "prod01")


PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\x7f\x85"), min_size=1)


@given(file=PRINTABLE, site=PRINTABLE)
def test_a_shell_reads_what_was_meant(file: str, site: str) -> None:
    line = crontab.line([*WORDS, file], {"PRODCLI_SITE": site}, 60, "prod01")
    assert not re.search(r"(?<!\\)%", line)  # cron ends the command there
    command = line.split(" ", 5)[5].replace("\\%", "%")
    assert shlex.split(command) == [f"PRODCLI_SITE={site}", *WORDS, file]


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])).filter(lambda one: "prodcli" not in one)
    )
)
def test_lines_of_others_stay(lines: list[str]) -> None:
    before = "".join(f"{line}\n" for line in lines)
    after = crontab.merged(before, {"PATH": "/bin"}, [crontab.line([*WORDS, "/a"], {}, 20, "h")])
    assert after.startswith(before)
    assert crontab.others(after) == before
    assert crontab.merged(after, {}, [], {"/a"}) == before


def test_a_line_replaces_that_of_its_file() -> None:
    a20, a10, b = (crontab.line([*WORDS, file], {}, every, "h") for file, every in (("/a", 20), ("/a", 10), ("/b", 20)))
    first = crontab.merged("0 * * * * mine\n", {"PATH": "/bin", "MAILTO": "me@x"}, [a20, b])
    assert first.splitlines()[0] == "0 * * * * mine"
    assert first.splitlines()[2:-1] == ["PATH=/bin", "MAILTO=me@x", a20, b]
    second = crontab.merged(first, {"PATH": "/usr/bin", "MAILTO": ""}, [a10])
    assert second.splitlines()[2:-1] == ["PATH=/usr/bin", "MAILTO=me@x", a10, b]
    assert crontab.merged(second, {}, [], {"/b"}).splitlines()[2:-1] == ["PATH=/usr/bin", "MAILTO=me@x", a10]


def test_the_block_moves_behind_the_lines_of_others() -> None:
    own = crontab.merged("", {"PATH": "/bin"}, [crontab.line([*WORDS, "/a"], {}, 20, "h")])
    assert crontab.merged(own + "5 * * * * mine\n", {}, []) == "5 * * * * mine\n" + own


def test_a_block_without_an_end_is_refused() -> None:
    own = crontab.merged("", {}, [crontab.line([*WORDS, "/a"], {}, 20, "h")])
    with pytest.raises(UsageError, match="has no end"):
        crontab.merged(own.rpartition("#")[0] + "5 * * * * mine\n", {}, [])


def test_passes_of_other_tools_are_found() -> None:
    today = "15,55 * * * * source x >& /dev/null && production_control.py --steer /a.yaml -vv >& /dev/null"
    assert crontab.lines_of_today(f"# production_control.py\n{today}\n1 * * * * true\n") == [today]
