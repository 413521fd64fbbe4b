"""Files of ramenya: the name of a rule, and below it options of kaedama, of which a boolean is a bare flag."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prodcli.config.yaml_files import Lines
from prodcli.errors import UsageError, one_line
from prodcli.names import TOKEN, did_you_mean
from prodcli.rules.model import Overrides
from prodcli.runs.selection import RunSelection
from prodcli.steering import values
from prodcli.steering.said import Said
from prodcli.steering.steered_rule import SteeredRule, Steering

NO_MATTER = ("batch", "dbinput", "no-dbinput", "rule")  # say how the tool of old works, not what it submits
OWN = ("maxqueued", "share", "priority", "recover", "dstspider", "histspider", "finishmon")
KEYS = (
    *("config", "runs", "runlist", "segments", "nevents", "maxjobs", "limit", "mem", "experiment-mode", "no-submit"),
    *OWN,
    *NO_MATTER,
)
CURSOR = ("cursor",)  # what is submitted where no runs are named


def steering(file: Path, data: Mapping[str, Any], lines: Lines, host: str, home: str) -> Steering:
    """What the file says, for any host."""
    rules, problems = [], []
    for name, raw in data.items():
        try:
            rules.append(_rule(file, name, raw, lines, home))
        except ValueError as fault:
            problems.append(one_line(f"{name}: {fault}"))
    return Steering(file, host, tuple(rules), tuple(problems))


def _rule(file: Path, name: str, raw: object, lines: Lines, home: str) -> SteeredRule:
    line = lines.get((name,), 0)
    if not TOKEN.fullmatch(name):
        raise ValueError(f"the name of a rule is one word of letters, digits and . _ + - (line {line})")
    if not isinstance(raw, Mapping):
        raise ValueError(f"a rule is a mapping with config, runs ... (line {line})")
    spelled = {key.replace("_", "-"): key for key in raw}
    places: dict[tuple[str, ...], int] = {(name,): line}
    places |= {(name, key): lines.get((name, written), 0) for key, written in spelled.items()}
    said = Said({key: raw[written] for key, written in spelled.items()}, (name,), places)
    return _Options(name, said, str(file.parent), home).rule(line)


@dataclass(frozen=True)
class _Options:
    """The options of a rule while they are read."""

    name: str
    said: Said
    folder: str
    home: str

    def rule(self, line: int) -> SteeredRule:
        """The rule; raises ValueError for an option that prodcli has not, and for a value that is not allowed."""
        said = self.said
        for key in said.keys:
            if key not in KEYS:
                raise ValueError(f"option {key} has no counterpart here{did_you_mean(key, KEYS)}{said.place(key)}")
        if said.keys.get("config") is None:
            raise ValueError(f"config is missing: the file that holds the rule{said.place()}")
        runlist = said.read("runlist", self._path, "")
        named = said.read("runs", values.words, [] if runlist else list(CURSOR))
        if named and runlist:
            raise ValueError(f"runs and runlist are both given; keep one{said.place('runlist')}")
        only_catalogs = values.has_selectors(named)
        return SteeredRule(
            name=self.name,
            config=Path(said.read("config", self._path, "")),
            runs=None if only_catalogs or runlist else said.read("runs", lambda _: _numbers(named), None),
            run_words=tuple(named) if only_catalogs else (),
            runlist=Path(runlist) if runlist else None,
            segments=said.read("segments", lambda value: values.numbers(values.words(value), "segment"), None),
            submit=not said.switch("no-submit", values.switch, False),
            dstspider=said.switch("dstspider", values.switch, False),
            histspider=said.switch("histspider", values.switch, False),
            finishmon=said.switch("finishmon", values.switch, False),
            recover=said.switch("recover", values.switch, False) if "recover" in said.keys else None,
            overrides=self._overrides(),
            maxjobs=said.read("maxjobs", values.count, 0) or said.read("limit", values.count, 0),
            maxqueued=said.read("maxqueued", values.count, None),
            share=said.read("share", values.positive, 1),
            priority=said.read("priority", values.signed, 0),
            line=line,
        )

    def _overrides(self) -> Overrides:
        said = self.said
        try:
            return Overrides(
                nevents=said.read("nevents", values.count, 0),
                request_memory=said.read("mem", values.memory, None),
                physicsmode=said.read("experiment-mode", values.text, None),
            )
        except UsageError as failure:
            raise ValueError(f"{failure.where}: {failure.what}{said.place()}") from None

    def _path(self, value: object) -> str:
        return values.path(value, self.folder, self.home)


def _numbers(named: list[str]) -> RunSelection:
    """Runs of kaedama: two are a range, but with a 0 behind them they are two runs."""
    return values.numbers([",".join(named[:2])] if len(named) == 3 and named[2] == "0" else named)
