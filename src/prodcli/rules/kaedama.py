"""Translate rules of the older dialect, of the tool kaedama, into the `params / input / job` dialect.

`{...}` and HTCondor macros become templates and columns; queries keep their text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from prodcli.config.yaml_files import Lines
from prodcli.names import did_you_mean, fill, placeholders
from prodcli.rules.layout import PLACEHOLDERS
from prodcli.rules.model import Job

# Databases as these rules call them, by role.
ROLES = {
    **{"fc": "filecatalog", "fcr": "filecatalog", "filecatalog": "filecatalog"},
    **{"daq": "daq", "daqdb": "daq", "daqr": "daq", "rawdr": "daq"},
    **{"raw": "raw", "rawr": "raw", "rawdb": "raw"},
    **{"statusw": "production", "statusr": "production", "statr": "production", "statw": "production"},
}
MEMORY = "2048MB"  # where a rule asks for none
_SECTIONS = ("params", "input", "job", "import_tables", "filesystem", "runlist_query", "presubmit")
_NEEDED = ("name", "build", "dbtag", "logbase", "outbase", "script")
_CONDITIONS = ("run_condition", "seg_condition", "limit_condition")
_PLACES = ("outdir", "logdir", "histdir", "condor", "logbase", "outbase")
_INPUT_KEYS = ("db", "query", "direct_path", "lfn2pfn", "table")
_MACRO = re.compile(r"(?P<run_>run_(?=\$\(rungroup\)))?\$(?P<INT>INT)?\((?P<name>\w+)(?:,(?P<format>[^)]*))?\)")
_FORMATS = {("run", "%08i"): "run8", ("run", "%08d"): "run8", ("seg", "%05i"): "seg5", ("seg", "%05d"): "seg5"}
_PERIOD = re.compile(r"(?P<leafdir>.+)_(?P<period>run\d\w*)")
_UNSAFE = re.compile(r"['\";\\]|--|/\*|\{[{%#]")


def is_older(raw: object) -> bool:
    """True for a rule of the older dialect, which names its outputs itself."""
    params = raw.get("params") if isinstance(raw, Mapping) else None
    return isinstance(params, Mapping) and bool({"name", "build_name", "outbase", "logbase"} & set(params))


@dataclass
class Translation:
    """A rule in the newer dialect, with errors and advice of its translation."""

    rule: dict[str, dict[str, Any]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def translate(name: str, raw: Mapping[str, Any], lines: Lines, folder: str, lenient: bool = False) -> Translation:
    """Translate a rule; relative paths count from `folder`, the working directory. Errors are findings, never exceptions."""
    work = _Work(name, raw, lines, folder, lenient)
    for section in ("params", "input", "job", "filesystem"):
        if not isinstance(raw.get(section, {}) or {}, Mapping):
            work.out.errors.append(f"{section}: must be a mapping")
    for key in raw:
        if key not in _SECTIONS:
            work.unknown(f"{key}: unknown section{did_you_mean(str(key), _SECTIONS)}")
    for key in _NEEDED:
        if not work.out.errors and work.text(key) is None:
            work.out.errors.append(f"params.{key}: missing")
    if not work.out.errors:
        work.translate()
    return work.out


class _Work:
    """One rule during its translation."""

    def __init__(self, name: str, raw: Mapping[str, Any], lines: Lines, folder: str, lenient: bool) -> None:
        self.name, self.raw, self.lines, self.folder, self.lenient = name, raw, lines, folder, lenient
        self.params: Mapping[str, Any] = raw.get("params") or {}
        self.out = Translation()
        self.columns: list[str] = []
        self.values: dict[str, str] = {}

    def unknown(self, text: str) -> None:
        """Report unknown keys."""
        (self.out.warnings if self.lenient else self.out.errors).append(text)

    def text(self, key: str) -> str | None:
        """A parameter as text; None if it is missing or no scalar."""
        value = self.params.get(key)
        if value is None or isinstance(value, Mapping | list | tuple | set):
            return None
        return str(value).strip()

    def translate(self) -> None:
        """Fill the translation."""
        rule, params = self.out.rule, self.params
        build = self.text("build_name") or str(self.text("build")).replace(".", "")
        dbtag, version = str(self.text("dbtag")), self.text("version")
        suffix = f"v{int(version):03d}" if version and version.isascii() and version.isdigit() else (version or "")
        self.macros = {"build": build, "tag": dbtag, "version": suffix}
        called = self.template("params.name", str(self.text("name")))
        found = _PERIOD.fullmatch(called)
        leafdir, period = (found["leafdir"], found["period"]) if found else (called, self.text("period") or "")
        if not period:
            self.out.warnings.append("params.name: does not end in a period like _run3auau; the folder is called none")
        self.macros["name"] = called
        outbase, logbase = (self.template(f"params.{key}", str(self.text(key))) for key in ("outbase", "logbase"))
        if "$(version)" in str(params["outbase"]) and version is None:
            self.out.warnings.append("params.version: missing, so that $(version) is empty in names")
        dated = version is not None and "$(version)" in str(params["outbase"])
        rule["params"] = {
            "dsttype": re.sub(r"_?\{\w+\}", "", leafdir) or "DST",
            "period": period or "none",
            "build": self.text("build"),
            "dbtag": dbtag,
            "version": version if version and version.isascii() and version.isdigit() else 0,
            "names": {
                "tag": f"{build}_{dbtag}" + (f"_{suffix}" if dated else ""),
                "leafdir": leafdir,
                "dsttype": "{leafdir}" + (f"_{period}" if found else ""),
                "outbase": outbase.replace(called, "{leafdir}" + (f"_{period}" if found else "")),
                "logbase": logbase.replace(outbase, "{outbase}"),
            },
        }
        rule["params"]["names"]["dataset"] = rule["params"]["names"]["tag"]
        rule["job"] = self._job()
        rule["input"] = self._input()

    # ---- templates

    def template(self, key: str, text: str) -> str:
        """A text in the newer dialect: constants of the rule filled in, macros as fields and columns."""
        known = {"RUNFMT": "%08i", "SEGFMT": "%05i"} | {place: "{" + place + "}" for place in PLACEHOLDERS}
        try:
            for name in placeholders(text):
                if name not in known:
                    known[name] = self._value(name)
            filled = fill(text.replace("{{", "{{{{").replace("}}", "}}}}"), known)
        except ValueError as err:
            self.out.errors.append(f"{key}: {err}")
            return ""
        return _MACRO.sub(lambda macro: self._macro(key, macro), filled)

    def _value(self, name: str) -> str:
        """A placeholder for a parameter of the rule; raises ValueError for an unknown name."""
        value = {"PWD": self.folder, "mode": "physics"}.get(name, self.text(name))
        if value is None and name == "rsync":
            self.out.warnings.append("params.rsync: missing, so that {rsync} is empty")
            value = ""
        if value is None:
            known = [*PLACEHOLDERS, *map(str, self.params), "rsync", "PWD", "RUNFMT", "SEGFMT", "mode"]
            raise ValueError(f"unknown {{{name}}}{did_you_mean(name, known)}")
        self.values[name] = value
        return "{" + name + "}"

    def _macro(self, key: str, found: re.Match[str]) -> str:
        name, form = found["name"], (found["format"] or "").strip()
        if found["INT"]:
            if (name, form) not in _FORMATS:
                allowed = "$INT(run,%08i) and $INT(seg,%05i)"
                self.out.errors.append(f"{key}: {found[0]} is not supported; {allowed} are")
            return "{" + _FORMATS.get((name, form), "run8") + "}"
        if name in self.macros:
            return self.macros[name]
        if name == "rungroup" and not found["run_"]:
            self.out.errors.append(f"{key}: $(rungroup) is supported as run_$(rungroup) only")
        if name in ("run", "seg", "rungroup", "buildarg", "nevents", *_PLACES):
            return "{" + name + "}"
        if name in ("neventsper", "mem", "script", "payload", "rsync", "comment") and not self._in_query(name):
            return "{" + name + "}" if name in PLACEHOLDERS else self.text(name) or ""
        if name not in self.columns:
            self.columns.append(name)
        return "{" + name + "}"

    def _in_query(self, column: str) -> bool:
        query = str((self.raw.get("input") or {}).get("query") or "")
        return re.search(rf"(?<![{{\w]){column}(?![}}\w])", query) is not None

    # ---- sections

    def _job(self) -> dict[str, Any]:
        job = _said(self.raw.get("job"))
        payload = self._path(self.text("payload") or ".")
        made: dict[str, Any] = {
            "script": str(PurePosixPath(payload) / str(self.text("script"))),
            "payload": [payload],
            "request_memory": self.text("mem") or MEMORY,
            "comment": self.text("comment") or "",
            "nevents": self.params.get("nevents") or 0,
            "batch_name": job.get("batch_name", "$(name)_$(build)_$(tag)"),
            "filesystem": self._filesystem(),
        }
        if self.text("neventsper") not in (None, "", "0"):
            made["neventsper"] = self.params["neventsper"]
        if self.text("mem") is None and "request_memory" not in job:
            self.out.warnings.append(f"params.mem: missing; {MEMORY} is taken")
        self._own(job, payload, made)
        for key, value in made.items():
            if isinstance(value, str) and key not in ("script", "comment", "nevents", "neventsper"):
                made[key] = self.template(f"job.{key}", value)
            elif key == "environment" and isinstance(value, Mapping):
                made[key] = {name: self.template(f"job.{key}.{name}", str(text)) for name, text in value.items()}
        made["batch_name"] = self._batch_name(str(made["batch_name"]))
        made["values"] = dict(self.values)
        return made

    def _own(self, job: Mapping[str, Any], payload: str, made: dict[str, Any]) -> None:
        """Take over the keys of the rule's own job section."""
        for key, value in job.items():
            if key == "executable":
                made["script"] = self._path(str(value).replace("{payload}", payload.rstrip("/")))
            elif key == "output_destination":
                if str(value) not in ("{logdir}", "$(logdir)"):
                    self.out.warnings.append("job.output_destination: not supported; stdout and stderr go to logdir")
            elif key == "filesystem":
                continue
            elif key in Job.model_fields and key not in ("values", "payload", "script"):
                made[key] = value
            else:
                self.out.warnings.append(f"job.{key}: not supported, and left out{did_you_mean(str(key), job_keys())}")

    def _batch_name(self, text: str) -> str:
        """The batch name without columns: jobs are counted by it, so it is the same for all jobs."""
        short = re.sub(r"_?\{(?:" + "|".join([*self.columns, "run", "seg", "run8", "seg5"]) + r")\}", "", text)
        if short != text:
            self.out.warnings.append(f"job.batch_name: {short}, the same for all jobs of the rule")
        return short

    def _filesystem(self) -> dict[str, str]:
        given = _said(self.raw.get("filesystem")) | _said(_said(self.raw.get("job")).get("filesystem"))
        made = {}
        for key, value in given.items():
            if key in ("outdir", "logdir", "histdir", "condor"):
                made[key] = self.template(f"filesystem.{key}", str(value).removeprefix("file://"))
            else:
                self.out.warnings.append(f"filesystem.{key}: not supported, and left out")
        return made

    def _path(self, text: str) -> str:
        return text if text.startswith("~") else str(PurePosixPath(self.folder) / text.removeprefix("./"))

    # ---- queries

    def _input(self) -> dict[str, Any]:
        given = _said(self.raw.get("input"))
        for key in given:
            if key not in _INPUT_KEYS:
                self.unknown(f"input.{key}: unknown key{did_you_mean(str(key), _INPUT_KEYS)}")
        made: dict[str, Any] = {
            "database": self._role("input.db", given.get("db")),
            "query": self._sql(given.get("query"), "input", "query"),
            "columns": list(self.columns),
            "lookup": str(given.get("lfn2pfn", "lfn2pfn")) == "lfn2pfn" and "direct_path" not in given,
        }
        if given.get("lfn2pfn", "lfn2lfn") not in ("lfn2pfn", "lfn2lfn"):
            self.out.errors.append("input.lfn2pfn: lfn2pfn and lfn2lfn are allowed")
        if "direct_path" in given:
            self.out.warnings.append("input.direct_path: not looked at; inputs are taken as the query names them")
        if "runlist_query" in self.raw:
            made["runlist_query"] = self._sql(self.raw["runlist_query"], "runlist_query")
        if "presubmit" in self.raw:
            self.out.warnings.append("presubmit: not supported, and left out; run it before prodcli")
        made["tables"] = self._tables()
        return made

    def _tables(self) -> list[dict[str, str]]:
        given = self.raw.get("import_tables") or []
        if not isinstance(given, list) or not all(isinstance(table, Mapping) for table in given):
            self.out.errors.append("import_tables: must be a list of names, each with db and query")
            return []
        made = []
        for number, tables in enumerate(given):
            for called, table in tables.items():
                at = ("import_tables", str(number), str(called))
                if not isinstance(table, Mapping):
                    self.out.errors.append(f"import_tables.{number}.{called}: must have db and query")
                    continue
                role, sql = (
                    self._role(f"{'.'.join(at)}.db", table.get("db")),
                    self._sql(table.get("query"), *at, "query"),
                )
                made.append({"name": str(called).lower(), "database": role, "query": sql})
        return made

    def _role(self, key: str, value: object) -> str:
        role = ROLES.get(str(value).casefold())
        if role is None:
            self.out.errors.append(
                f"{key}: {value!r:.60} is no database of this dialect{did_you_mean(str(value), ROLES)}"
            )
        return role or "filecatalog"

    def _sql(self, text: object, *keys: str) -> str:
        """A query with the rule's parameters filled in; the conditions of a pass stay fields of a template."""
        key = ".".join(keys)
        if not isinstance(text, str) or not text.strip():
            self.out.errors.append(f"{key}: missing")
            return ""
        known = {name: "{{ " + name + " }}" for name in _CONDITIONS}
        first = self.lines.get((self.name, *keys), 0)
        for number, line in enumerate(text.splitlines()):
            for name in re.findall(r"(?<!\{)\{(\w*)\}", line):
                if name not in known and self._sql_value(name) is None:
                    hint = did_you_mean(name, [*known, *map(str, self.params)])
                    self.out.errors.append(f"{key}: unknown {{{name}}}{hint} (line {first + number})")
                    return ""
        try:
            filled = {name: self._sql_value(name) or "" for name in placeholders(text) if name not in known}
            return _raw(fill(text, {**filled, **{name: f"\0{name}\0" for name in known}}))
        except ValueError as err:
            self.out.errors.append(f"{key}: {str(err)[-200:]} (line {first})")
            return ""

    def _sql_value(self, name: str) -> str | None:
        """A parameter as a value in SQL; None for a missing parameter, and for text that could be more than a value."""
        value = self.text(name)
        if value is None or _UNSAFE.search(value) or not value.isprintable():
            return None
        return value


def _said(section: Mapping[str, Any] | None) -> dict[str, Any]:
    """The keys of a section that have a value: null counts as none."""
    return {key: value for key, value in (section or {}).items() if value is not None}


def job_keys() -> list[str]:
    """The keys of `job` that both dialects share."""
    return [*Job.model_fields, "executable", "output_destination"]


def _raw(sql: str) -> str:
    """SQL as a template: text that only looks like a template is escaped, and the marked conditions become fields."""
    parts = sql.split("\0")
    for number, part in enumerate(parts):
        if number % 2:
            parts[number] = "{{ " + part + " }}"
        elif re.search(r"\{[{%#]", part):
            parts[number] = "{% raw %}" + part + "{% endraw %}"
    return "".join(parts)
