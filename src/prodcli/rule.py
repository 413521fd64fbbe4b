"""The rule model: what a rule file may say, checked key by key, and completed from the site profile.

A rule touches nothing outside its file: whether scripts and payloads exist is looked at when it is submitted.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from prodcli.errors import RuleError, UsageError
from prodcli.names import TOKEN, did_you_mean, leafdir, parse_triplet, plain_text, triplet
from prodcli.site import Dsttype, Match, Site
from prodcli.sizes import parse_kb, parse_ladder

# Keys that once meant something; the value says why they are refused.
REFUSED = {
    "choose20": "takes a fifth of the segments by chance, so two passes never agree; write cut_segment: 5 instead",
}
IGNORED = {"db", "table"}
_MOST = 2**31 - 1  # the books keep numbers in 4 bytes


def _token(text: str) -> str:
    if not TOKEN.fullmatch(text):
        raise ValueError(f"{text!r} must be one word of letters, digits and . _ + -")
    return text


def _text(text: str) -> str:
    """HTCondor has no way to carry a newline or a quote in a value, would expand `$(...)` and join a line that ends in \\."""
    if not plain_text(text):
        raise ValueError("newlines, control characters, quotes, $( and $$, and a \\ at the end are not allowed here")
    return text


def _expression(text: str) -> str:
    if not text.isprintable() or text.endswith("\\"):
        raise ValueError("newlines, control characters and a \\ at the end are not allowed in an expression")
    return text


def _constraint(text: str) -> str:
    """One condition that is put behind AND: a further statement has no place in it."""
    words = text.strip()
    if words.casefold().startswith("and "):
        words = words[4:].strip()
    if ";" in words or "--" in words or "/*" in words:
        raise ValueError("one SQL condition without ; and comments")
    if not words.replace("\n", " ").replace("\t", " ").isprintable():
        raise ValueError("one SQL condition without control characters")
    if words.count("'") % 2 or not _balanced(re.sub("'[^']*'", "", words)):
        raise ValueError("one SQL condition with balanced brackets and quotes")
    return words


def _balanced(text: str) -> bool:
    depth = 0
    for char in text:
        depth += (char == "(") - (char == ")")
        if depth < 0:
            return False
    return depth == 0


def _tag(text: str) -> str:
    _token(text)
    parse_triplet(text)
    return text


def _words(value: object) -> object:
    if isinstance(value, str):
        return [word.strip() for word in value.split(",") if word.strip()]
    return value


def _plain(value: object) -> object:
    """YAML reads 2025 or 1.5 as numbers where a word is meant."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _number(value: int) -> int:
    if abs(value) > _MOST:
        raise ValueError(f"{value} is too large")
    return value


