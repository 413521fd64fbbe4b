"""What a steering file says for a host: rules, and what a pass does for each of them."""

from dataclasses import dataclass, field
from pathlib import Path

from prodcli.rules.model import Overrides
from prodcli.runs.run_groups import RunGroup
from prodcli.runs.selection import RunSelection


@dataclass(frozen=True, kw_only=True)
class SteeredRule:
    """A rule that a steering file names for a host, with what a pass does for the rule.

    Runs are `runs`, which may be those of named `groups`, or the `runlist`, or `run_words` with selectors that only the catalogs can resolve, else the site's
    default range. A `share` is of the free slots of the queue, relative to the shares of the other rules. Of the rules of one
    pass, those of larger `priority` come first. `recover` is None where the rule and the site decide about automatic
    recovery. `line` is where the rule stands in its file.
    """

    name: str
    config: Path
    runs: RunSelection | None = None
    groups: tuple[RunGroup, ...] = ()
    run_words: tuple[str, ...] = ()
    runlist: Path | None = None
    segments: RunSelection | None = None
    submit: bool = False
    dstspider: bool = True
    histspider: bool = True
    finishmon: bool = False
    recover: bool | None = None
    overrides: Overrides = field(default_factory=Overrides)
    maxjobs: int = 0
    maxqueued: int | None = None
    share: int = 1
    priority: int = 0
    line: int = 0

    @property
    def steps(self) -> tuple[str, ...]:
        """What a pass does for the rule, in order."""
        switches = {
            "histspider": self.histspider,
            "dstspider": self.dstspider,
            "finishmon": self.finishmon,
            "submit": self.submit,
        }
        return tuple(step for step, on in switches.items() if on)


@dataclass(frozen=True)
class Steering:
    """What a file says for a host.

    `problems` has a line for each rule that cannot be read; the others go on. A host that is not `named` has nothing to do.
    """

    file: Path
    host: str
    rules: tuple[SteeredRule, ...]
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    known_hosts: tuple[str, ...] = ()
    named: bool = True
