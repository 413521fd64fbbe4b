"""Check a rule of a file key by key: errors with the allowed values, and advice.

Pure: data in, data out.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from prodcli.config.profile import Dsttype, Match, Site
from prodcli.errors import RuleError, UsageError
from prodcli.names import TOKEN, did_you_mean, is_triplet, leafdir
from prodcli.rules.model import (
    SECTIONS,
    AutomaticRecovery,
    Filesystem,
    Input,
    Job,
    Overrides,
    Params,
    Rule,
    Section,
    StalledAfter,
)

# Keys that once meant something; the value says why they are refused.
REFUSED = {
    "choose20": "takes a fifth of the segments by chance, so two passes never agree; write cut_segment: 5 instead",
}
IGNORED = {"db", "table"}
_BESIDE_GENERATE = {"generate", "status_query_constraints"}
_MOST_EVENTS = 2**31 - 1  # of a run; the books keep them in 4 bytes
_WITHIN: Mapping[str, type[Section]] = {
    "filesystem": Filesystem,
    "recovery": AutomaticRecovery,
    "stalled": StalledAfter,
}  # sections within `job`
_LINE = re.compile(r"\(line (\d+)\)")


@dataclasses.dataclass(frozen=True)
class Checked:
    """The result of checking one rule of a file: the rule if there are no errors, and the findings (key: text).

    `raw` is the rule's text, translated if necessary; `lines` has the line of each key. `note` says why a file has no
    rules to check.
    """

    name: str
    rule: Rule | None
    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    raw: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    lines: Mapping[tuple[str, ...], int] = dataclasses.field(default_factory=dict)
    older: bool = False
    note: str = ""

    def line(self, text: str) -> int:
        """The line of a finding: of its key, or of the nearest section around it; 0 if unknown."""
        named = _LINE.search(text)
        if named is not None:
            return int(named[1])
        keys = tuple(text.partition(":")[0].split("."))
        places = ((self.name, *keys[:end]) for end in range(len(keys), -1, -1))
        return next((self.lines[place] for place in places if place in self.lines), 0)


def check_rule(
    name: str, raw: object, site: Site, *, file: str, lenient: bool = False, overrides: Overrides | None = None
) -> Checked:
    """Check one rule of a file; errors are findings, never exceptions."""
    errors: list[str] = []
    warnings: list[str] = []
    if not TOKEN.fullmatch(name):
        errors.append(f"the rule's name {name!r} must be one word of letters, digits and . _ + -")
    if not isinstance(raw, Mapping) or not all(isinstance(raw.get(s, {}) or {}, Mapping) for s in SECTIONS):
        errors.append(f"a rule is a mapping of {', '.join(SECTIONS)}")
        return Checked(name, None, tuple(errors), ())
    merged = _without_unknown(raw, lenient, errors, warnings)
    _generate_errors(merged["input"], errors)
    merged = (overrides or Overrides()).apply(merged)
    _complete(merged, site, errors)
    sections = {key: _section(key, merged[key], errors) for key in SECTIONS}
    params, inputs, job = sections["params"], sections["input"], sections["job"]
    if errors or not (isinstance(params, Params) and isinstance(inputs, Input) and isinstance(job, Job)):
        return Checked(name, None, tuple(errors), tuple(warnings))
    if job.neventsper is None and inputs.query is None:
        errors.append("job.neventsper: missing")
    _query_errors(inputs, errors)
    by_query = Dsttype(params.dsttype, Match.BY_QUERY, ())
    dsttype = _dsttype(params, inputs, site, errors) if inputs.query is None else by_query
    if errors or dsttype is None:
        return Checked(name, None, tuple(errors), tuple(warnings))
    nevents = (overrides or Overrides()).nevents or job.nevents
    rule = Rule(name, file, params, inputs, job, site, dsttype, nevents)
    if rule.generated_events > _MOST_EVENTS:
        what = f"{rule.generated_events} events in a run are more than {_MOST_EVENTS}; take more runs with fewer jobs"
        return Checked(name, None, (f"input.generate.jobs: {what}",), tuple(warnings))
    return Checked(name, rule, (), (*warnings, *_advice(rule)))


def require_rule(checked: Checked, file: str) -> Rule:
    """The checked rule; raises RuleError with the first error."""
    if checked.rule is not None:
        return checked.rule
    more = len(checked.errors) - 1
    line = 0 if _LINE.search(checked.errors[0]) else checked.line(checked.errors[0])
    raise RuleError(
        checked.errors[0],
        where=f"{file}{f', line {line}' if line else ''}: rule {checked.name}",
        todo=f"and {more} more; prodcli rules lint lists them" if more else "",
    )


def _without_unknown(raw: Mapping[str, Any], lenient: bool, errors: list[str], warnings: list[str]) -> dict[str, Any]:
    """Remove ignored keys, and report unknown keys."""
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
    """Fill in the site's defaults, and values that follow from other keys."""
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


