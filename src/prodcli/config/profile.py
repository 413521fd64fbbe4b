"""The site profile as data: detectors, hosts, dsttypes with their inputs, names and defaults.

Pure: data in, data out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from prodcli.config.payload_policy import PayloadPolicy, payload_policy
from prodcli.config.quality_limits import QualityLimit, quality_of_dsttypes
from prodcli.config.quarantine_terms import QuarantineTerms, quarantine_terms
from prodcli.config.scout_limits import ScoutLimits, scout_limits
from prodcli.config.service_terms import Demands, ServiceTerms, command_words, demands_of, service_terms
from prodcli.config.shift_hours import ShiftHours, shift_hours
from prodcli.config.space_policy import CleanupPolicy, cleanup_policy, fractions
from prodcli.config.zones import CatalogClock, zone_named
from prodcli.errors import ConfigError
from prodcli.names import TOKEN, did_you_mean, leafdir, placeholders, variable_fault
from prodcli.plain_values import as_word, whole_number

DIRECTORIES = ("outdir", "finaldir", "logdir", "histdir", "condor")
OF_KIT = "{kit}/"  # before the files of the worker kit, in `kit`


class Match(StrEnum):
    """How inputs become jobs."""

    COMBINING = "combining"
    MANY_TO_ONE = "many-to-one"
    ONE_TO_ONE = "one-to-one"
    BY_QUERY = "by query"
    GENERATE = "generate"


@dataclass(frozen=True, slots=True)
class Host:
    """A daqhost: `name` as the raw catalog writes it, `leaf` as outputs write it, `spoken` as people say it."""

    name: str
    leaf: str
    detector: str
    spoken: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """The hosts that a run must have; docs/configuration.md, The site profile, has the meaning of each kind."""

    all_of: frozenset[str] = frozenset()
    if_raw: frozenset[str] = frozenset()
    at_least: bool = False

    @property
    def of_raw(self) -> bool:
        """True if the raw hosts of a run matter for the requirement."""
        return bool(self.all_of or self.if_raw or self.at_least)


@dataclass(frozen=True, slots=True)
class Dsttype:
    """The inputs of a dsttype: `hosts` for raw inputs and leaves (same order as `inputs`), else empty."""

    name: str
    match: Match
    inputs: tuple[str, ...]
    hosts: tuple[Host, ...] = ()
    require: Mapping[str, Requirement] = field(default_factory=dict)

    def requirement(self, runtype: str) -> Requirement:
        """The requirement of a dsttype for runs of a runtype."""
        return self.require.get(runtype, self.require.get("default", Requirement()))


@dataclass(frozen=True, slots=True)
class AutoMask:
    """Hosts that `mask auto` may mask: hosts of these detectors, in runs that lack at most `max_hosts`."""

    detectors: frozenset[str] = frozenset()
    max_hosts: int = 0


@dataclass(frozen=True)
class Site:
    """A checked site profile."""

    name: str
    hosts: tuple[Host, ...]
    dsttypes: Mapping[str, Dsttype]
    trigger_host: str
    default_runs: tuple[int, int]
    production_types: Mapping[str, tuple[str, ...]]
    prodmode: str
    file_host: str
    run_group: str
    roots: Mapping[str, str]
    filesystem: Mapping[str, str]
    arguments: str
    kit: tuple[str, ...]
    batch_name_prefix: str
    builds: str
    defaults: Mapping[str, Mapping[str, Any]]
    auto_mask: AutoMask = AutoMask()
    cleanup: CleanupPolicy = field(default_factory=CleanupPolicy)
    full_at: Mapping[str, float] = field(default_factory=dict)  # fractions by root
    outputs_per_job: Mapping[str, int] = field(default_factory=dict)  # by the name of the script
    file_hosts: Mapping[str, str] = field(default_factory=dict)  # by a part of the path
    kit_folder: str = ""  # prodcli's own kit
    log_copies: tuple[str, ...] = ()  # where files of jobs are kept after they left their folder
    environment: Mapping[str, str] = field(default_factory=dict)
    lists: bool = False  # lists of inputs come with jobs that get their place
    reports: bool = False  # jobs leave a report beside their log
    register_reports: bool = False  # harvest registers the staged files that jobs report
    registers_outputs: bool = False  # outputs are registered in the file catalog, soon after their jobs
    catalog_clock: CatalogClock = field(default_factory=CatalogClock)  # that the file catalog's times are of
    output_grace: int = 86_400  # seconds until an output that is not registered is missing
    quarantine: QuarantineTerms = field(default_factory=QuarantineTerms)
    provenance: PayloadPolicy = PayloadPolicy.WARN
    services: Mapping[str, ServiceTerms] = field(default_factory=dict)
    preflight: frozenset[Demands] = frozenset()  # who submits only after a preflight
    approved_only: bool = False  # passes submit approved campaigns alone
    shifts: tuple[ShiftHours, ...] = ()  # by time of day
    quota: tuple[str, ...] = ()  # the command that looks at the quotas of the account
    errors: Mapping[str, Any] = field(default_factory=dict)  # entries of the error catalog by key
    quality: Mapping[str, Mapping[str, QualityLimit]] = field(default_factory=dict)  # by dsttype
    scouts: ScoutLimits = field(default_factory=ScoutLimits)  # that no rule has
    folder: str = ""  # from which relative paths of the site count; where there is none, the rule's
    home: str = ""  # what ~ means
    relocate: bool = False  # testbed: absolute paths of rules go below the roots, too

    def dsttype(self, name: str) -> Dsttype:
        """The dsttype of a name; raises ConfigError with the nearest known name."""
        if name not in self.dsttypes:
            raise ConfigError(
                f"dsttype {name!r} is not in the site profile {self.name!r}{did_you_mean(name, self.dsttypes)}"
            )
        return self.dsttypes[name]

    @property
    def disks(self) -> tuple[str, ...]:
        """The file catalog's names for the disks of the site."""
        return tuple(dict.fromkeys((*self.file_hosts.values(), self.file_host)))

    def file_host_of(self, path: str) -> str:
        """The file catalog's name for the disk of a path: of the first part in `file_hosts` that the path has."""
        return next((host for part, host in self.file_hosts.items() if part in path), self.file_host)

    def hosts_called(self, name: str) -> tuple[Host, ...]:
        """The hosts of a name: a detector, a spoken name (`TPC17`: both servers), a host or a leaf.

        Raises ConfigError for an unknown name.
        """
        wanted = name.casefold()
        found = tuple(
            host
            for host in self.hosts
            if wanted in {text.casefold() for text in (host.detector, host.spoken, host.name, host.leaf)}
            or wanted == host.name.partition(":")[0].casefold()
        )
        if not found:
            known = {text for host in self.hosts for text in (host.detector, host.spoken, host.leaf)}
            raise ConfigError(f"no detector or host is called {name!r}{did_you_mean(name, known)}")
        return found


