"""A template of the field, filled in: PROD, TAG, VERSION and BRANCH stand for what a new production is.

Pure: data in, data out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from prodcli.names import triplet

PLACEHOLDER = re.compile(r"(?<![A-Za-z0-9])(?:PROD_TAG_VERSION|PROD|TAG|VERSION|BRANCH)(?![A-Za-z0-9])")
_PLACE = re.compile(r"[^\s'\"\[\],]*/BRANCH(/dir_BRANCH)?(?![A-Za-z0-9_])")
_VALUE = re.compile(r"^(\s*[^\s:]+:\s*)([^\s#]+)")
_KEY = re.compile(r"""(?m)^(\s*["']?)([^\s:"'#]+)(["']?\s*:)""")


@dataclass(frozen=True)
class Filling:
    """What a new production is: its name, tag, the prefix of its rules, and its folders.

    `root` is the folder of the production, `folder` the copy of the template in it. `intriplets` are those of rules, by
    the name of the rule or its dsttype.
    """

    name: str
    build: str
    dbtag: str
    version: int
    prefix: str
    root: str
    folder: str
    intriplets: Mapping[str, str] = field(default_factory=dict)

    @property
    def tag(self) -> str:
        """The triplet of the production."""
        return str(triplet(self.build, self.dbtag, self.version))

    def text(self, text: str) -> str:
        """The text with every placeholder filled in; paths to BRANCH lead to the production."""
        placed = _PLACE.sub(lambda found: self.folder if found[1] else self.root, text)
        return PLACEHOLDER.sub(lambda found: self._word(found[0], placed[found.end() : found.end() + 1]), placed)

    def _word(self, word: str, follows: str) -> str:
        """What a placeholder stands for; PROD before a `_` is the prefix of a rule."""
        prod = self.prefix if follows == "_" else self.build
        values = {"PROD_TAG_VERSION": self.tag, "TAG": self.dbtag, "VERSION": str(self.version), "BRANCH": self.name}
        return values.get(word, prod)

    def renamed(self, rule: str, dsttypes: Collection[str]) -> str:
        """The name of a rule with the prefix of the production before its dsttype: `prod1_CALO_run3oo` -> `pro001_CALO_run3oo`."""
        cores = sorted((one.removeprefix("DST_") for one in dsttypes), key=len, reverse=True)
        core = next((one for one in cores if one in rule), "")
        return f"{self.prefix}_{rule[rule.index(core) :]}" if core else rule


def with_names(text: str, names: Mapping[str, str]) -> str:
    """The text with other names of rules, where these stand as keys of YAML."""

    def renamed(found: re.Match[str]) -> str:
        return found[1] + names.get(found[2], found[2]) + found[3]

    return _KEY.sub(renamed, text)


def with_values(text: str, values: Mapping[int, str]) -> str:
    """The text with other values at some lines, counted from 1; comments behind them stay."""
    lines = text.splitlines(keepends=True)
    for number, value in values.items():
        lines[number - 1] = _VALUE.sub(rf"\g<1>{value}", lines[number - 1], count=1)
    return "".join(lines)


def left_in(text: str) -> Iterable[tuple[int, str]]:
    """The placeholders that are left in a text, each with its line; those of comments do not count."""
    for number, line in enumerate(text.splitlines(), start=1):
        for found in PLACEHOLDER.finditer(line.split("#", 1)[0]):
            yield number, found[0]