def _number_of_bool(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("a number is wanted, not true or false")
    return value


Token = Annotated[str, BeforeValidator(_plain), AfterValidator(_token)]
Text = Annotated[str, BeforeValidator(_plain), AfterValidator(_text)]
Expression = Annotated[
    str, BeforeValidator(lambda v: str(v) if isinstance(v, bool) else _plain(v)), AfterValidator(_expression)
]
Constraint = Annotated[str, AfterValidator(_constraint)]
Tag = Annotated[str, AfterValidator(_tag)]
Count = Annotated[int, BeforeValidator(_number_of_bool), Field(ge=0, le=_MOST)]
Positive = Annotated[int, BeforeValidator(_number_of_bool), Field(ge=1, le=_MOST)]
Number = Annotated[int, BeforeValidator(_number_of_bool), Field(ge=-_MOST, le=_MOST)]
Ladder = Annotated[tuple[int, ...], BeforeValidator(parse_ladder)]
DiskKB = Annotated[int, BeforeValidator(parse_kb)]
Tokens = Annotated[tuple[Token, ...], BeforeValidator(_words)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_words)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Params(_Section):
    """What is produced."""

    dsttype: Token
    period: Token
    build: Token
    dbtag: Token
    version: Count
    dataset: Token
    physicsmode: Token


class Input(_Section):
    """What it is made from, and which runs are good enough."""

    intriplet: Tag | None = None
    dataset: Token
    indsttype: Tokens = ()
    physicsmode: Token
    min_run_events: Count
    min_run_time: Count
    combine_seg0_only: bool
    cut_segment: Positive
    min_seb: Positive | None = None
    infile_query_constraints: Constraint = ""
    status_query_constraints: Constraint = ""
    direct_path: Text = ""


class Filesystem(_Section):
    """Directory templates that differ from the site's."""

    outdir: Text | None = None
    finaldir: Text | None = None
    logdir: Text | None = None
    histdir: Text | None = None
    condor: Text | None = None


class Job(_Section):
    """How the jobs run; memory is a ladder in MB, disk in KB."""

    script: Text
    payload: Texts = ()
    neventsper: Positive
    log: Text
    batch_name: Text
    priority: Number
    request_memory: Ladder
    request_cpus: Positive
    request_disk: DiskKB
    request_xferslots: Count = 0
    filesystem: Filesystem = Filesystem()
    arguments: Text | None = None
    rungroup_tmpl: Text | None = None
    comment: Text = ""
    universe: Token
    getenv: Text
    environment: Text = ""
    initialdir: Text
    user_job_wrapper: Text = ""
    job_lease_duration: Count
    max_retries: Count | None = None
    requirements: Expression = ""
    periodichold: Expression = ""
    periodicremove: Expression = ""
    on_exit_hold: Expression = ""
    on_exit_remove: Expression = ""
    concurrency_limits: Text = ""
    accounting_group: Text = ""
    accounting_group_user: Text = ""
    notification: Text = ""
    notify_user: Text = ""
    transfer_input_files: Text = ""
    transfer_output_remaps: Text = ""
    transferout: bool
    transfererr: bool


SECTIONS: dict[str, type[_Section]] = {"params": Params, "input": Input, "job": Job}


@dataclasses.dataclass(frozen=True)
class Rule:
    """A rule, checked against and completed from a site profile."""

    name: str
    file: str
    params: Params
    input: Input
    job: Job
    site: Site
    dsttype: Dsttype
    nevents: int = 0

    @property
    def outtriplet(self) -> str:
        """The tag of what the rule makes."""
        return str(triplet(self.params.build, self.params.dbtag, self.params.version))

    @property
    def combining(self) -> bool:
        """True if raw segments of one host become one job."""
        return self.dsttype.match is Match.COMBINING

    @property
    def intriplet(self) -> str:
        """The tag of the inputs; raises for combining, which has none."""
        if self.input.intriplet is None:
            raise RuleError("combining reads raw files, which have no tag", where=f"{self.file}: rule {self.name}")
        return self.input.intriplet

    @property
    def folder(self) -> PurePath:
        """Where relative scripts and payloads are looked for."""
        return PurePath(self.file).parent


@dataclasses.dataclass(frozen=True)
class Overrides:
    """What the command line says differently from the rule; None leaves the rule's value."""

    nevents: int = 0
    request_memory: str | None = None
    priority: int | None = None
    physicsmode: str | None = None
    cut_segment: int | None = None
    combine_seg0_only: bool | None = None

    def __post_init__(self) -> None:
        """Raise UsageError for a value that no rule may have."""
        checks: tuple[tuple[str, Callable[[Any], object], object], ...] = (
            ("--mem", parse_ladder, self.request_memory),
            ("--physics-mode", _token, self.physicsmode),
            ("--priority", _number, self.priority),
            ("--cut-segment", _number, self.cut_segment),
            ("--nevents", _number, self.nevents),
        )
        for option, check, value in checks:
            try:
                _ = value is None or check(value)
            except ValueError as err:
                raise UsageError(str(err), where=option) from None

    def apply(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Put them into a rule as it stands in its file."""
        merged = {section: dict(raw.get(section) or {}) for section in SECTIONS}
        if self.request_memory is not None:
            merged["job"].pop("mem", None)
        for section, key, value in (
            ("job", "request_memory", self.request_memory),
            ("job", "priority", self.priority),
            ("params", "physicsmode", self.physicsmode),
            ("input", "physicsmode", self.physicsmode),
            ("input", "cut_segment", self.cut_segment),
            ("input", "combine_seg0_only", self.combine_seg0_only),
        ):
            if value is not None:
                merged[section][key] = value
        return merged


@dataclasses.dataclass(frozen=True)
class Checked:
    """What became of one rule of a file: the rule if there are no errors, and what was found (key: text)."""

    name: str
    rule: Rule | None
    errors: tuple[str, ...]
    warnings: tuple[str, ...]


def check_rule(
    name: str, raw: object, site: Site, *, file: str, lenient: bool = False, overrides: Overrides | None = None
) -> Checked:
    """Check one rule of a file; never raises for what the file says."""
    errors: list[str] = []
    warnings: list[str] = []
    if not TOKEN.fullmatch(name):
        errors.append(f"the rule's name {name!r} must be one word of letters, digits and . _ + -")
    if not isinstance(raw, Mapping) or not all(isinstance(raw.get(s, {}) or {}, Mapping) for s in SECTIONS):
        errors.append(f"a rule is a mapping of {', '.join(SECTIONS)}")
        return Checked(name, None, tuple(errors), ())
    merged = _without_unknown(raw, lenient, errors, warnings)
    merged = (overrides or Overrides()).apply(merged)
    _complete(merged, site, errors)
    sections = {key: _section(key, merged[key], errors) for key in SECTIONS}
    params, inputs, job = sections["params"], sections["input"], sections["job"]
    if errors or not (isinstance(params, Params) and isinstance(inputs, Input) and isinstance(job, Job)):
        return Checked(name, None, tuple(errors), tuple(warnings))
    dsttype = _dsttype(params, inputs, site, errors)
    if errors or dsttype is None:
        return Checked(name, None, tuple(errors), tuple(warnings))
    rule = Rule(name, file, params, inputs, job, site, dsttype, (overrides or Overrides()).nevents)
    return Checked(name, rule, (), (*warnings, *_advice(rule)))


def require_rule(checked: Checked, file: str) -> Rule:
    """The rule, or a RuleError with the first thing that is wrong."""
    if checked.rule is not None:
        return checked.rule
    more = len(checked.errors) - 1
    raise RuleError(
        checked.errors[0],
        where=f"{file}: rule {checked.name}",
        todo=f"and {more} more; prodcli rules lint lists them" if more else "",
    )


def _without_unknown(raw: Mapping[str, Any], lenient: bool, errors: list[str], warnings: list[str]) -> dict[str, Any]:
    """Take out the keys that are ignored, and complain about those that nobody knows."""
    say = warnings.append if lenient else errors.append
    for key in raw:
        if key not in SECTIONS:
            say(f"{key}: unknown section{did_you_mean(str(key), SECTIONS)}")
    kept: dict[str, Any] = {}
    for section, model in SECTIONS.items():
        known = {*model.model_fields, *({"mem"} if section == "job" else ())}
        kept[section] = {}
        for key, value in (raw.get(section) or {}).items():
            if key in REFUSED and section == "input":
                errors.append(f"input.{key}: refused: it {REFUSED[key]}")
            elif key in known:
                kept[section][key] = value
            elif not (section == "input" and key in IGNORED):
                say(f"{section}.{key}: unknown key{did_you_mean(str(key), known)}")
    return kept


def _complete(merged: dict[str, dict[str, Any]], site: Site, errors: list[str]) -> None:
    """Fill in the site's defaults and those that follow from other keys."""
    job = merged["job"]
    if "mem" in job:
        if "request_memory" in job:
            errors.append("job.mem: the same as request_memory; keep one of them")
        job.setdefault("request_memory", job.pop("mem"))
    for section, defaults in site.defaults.items():
        for key, value in defaults.items():
            merged[section].setdefault(key, value)
    params, inputs = merged["params"], merged["input"]
    params.setdefault("dataset", params.get("period"))
    inputs.setdefault("dataset", params["dataset"])
    inputs.setdefault("physicsmode", params["physicsmode"])


def _section(name: str, values: Mapping[str, Any], errors: list[str]) -> _Section | None:
    try:
        return SECTIONS[name].model_validate(values)
    except ValidationError as failed:
        for error in failed.errors(include_url=False):
            key = ".".join(str(part) for part in (name, *error["loc"]))
            if error["type"] == "missing":
                errors.append(f"{key}: missing")
            elif error["type"] == "extra_forbidden":
                known = Filesystem.model_fields if "filesystem" in key else SECTIONS[name].model_fields
                errors.append(f"{key}: unknown key{did_you_mean(str(error['loc'][-1]), known)}")
            else:
                errors.append(f"{key}: {error['msg'].removeprefix('Value error, ')} (it says {error['input']!r:.80})")
        return None


def _dsttype(params: Params, inputs: Input, site: Site, errors: list[str]) -> Dsttype | None:
    """The profile's dsttype, with the rule's own list of inputs if it has one."""
    if params.dsttype not in site.dsttypes:
        errors.append(
            f"params.dsttype: {params.dsttype!r} is not in the site profile{did_you_mean(params.dsttype, site.dsttypes)}"
        )
        return None
    dsttype = site.dsttypes[params.dsttype]
    if dsttype.match is Match.COMBINING:
        for key in ("indsttype", "infile_query_constraints"):
            if getattr(inputs, key):
                errors.append(f"input.{key}: has no meaning for combining, which reads the raw files of a run by host")
        return dsttype
    if inputs.intriplet is None:
        errors.append("input.intriplet: missing; it is the tag of the inputs, like ana514_nocdbtag_v001")
    if not inputs.indsttype:
        return dsttype
    leaves = {
        leafdir(other.name, host.leaf): host
        for other in site.dsttypes.values()
        if other.match is Match.COMBINING
        for host in other.hosts
    }
    if len(set(inputs.indsttype)) < len(inputs.indsttype):
        errors.append("input.indsttype: a dsttype is named twice")
    if not dsttype.hosts:
        return dataclasses.replace(dsttype, inputs=inputs.indsttype)
    strangers = [name for name in inputs.indsttype if name not in leaves]
    if strangers:
        errors.append(f"input.indsttype: {strangers[0]!r} is not made by one host{did_you_mean(strangers[0], leaves)}")
        return dsttype
    hosts = tuple(leaves[name] for name in inputs.indsttype)
    # hosts that a run must have although the rule does not read them keep their place behind the inputs
    required = set().union(*(need.all_of for need in dsttype.require.values()))
    extra = tuple(host for host in dsttype.hosts if host.name in required and host not in hosts)
    return dataclasses.replace(dsttype, inputs=inputs.indsttype, hosts=hosts + extra)


def _advice(rule: Rule) -> list[str]:
    """What is allowed but deserves a second look."""
    found = []
    if (rule.params.build == "new") != (rule.params.version == 0):
        wanted = "0 for the moving build 'new'" if rule.params.build == "new" else "1 or more for a fixed build"
        found.append(f"params.version: {rule.params.version}; the strict convention has {wanted}")
    if rule.job.arguments is not None:
        found.append("job.arguments: replaces the site's list; payload scripts read arguments by position")
    if rule.combining and rule.input.intriplet:
        found.append("input.intriplet: has no meaning for combining")
    if rule.input.min_seb is not None and not any(r.at_least for r in rule.dsttype.require.values()):
        found.append(f"input.min_seb: has no meaning for {rule.dsttype.name}")
    if rule.dsttype.hosts and len(rule.dsttype.hosts) > len(rule.dsttype.inputs):
        found.append(f"input.indsttype: leaves out hosts that {rule.dsttype.name} needs of every run but cosmics")
    return found


def pick_rule(names: list[str], wanted: str | None, file: str) -> str:
    """The rule that is meant: the one named, or the only one; raises UsageError that lists them."""
    if wanted is None:
        if len(names) == 1:
            return names[0]
        raise UsageError(f"the file has {len(names)} rules", where=file, todo=f"choose with -r: {', '.join(names)}")
    if wanted not in names:
        raise UsageError(f"there is no rule {wanted!r}{did_you_mean(wanted, names)}", where=file)
    return wanted