def _section(name: str, values: Mapping[str, Any], errors: list[str]) -> Section | None:
    try:
        return SECTIONS[name].model_validate(values)
    except ValidationError as failed:
        for error in failed.errors(include_url=False):
            key = ".".join(str(part) for part in (name, *error["loc"]))
            if error["type"] == "missing":
                errors.append(f"{key}: missing")
            elif error["type"] == "extra_forbidden":
                known = _WITHIN.get(str(error["loc"][0]), SECTIONS[name]).model_fields
                errors.append(f"{key}: unknown key{did_you_mean(str(error['loc'][-1]), known)}")
            else:
                fault, said = error["msg"].removeprefix("Value error, "), f"{error['input']!r:.80}"
                errors.append(f"{key}: {fault}" + ("" if said in fault else f" (it says {said})"))
        return None


def _dsttype(params: Params, inputs: Input, site: Site, errors: list[str]) -> Dsttype | None:
    """The profile's dsttype for a rule that says how its jobs are made; None for an unknown name."""
    if params.dsttype not in site.dsttypes:
        errors.append(
            f"params.dsttype: {params.dsttype!r} is not in the site profile{did_you_mean(params.dsttype, site.dsttypes)}"
        )
        return None
    dsttype = site.dsttypes[params.dsttype]
    if dsttype.match is Match.GENERATE or inputs.generate is not None:
        return _generated(dsttype, inputs, errors)
    return _of_inputs(dsttype, inputs, site, errors)


def _of_inputs(dsttype: Dsttype, inputs: Input, site: Site, errors: list[str]) -> Dsttype:
    """The dsttype with the rule's own list of inputs if the rule has one."""
    if dsttype.match is Match.COMBINING:
        for key in ("indsttype", "infile_query_constraints", "require_state"):
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


def _generated(dsttype: Dsttype, inputs: Input, errors: list[str]) -> Dsttype:
    """A dsttype without inputs, of a rule that says how many jobs there are."""
    if inputs.generate is None:
        errors.append(f"input.generate: missing; {dsttype.name} has no inputs, so say {{jobs: 1000, runs: [1, 2]}}")
    elif dsttype.match is not Match.GENERATE:
        errors.append(f"input.generate: has no meaning for {dsttype.name}, which is made of inputs ({dsttype.match})")
    return dsttype


def _generate_errors(given: Mapping[str, Any], errors: list[str]) -> None:
    """Report keys about inputs, and cuts on runs, beside `generate`."""
    if given.get("generate") is not None:
        for key in given:
            if key not in _BESIDE_GENERATE:
                errors.append(f"input.{key}: has no meaning beside input.generate, whose jobs have no inputs")


def _query_errors(inputs: Input, errors: list[str]) -> None:
    """Report keys that exclude each other: the catalogs are matched, or the rule's own SQL finds the inputs."""
    matching, asking = (
        ("indsttype", "infile_query_constraints", "min_seb", "require_state"),
        ("tables", "columns", "runlist_query", "lookup"),
    )
    for key in matching if inputs.query is not None else asking:
        if getattr(inputs, key):
            has = "no meaning beside" if inputs.query is not None else "a meaning only with"
            errors.append(f"input.{key}: has {has} input.query, which finds the inputs")


def _advice(rule: Rule) -> list[str]:
    """Report allowed values that deserve a second look."""
    found = []
    if rule.params.names is None and (rule.params.build == "new") != (rule.params.version == 0):
        wanted = "0 for the moving build 'new'" if rule.params.build == "new" else "1 or more for a fixed build"
        found.append(f"params.version: {rule.params.version}; the strict convention has {wanted}")
    if rule.job.arguments is not None and rule.params.names is None:
        found.append("job.arguments: replaces the site's list; payload scripts read arguments by position")
    if rule.job.accounting_group and not rule.job.accounting_group_user:
        found.append("job.accounting_group_user: missing; without it HTCondor takes the group for a user's name")
    if rule.input.intriplet and not is_triplet(rule.input.intriplet):
        found.append(f"input.intriplet: {rule.input.intriplet!r} lacks a version, as only older tags do")
    if rule.combining and rule.input.intriplet:
        found.append("input.intriplet: has no meaning for combining")
    if rule.input.min_seb is not None and not any(r.at_least for r in rule.dsttype.require.values()):
        found.append(f"input.min_seb: has no meaning for {rule.dsttype.name}")
    if rule.dsttype.hosts and len(rule.dsttype.hosts) > len(rule.dsttype.inputs):
        found.append(f"input.indsttype: leaves out hosts that {rule.dsttype.name} needs of every run but cosmics")
    found += [
        f"job.needs: {name} is no service of the site{did_you_mean(name, rule.site.services)}"
        for name in rule.job.needs
        if rule.site.services and name not in rule.site.services
    ]
    return found


def pick_rule(names: list[str], wanted: str | None, file: str) -> str:
    """The named rule, or the only rule of a file; raises UsageError that lists the rules."""
    if wanted is None:
        if len(names) == 1:
            return names[0]
        raise UsageError(f"the file has {len(names)} rules", where=file, todo=f"choose with -r: {', '.join(names)}")
    if wanted not in names:
        raise UsageError(f"there is no rule {wanted!r}{did_you_mean(wanted, names)}", where=file)
    return wanted
