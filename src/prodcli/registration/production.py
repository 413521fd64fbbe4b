"""What the file catalog says of all outputs of a production alike, and the outputs that belong to it.

Pure: data in, data out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from prodcli.errors import RuleError
from prodcli.names import MOST_SEGMENT

if TYPE_CHECKING:
    from prodcli.config.profile import Site
    from prodcli.rules.layout import Layout

_NAME = re.compile(r"\{leafdir\}([^{}]+)-\{run8\}-\{(?:out)?seg5\}")  # of an output, as a template


class OutputName(NamedTuple):
    """The parts of an output's file name that differ within a production."""

    dsttype: str
    run: int
    segment: int


@dataclass(frozen=True)
class Production:
    """A production: dataset and tag of its outputs, and the site whose disks they lie on.

    `end` follows the dsttype in file names; by default it is made of dataset and tag.
    """

    dataset: str
    tag: str
    site: Site
    end: str = ""

    def parse(self, filename: str) -> OutputName:
        """Read an output's file name; raises ValueError for a file of another production."""
        found = self._pattern.fullmatch(filename)
        if found is None or int(found["segment"]) > MOST_SEGMENT:
            raise ValueError(f"is no output of {self.dataset} {self.tag}")
        return OutputName(found["dsttype"], int(found["run"]), int(found["segment"]))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        end = re.escape(self.end or f"_{self.dataset}_{self.tag}")
        return re.compile(
            rf"(?P<dsttype>[A-Za-z0-9_.+-]+){end}-(?P<run>[0-9]{{8}})-(?P<segment>[0-9]{{5}}|[1-9][0-9]{{5,9}})\.root"
        )


def production_of(layout: Layout) -> Production:
    """The production of a rule; raises RuleError if the dsttype cannot be read from the names of its outputs."""
    rule, found = layout.rule, _NAME.fullmatch(layout.formats["logbase"])
    if found is None:
        raise RuleError(
            "params.names: the dsttype cannot be read from names like these",
            where=f"{rule.file}: rule {rule.name}",
            todo="the jobs have to register their outputs",
        )
    return Production(rule.params.dataset, rule.outtriplet, rule.site, found[1])
