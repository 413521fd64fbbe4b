"""A rule of the field's steering files, read key by key."""

from dataclasses import dataclass
from pathlib import Path

from prodcli.errors import UsageError
from prodcli.names import fill
from prodcli.rules.model import Overrides
from prodcli.runs.run_groups import RunGroup, united
from prodcli.runs.selection import RunSelection
from prodcli.steering import values
from prodcli.steering.said import Said
from prodcli.steering.steered_rule import SteeredRule

PLACES = ("submitdir", "prodbase", "configbase")
SWITCHES = ("submit", "dstspider", "histspider", "finishmon")
IGNORED = ("force", "force_delete")  # from cron they would erase a campaign, pass after pass
OWN = (
    "maxjobs",
    "maxqueued",
    "share",
    "priority",
    "recover",
    "segments",
    "groups",
)  # that the tools of the field do not know
KEYS = (
    *("config", "runs", "runlist", "nevents", "jobmem", "jobprio", "cut_segment", "chunk-size"),
    *(*SWITCHES, *PLACES, *IGNORED, *OWN),
)


@dataclass(frozen=True)
class FieldRule:
    """The keys of a rule, and of the default locations of its host; `folder` is that of the steering file."""

    name: str
    said: Said
    locations: Said
    folder: str
    home: str

    def rule(self, line: int) -> SteeredRule:
        """The rule; raises ValueError for the first value that is not allowed."""
        said = self.said
        dstspider = said.switch("dstspider", values.switch, True)
        runlist = said.read("runlist", self._path, "")
        named: list[str] = said.read("runs", values.words, [])
        if named and runlist:
            raise ValueError(f"runs and runlist are both given; keep one{said.place('runlist')}")
        groups = self._groups()
        self._require_fine()
        only_catalogs = said.read("runs", lambda value: values.has_selectors(values.words(value)), False)
        return SteeredRule(
            name=self.name,
            config=Path(self._config()),
            runs=united(groups) if groups else self._runs(named, only_catalogs),
            groups=groups,
            run_words=tuple(named) if only_catalogs else (),
            runlist=Path(runlist) if runlist else None,
            segments=said.read("segments", lambda value: values.numbers(values.words(value), "segment"), None),
            submit=said.switch("submit", values.switch, False),
            dstspider=dstspider,
            histspider=said.switch("histspider", values.switch, dstspider),
            finishmon=said.switch("finishmon", values.switch, False),
            recover=said.switch("recover", values.switch, False) if "recover" in said.keys else None,
            overrides=self._overrides(),
            maxjobs=said.read("maxjobs", values.count, 0),
            maxqueued=said.read("maxqueued", values.count, None),
            share=said.read("share", values.positive, 1),
            priority=said.read("priority", values.signed, said.read("jobprio", values.signed, 0)),
            line=line,
        )

    def _runs(self, named: list[str], only_catalogs: bool) -> RunSelection | None:
        return None if only_catalogs or not named else self.said.read("runs", lambda _: values.numbers(named), None)

    def _groups(self) -> tuple[RunGroup, ...]:
        """The groups, whose runs are those of the rule; raises ValueError beside other runs."""
        other = [key for key in ("runs", "runlist") if self.said.keys.get(key) is not None]
        nothing: tuple[RunGroup, ...] = ()
        groups = self.said.read("groups", values.groups, nothing)
        if groups and other:
            raise ValueError(f"{other[0]} and groups are both given; keep one{self.said.place('groups')}")
        return groups

    def _config(self) -> str:
        if self.said.keys.get("config") is None:
            raise ValueError(f"config is missing: the file that holds the rule{self.said.place()}")
        return self.said.read("config", self._path, "")

    def _overrides(self) -> Overrides:
        """The values that replace those of the rule; 0 replaces nothing, as in the tools of the field."""
        said = self.said
        try:
            return Overrides(
                nevents=said.read("nevents", values.count, 0),
                request_memory=said.read("jobmem", values.memory, None),
                priority=said.read("jobprio", values.signed, None) or None,
                cut_segment=said.read("cut_segment", values.count, None) or None,
            )
        except UsageError as failure:
            raise ValueError(f"{failure.where}: {failure.what}{said.place()}") from None

    def _require_fine(self) -> None:
        """Raise ValueError for what only tools of today need, and would stumble over."""
        self.said.read("chunk-size", values.count, 0)
        for place in PLACES:
            self.said.read(place, values.text, self.locations.read(place, values.text, ""))
        submitdir = self.said.read("submitdir", values.text, self.locations.read("submitdir", values.text, ""))
        fill(submitdir, {"rule": self.name})

    def _path(self, value: object) -> str:
        """A path; a relative one counts from `configbase`, else from the folder of the steering file."""
        here = self.folder
        base = self.locations.read("configbase", lambda one: values.path(one, here, self.home), here)
        base = self.said.read("configbase", lambda one: values.path(one, here, self.home), base)
        return values.path(value, base, self.home)