def site_from_mapping(name: str, data: Mapping[str, Any]) -> Site:
    """Check a profile and make a Site; raises ConfigError that names the key."""

    def text(key: str) -> str:
        return _word(data[key], key)

    try:
        hosts = _hosts(data["detectors"])
        by_detector = {d: [h for h in hosts if h.detector == d] for d in data["detectors"]}
        dsttypes: dict[str, Dsttype] = {}
        for key, spec in data["dsttypes"].items():
            dsttypes[key] = _dsttype(key, spec, by_detector, dsttypes)
        low, high = (_number(end, "default_runs") for end in data["default_runs"])
        return Site(
            name=name,
            hosts=hosts,
            dsttypes=MappingProxyType(dsttypes),
            trigger_host=text("trigger_host"),
            default_runs=(low, high),
            production_types=MappingProxyType({k: _words(v) for k, v in data["production_types"].items()}),
            prodmode=text("prodmode"),
            file_host=text("file_host"),
            run_group=text("run_group"),
            roots=MappingProxyType(
                {kind: _word(data["roots"][kind], f"roots.{kind}").rstrip("/") for kind in DIRECTORIES}
            ),
            filesystem=MappingProxyType(
                {kind: _word(data["filesystem"][kind], f"filesystem.{kind}") for kind in DIRECTORIES}
            ),
            arguments=" ".join(text("arguments").split()),
            kit=_words(data["kit"], "kit"),
            batch_name_prefix=text("batch_name_prefix"),
            builds=text("builds"),
            defaults=MappingProxyType(dict(data["defaults"])),
            auto_mask=_auto_mask(data.get("auto_mask", {}), by_detector),
            **_optional(data),
        )
    except KeyError as err:
        raise ConfigError(f"{err} is missing in the site profile {name!r}, or unknown") from None
    except (TypeError, ValueError, AttributeError) as err:
        raise ConfigError(f"site profile {name!r} is malformed: {err}") from None


