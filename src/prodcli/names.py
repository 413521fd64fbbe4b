"""Names of outputs, directories and tags: building and parsing are inverse pairs (formats: docs/rules.md, Names).

Templates are filled by `fill`: plain `{name}` placeholders from an allow-list and nothing else.

Pure: data in, data out.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from posixpath import normpath
from string import Formatter

# Names that go into file names, paths, submit descriptions and shell arguments unquoted.
TOKEN = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9_.+-]+")
_OUTPUT = re.compile(r"(?P<outbase>.+)-(?P<run>[0-9]{8})-(?P<segment>[0-9]{5}|[1-9][0-9]{5,9})\.root")
_TRIPLET = re.compile(r"[^_]+_.+_v(?:[0-9]{3}|[1-9][0-9]{3,})")
_MACRO = re.compile(r"\$\w*\(|\$\$")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
RUN_FORMAT, SEGMENT_FORMAT = "08d", "05d"
MOST_RUN, MOST_SEGMENT = (
    99_999_999,
    2**31 - 1,
)  # names have eight digits for a run, and the books four bytes for a segment


@dataclass(frozen=True, slots=True)
class Triplet:
    """A production tag; `build` without dots."""

    build: str
    dbtag: str
    version: int

    def __str__(self) -> str:
        return f"{self.build}_{self.dbtag}_v{self.version:03d}"


def triplet(build: str, dbtag: str, version: int) -> Triplet:
    """The tag of a production: `ana.537`, `2025p010`, 1 -> `ana537_2025p010_v001`."""
    return Triplet(build.replace(".", ""), dbtag, version)


def is_triplet(text: str) -> bool:
    """True for a tag with a version; only tags of older tools have none."""
    return _TRIPLET.fullmatch(text) is not None


def leafdir(dsttype: str, leaf: str) -> str:
    """The dsttype in the books and in directory names: for combining with the leaf of the host."""
    return f"{dsttype}_{leaf}" if leaf else dsttype


def output_name(outbase: str, run: int, segment: int) -> str:
    """The file name of an output, which is its identity."""
    return f"{outbase}-{run:{RUN_FORMAT}}-{segment:{SEGMENT_FORMAT}}.root"


def parse_output_name(name: str) -> tuple[str, int, int]:
    """Read (outbase, run, segment) from an output's file name; raises ValueError for another name."""
    found = _OUTPUT.fullmatch(name)
    if found is None or int(found["segment"]) > MOST_SEGMENT:
        raise ValueError(f"{name!r} is not an output like DST_CALO_run3auau_ana537_2025p010_v001-00066456-00000.root")
    return found["outbase"], int(found["run"]), int(found["segment"])


def names_from(first: str, count: int) -> list[str]:
    """The file names of a job's outputs: the first, and those of the segments that follow; only the first of another name."""
    if count == 1:
        return [first]
    try:
        outbase, run, segment = parse_output_name(first)
    except ValueError:
        return [first]
    return [output_name(outbase, run, one) for one in range(segment, segment + count)]


@lru_cache  # jobs come run by run
def run_group(run: int, template: str = "run_{a:08d}_{b:08d}") -> str:
    """The directory of a hundred runs: 66456 -> `run_00066400_00066500`."""
    low = run // 100 * 100
    return template.format_map({"a": low, "b": low + 100})


def placeholders(template: str) -> list[str]:
    """The names between braces, in order; raises ValueError for anything but plain `{name}`."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError as err:
        raise ValueError(f"{template!r}: {err}; a brace that is meant is written twice") from None
    names = []
    for _, name, spec, conversion in parts:
        if name is None:
            continue
        if spec or conversion or not name.isidentifier():
            raise ValueError(f"{template!r}: only plain {{name}} placeholders are allowed")
        names.append(name)
    return names


def fill(template: str, values: Mapping[str, str]) -> str:
    """Put values into `{name}` placeholders; raises ValueError for an unknown name."""
    for name in placeholders(template):
        if name not in values:
            raise ValueError(f"{template!r}: unknown {{{name}}}{did_you_mean(name, values)}")
    return template.format_map(values)


def from_folder(path: str, folder: str, home: str) -> str:
    """A path as people write it: relative ones count from a folder, `~` is the home folder.

    Raises ValueError for another home.
    """
    if path.startswith("~"):
        if not home or path[1:2] not in ("", "/"):
            raise ValueError(f"{path!r:.80}: ~ is your own home folder only; write the whole path")
        path = home + path[1:]
    return path if path.startswith("/") else normpath(f"{folder}/{path}")


def did_you_mean(word: str, known: Iterable[str], few: str = "allowed") -> str:
    """`; did you mean 'x'?`, or the known words if there are few, or nothing."""
    known = sorted(map(str, known))
    same = [one for one in known if _unpadded(one) == _unpadded(word)]
    close = same or difflib.get_close_matches(word, known, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; {few}: {', '.join(known)}" if 0 < len(known) <= 40 else ""


def _unpadded(word: str) -> str:
    """A name without the zeros that lead its numbers, in small letters: `TPC03` is `tpc3`."""
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", word).casefold()


def is_text(word: str) -> bool:
    """False for a word with bytes that are not UTF-8, which Python keeps as lone surrogates."""
    return word.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in word)


def variable_fault(name: str, value: str) -> str:
    """Why a job cannot have a variable of this name and value; empty if it can."""
    if not _VARIABLE.fullmatch(name):
        return f"{name!r:.80} must be a name of letters, digits and _"
    if not value.isprintable() or _MACRO.search(value):
        return "newlines, control characters, $( and $$ are not allowed here"
    return ""


def plain_text(text: str) -> bool:
    """True for text that a submit description can hold unchanged."""
    return text.isprintable() and not any(c in text for c in "\"'") and not _MACRO.search(text) and text[-1:] != "\\"