def _optional(data: Mapping[str, Any]) -> dict[str, Any]:
    """The values of keys that a profile may leave out."""
    return {
        "kit_folder": _word(data.get("kit_folder", ""), "kit_folder"),
        "log_copies": _log_copies(data.get("log_copies", [])),
        "errors": MappingProxyType(dict(data.get("errors", {}))),
        "environment": _environment(data.get("environment", {})),
        "lists": _switch(data, "lists"),
        "cleanup": cleanup_policy(data.get("cleanup", {}), data["dsttypes"]),
        "full_at": fractions(data.get("full_at", {}), DIRECTORIES),
        "outputs_per_job": _outputs_per_job(data.get("outputs_per_job", {})),
        "file_hosts": _file_hosts(data.get("file_hosts", {})),
        "quarantine": quarantine_terms(data.get("quarantine", {})),
        "quality": quality_of_dsttypes(data.get("quality", {})),
        "scouts": scout_limits(data.get("scouts", {})),
        "provenance": payload_policy(data.get("provenance", PayloadPolicy.WARN)),
        "services": service_terms(data.get("services", {})),
        "preflight": demands_of(data.get("preflight", [])),
        "approved_only": _switch(data, "approved_only"),
        "shifts": shift_hours(data.get("shifts", [])),
        "quota": command_words(data.get("quota", ""), "quota"),
        "reports": _switch(data, "reports"),
        "register_reports": _switch(data, "register_reports"),
        "registers_outputs": _switch(data, "registers_outputs"),
        "catalog_clock": CatalogClock(_zone(data)),
        "output_grace": _number(data.get("output_grace", 86_400), "output_grace"),
        "folder": str(data.get("folder", "")),
        "home": str(data.get("home", "")),
        "relocate": bool(data.get("relocate", False)),
    }


def _hosts(detectors: Mapping[str, Any]) -> tuple[Host, ...]:
    hosts = []
    for detector, spec in detectors.items():
        for server in range(_number(spec.get("servers", 1), f"detectors.{detector}.servers")):
            for name in _words(spec["hosts"]):
                if not TOKEN.fullmatch(name):
                    raise ValueError(f"host {name!r} of {detector}")
                number = "".join(re.findall(r"\d+$", name))
                spoken = _word(spec.get("spoken", detector)).format_map({"n": number})
                leaf = f"{name}_{server}" if "servers" in spec else name
                hosts.append(Host(f"{name}:{server}" if server else name, leaf, detector, spoken))
    return tuple(hosts)


def _dsttype(
    name: str, spec: Mapping[str, Any], by_detector: Mapping[str, list[Host]], known: Mapping[str, Dsttype]
) -> Dsttype:
    if spec["match"] == Match.GENERATE:
        return _generated(name, spec)
    inputs = spec["inputs"]
    hosts: tuple[Host, ...] = ()
    if isinstance(inputs, list):
        names = _words(inputs)
    elif "leaves_of" in inputs:
        parent = known[_word(inputs["leaves_of"])]
        wanted = {*(_named(inputs["hosts"], by_detector) if "hosts" in inputs else parent.hosts)}
        hosts = tuple(host for host in parent.hosts if host in wanted)
        names = tuple(leafdir(parent.name, host.leaf) for host in hosts)
    else:
        hosts = _named(inputs["hosts"], by_detector)
        names = tuple(host.name for host in hosts)
    require = {
        runtype: Requirement(
            all_of=frozenset(h.name for h in _named(terms.get("all", ()), by_detector)),
            if_raw=frozenset(h.name for h in _named(terms.get("if_raw", ()), by_detector)),
            at_least=terms.get("at_least") == "min_seb",
        )
        for runtype, terms in spec.get("require", {}).items()
    }
    return Dsttype(name, Match(spec["match"]), names, hosts, MappingProxyType(require))


def _generated(name: str, spec: Mapping[str, Any]) -> Dsttype:
    """A dsttype without inputs; raises ValueError for a key that only inputs have."""
    for key in sorted(set(spec) - {"match"}):
        raise ValueError(f"dsttypes.{name}.{key}: has no meaning for {Match.GENERATE}, which has no inputs")
    return Dsttype(name, Match.GENERATE, ())


def _zone(data: Mapping[str, Any]) -> tzinfo:
    try:
        return zone_named(str(data.get("catalog_zone", "UTC")))
    except ValueError as failure:
        raise ValueError(f"catalog_zone: {failure}") from None


def _outputs_per_job(counts: Mapping[str, Any]) -> Mapping[str, int]:
    return MappingProxyType({name: _positive(count, f"outputs_per_job.{name}") for name, count in counts.items()})


def _auto_mask(terms: Mapping[str, Any], by_detector: Mapping[str, list[Host]]) -> AutoMask:
    detectors = frozenset(_words(terms.get("detectors", ())))
    for name in sorted(detectors - set(by_detector)):
        raise KeyError(f"auto_mask.detectors: {name}")
    return AutoMask(detectors, _number(terms.get("max_hosts", 0), "auto_mask.max_hosts"))


def _file_hosts(terms: Mapping[str, Any]) -> Mapping[str, str]:
    return MappingProxyType({str(part): _word(host, f"file_hosts.{part}") for part, host in terms.items()})


def _environment(variables: Mapping[str, Any]) -> Mapping[str, str]:
    """The variables of all jobs by name; raises ValueError for a name or a value that no description can hold."""
    made = {name: _word(value, f"environment.{name}") for name, value in variables.items()}
    for name, value in made.items():
        if fault := variable_fault(str(name), value):
            raise ValueError(f"environment.{name}: {fault}")
    return MappingProxyType(made)


def _named(names: Iterable[str], by_detector: Mapping[str, list[Host]]) -> tuple[Host, ...]:
    """Hosts by detector or host name, in profile order per name."""
    every = {host.name: [host] for hosts in by_detector.values() for host in hosts}
    return tuple(host for name in _words(names) for host in by_detector.get(name) or every[name])


def _words(words: Iterable[object], key: str = "") -> tuple[str, ...]:
    return tuple(_word(word, key) for word in words)


def _log_copies(templates: Iterable[object]) -> tuple[str, ...]:
    """Templates of paths; raises ValueError for another placeholder than those of a path."""
    found = _words(templates, "log_copies")
    for template in found:
        if unknown := sorted(set(placeholders(template)) - {"path", "folder", "name"}):
            raise ValueError(f"log_copies: unknown {{{unknown[0]}}}; {{path}}, {{folder}} and {{name}} are known")
    return found


def _switch(data: Mapping[str, Any], key: str) -> bool:
    """A switch that is off where it is left out; raises ValueError for another word than true and false."""
    word = str(data.get(key, False)).casefold()
    if word not in ("true", "false"):
        raise ValueError(f"{key}: {data[key]!r:.60} is neither true nor false")
    return word == "true"


def _number(value: object, key: str) -> int:
    try:
        return whole_number(value)
    except ValueError as err:
        raise ValueError(f"{key}: {err}") from None


def _positive(value: object, key: str) -> int:
    if (number := _number(value, key)) < 1:
        raise ValueError(f"{key}: {number} is less than 1")
    return number


def _word(value: object, key: str = "") -> str:
    """A word exactly as written; raises ValueError for null, lists and mappings."""
    word = as_word(value)
    if not isinstance(word, str):
        raise ValueError(f"{key}: {value!r:.60} must be a word".lstrip(": "))
    return word


def overview_rows(site: Site) -> list[dict[str, str]]:
    """Rows for the trigger of production_overview: prefixes of dsttypes with their production type."""
    return [
        {"prefix": prefix, "production_type": kind}
        for kind, prefixes in site.production_types.items()
        for prefix in prefixes
    ]


def host_bits(dsttype: Dsttype, names: Iterable[str]) -> int:
    """A bit mask of hosts by name; hosts that the dsttype does not have get no bit."""
    wanted = frozenset(names)
    return sum(1 << bit for bit, host in enumerate(dsttype.hosts) if host.name in wanted)


def hosts_of(dsttype: Dsttype, bits: int) -> tuple[str, ...]:
    """The names of the hosts in a bit mask, in profile order."""
    return tuple(host.name for bit, host in enumerate(dsttype.hosts) if bits >> bit & 1)
