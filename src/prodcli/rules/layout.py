"""Paths and arguments of a job: one set of templates, filled for each job or with submit macros.

Constants of the rule are filled in once. Values that differ from job to job stay fields, so that the submit description
(`$(run)`) and the books (`66456`) always agree.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from posixpath import normpath
from typing import TYPE_CHECKING, NamedTuple

from prodcli.config.profile import DIRECTORIES, OF_KIT, hosts_of
from prodcli.errors import RuleError
from prodcli.names import TOKEN, fill, from_folder, leafdir, output_name, placeholders, plain_text, run_group
from prodcli.rules.environment import environment_command
from prodcli.runs.production_numbers import seed_of
from prodcli.states import NO_ROW

if TYPE_CHECKING:
    from prodcli.rules.model import Rule

# The fields of a job, as the submit description writes them. run8 and seg5 are run and seg as names have them.
MACROS = {
    "dbid": "$(dbid)",
    "attempt": "$(attempt)",
    "run": "$(run)",
    "seg": "$(seg)",
    "run8": "$INT(run,%08d)",
    "seg5": "$INT(seg,%05d)",
    "rungroup": "$(rungroup)",
    "leafdir": "$(leafdir)",
    "daqhost": "$(daqhost)",
}
# The segment of the first output of a job that makes several; elsewhere it is seg.
FIRST_OUTPUT = {"outseg": "$(outseg)", "outseg5": "$INT(outseg,%05d)"}
# Folders of a submission: the copy of the worker kit, and the lists of inputs. Only what a job gets may name them.
PLACES = {"kit": "$(kit)", "lists": "$(lists)"}
# The number of a generated job for its random generators. Only what a job gets may name it.
SEED = {"seed": "$(seed)"}
# What stands in the items file for a job, in this order.
ITEM_FIELDS = ("dbid", "attempt", "run", "seg", "rungroup", "leafdir", "daqhost", *PLACES)
# What a column of a rule's own query cannot be called: our fields, and what HTCondor reads as a command.
TAKEN = frozenset(
    {
        *MACROS,
        *FIRST_OUTPUT,
        *PLACES,
        *("universe", "executable", "arguments", "log", "output", "error", "input", "environment", "getenv", "hold"),
        *("priority", "rank", "requirements", "notification", "queue", "batch_name", "initialdir", "accounting_group"),
        *("max_idle", "max_materialize", "my"),
    }
)
# What `job.values` cannot be called.
PLACEHOLDERS = frozenset(
    {
        *MACROS,
        *FIRST_OUTPUT,
        *PLACES,
        *("rule_name", "dsttype", "period", "physicsmode", "dataset", "build", "buildarg", "tag", "dbtag", "version"),
        *("outtriplet", "intriplet", "indsttype", "inputs", "nevents", "neventsper", "prodmode", "payload", "comment"),
        *("direct_path", "outbase", "logbase", "root", *DIRECTORIES, "log", "output", "error", "initialdir"),
    }
)
NO_HOST = "dummy"


class Job(NamedTuple):
    """A planned job. `segment` is the segment of its inputs; its outputs are told by Layout.

    `host` is the catalog's name, empty downstream; `leaf` is the host in output names.

    `mask` has a bit for each masked host of the dsttype. `columns` are the values of the rule's `input.columns`, in
    their order.
    """

    run: int
    segment: int
    n_inputs: int
    eventsinrun: int
    host: str = ""
    leaf: str = ""
    mask: int = 0
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layout:
    """The templates of a rule, for jobs under one mask (bits as in Job); `lists` is the folder of their lists of inputs."""

    rule: Rule
    mask: int = 0
    lists: str = ""

    @property
    def inputs(self) -> tuple[str, ...]:
        """The inputs that jobs may read, without masked hosts."""
        return tuple(name for bit, name in enumerate(self.rule.dsttype.inputs) if not self.mask >> bit & 1)

    @property
    def masked(self) -> str:
        """The masked hosts as in the books and in the job's attributes: catalog names in profile order."""
        return ",".join(hosts_of(self.rule.dsttype, self.mask))

    @cached_property
    def item_fields(self) -> tuple[str, ...]:
        """The columns of the items file: the fields that every rule has, or this one, then the columns of this rule."""
        absent = {name for name, place in (("kit", self.rule.kit), ("lists", self.lists)) if not place}
        several = ("outseg",) if self.outputs_per_job > 1 else ()
        seed = tuple(SEED) if self.rule.generated else ()
        return tuple(field for field in ITEM_FIELDS if field not in absent) + several + seed + self.rule.input.columns

    @cached_property
    def macros(self) -> dict[str, str]:
        """The fields of a job as macros of the submit description."""
        several = FIRST_OUTPUT if self.outputs_per_job > 1 else {}
        return MACROS | self._given | several | {column: f"$({column})" for column in self.rule.input.columns}

    @cached_property
    def _given(self) -> dict[str, str]:
        """The fields that only what a job gets may name."""
        return PLACES | SEED if self.rule.generated else PLACES

    @cached_property
    def outputs_per_job(self) -> int:
        """The number of output segments that a job owns."""
        return self.rule.outputs_per_job

    def first_output(self, segment: int) -> int:
        """The segment of the first output of the job that reads a segment."""
        return segment * self.outputs_per_job

    @cached_property
    def constants(self) -> dict[str, str]:
        """Values that are the same for every job of the rule, by placeholder."""
        rule, params = self.rule, self.rule.params
        downstream = "seg0fromdb" if rule.input.combine_seg0_only else "allsegsfromdb"
        return {
            "rule_name": rule.name,
            "dsttype": params.dsttype,
            "period": params.period,
            "physicsmode": params.physicsmode,
            "dataset": params.dataset,
            "build": params.build,
            "buildarg": params.build,
            "tag": params.dbtag,
            "dbtag": params.dbtag,
            "version": str(params.version),
            "outtriplet": rule.outtriplet,
            "intriplet": rule.intriplet if rule.tagged else "None",
            "indsttype": ",".join(self.inputs),
            "inputs": "none" if rule.generated else downstream if rule.combining else "dbinput",
            "nevents": str(rule.nevents),
            "neventsper": str(rule.job.neventsper or 0),
            "prodmode": rule.site.prodmode,
            "payload": ",".join(self._payload()),
            "comment": rule.job.comment,
            "direct_path": rule.input.direct_path,
        } | rule.job.values

    @cached_property
    def batch_name(self) -> str:
        """The JobBatchName, the same for every job, masked or not: jobs are counted by it."""
        constants = {**self.constants, "indsttype": ",".join(self.rule.dsttype.inputs)}
        return self.rule.site.batch_name_prefix + self._filled("job.batch_name", self.rule.job.batch_name, constants)

    @cached_property
    def formats(self) -> dict[str, str]:
        """str.format templates of all paths, names and arguments, with only job fields left."""
        values = {key: _escaped(text) for key, text in self.constants.items()}
        values |= {field: "{" + field + "}" for field in self.macros if field not in self._given}
        values = {"outseg": "{seg}", "outseg5": "{seg5}"} | values
        names = self.rule.params.names
        if names is None:
            values["outbase"] = "{leafdir}_" + values["dataset"] + "_" + values["outtriplet"]
            values["logbase"] = values["outbase"] + "-{run8}-" + values["outseg5"]
        else:
            for key in ("outbase", "logbase"):
                values[key] = self._fill(f"params.names.{key}", getattr(names, key), values)
        for kind in DIRECTORIES:
            values[kind] = self._directory(kind, values)
        job = self.rule.job
        values["log"] = self._placed("job.log", "condor", self._fill("job.log", job.log, values))
        values["output"] = values["logdir"] + "/" + values["logbase"] + ".out"
        values["error"] = values["logdir"] + "/" + values["logbase"] + ".err"
        initialdir = self._fill("job.initialdir", job.initialdir, values)
        values["initialdir"] = self._placed("job.initialdir", "logdir", initialdir)
        values["transfer_output_remaps"] = self._fill("job.transfer_output_remaps", job.transfer_output_remaps, values)
        values |= {field: "{" + field + "}" for field in self._given}
        values["payload"] = ",".join(self._payload(_escaped))
        values["transfer_input_files"] = self._fill("job.transfer_input_files", job.transfer_input_files, values)
        values["environment"] = self._environment(values)
        words = (job.arguments or self.rule.site.arguments).split()
        values["arguments"] = _quoted(self._fill("job.arguments", word, values) for word in words)
        return values

    def _environment(self, values: Mapping[str, str]) -> str:
        """The variables of the site and of the rule, which wins, in HTCondor's new syntax; empty if there are none."""
        named = [("site.environment", self.rule.site.environment), ("job.environment", self.rule.job.environment)]
        filled = {
            name: self._fill(f"{key}.{name}", template, values)
            for key, variables in named
            for name, template in variables.items()
        }
        return environment_command(filled)

    def fields(self, job: Job, dbid: int = NO_ROW, attempt: int = 1) -> dict[str, str]:
        """The fields of one job, by name."""
        fields = {
            "dbid": str(dbid),
            "attempt": str(attempt),
            "run": str(job.run),
            "seg": str(job.segment),
            "run8": f"{job.run:08d}",
            "seg5": f"{job.segment:05d}",
            "rungroup": run_group(job.run, self.rule.job.rungroup_tmpl or self.rule.site.run_group),
            "leafdir": self.leafdir(job),
            "daqhost": job.host or NO_HOST,
            "kit": self.rule.kit,
            "lists": self.lists,
            **dict(zip(self.rule.input.columns, job.columns, strict=False)),
        }
        if self.rule.generated:
            fields["seed"] = str(seed_of(job.run, job.segment))
        return fields | _output_fields(self.first_output(job.segment)) if self.outputs_per_job > 1 else fields

    def gives(self, place: str) -> bool:
        """True if jobs get a path in one of PLACES."""
        given = ("arguments", "environment", "transfer_input_files")
        return any("{" + place + "}" in self.formats[key] for key in given)

    def leafdir(self, job: Job) -> str:
        """The dsttype with its host, or the name of the rule's own `params.names`."""
        names = self.rule.params.names
        if names is None:
            return leafdir(self.rule.params.dsttype, job.leaf)
        return names.leafdir.format_map(dict(zip(self.rule.input.columns, job.columns, strict=False)))

    def booked_dsttype(self, job: Job) -> str:
        """The dsttype of the job as in the books."""
        names = self.rule.params.names
        return self.leafdir(job) if names is None else names.dsttype.format_map({"leafdir": self.leafdir(job)})

    def value(self, key: str, fields: Mapping[str, str]) -> str:
        """A path, name or argument of one job."""
        return self.formats[key].format_map(fields)

    def macro(self, key: str) -> str:
        """A path, name or argument as in the submit description, where HTCondor fills in the fields."""
        return self.formats[key].format_map(self.macros)

    def filename(self, job: Job) -> str:
        """The file name of a job's first output, which is its identity."""
        return self._name(job, job.segment * self.outputs_per_job)

    def filenames(self, job: Job) -> tuple[str, ...]:
        """The file names of all outputs that a job owns, by segment."""
        first = self.first_output(job.segment)
        return tuple(self._name(job, segment) for segment in range(first, first + self.outputs_per_job))

    def called(self, job: Job) -> str | int:
        """The name of a job's output within its run: its host, else its first segment."""
        return job.host or self.first_output(job.segment)

    def _name(self, job: Job, segment: int) -> str:
        """The file name of the output with a segment."""
        if self.rule.params.names is None:
            return output_name(leafdir(self.rule.params.dsttype, job.leaf) + self._end, job.run, segment)
        fields = self.fields(job) | _output_fields(segment)
        return self.value("logbase", fields) + ".root"

    @cached_property
    def _end(self) -> str:
        """The end of every outbase."""
        return f"_{self.rule.params.dataset}_{self.rule.outtriplet}"

    def _payload(self, escaped: Callable[[str], str] = str) -> list[str]:
        """The rule's payload, relative entries from the folder of the rule file, and the site's kit.

        Globs stay unexpanded; `{kit}` before a file of the worker kit stays, too, whatever `escaped` does to all else.
        """
        own = [escaped(self.rule.path(entry)) for entry in self.rule.job.payload]
        kept = [OF_KIT if entry.startswith(OF_KIT) else "" for entry in self.rule.site.kit]
        return own + [
            kit + escaped(entry.removeprefix(kit)) for kit, entry in zip(kept, self.rule.site.kit, strict=True)
        ]

    def _directory(self, kind: str, values: Mapping[str, str]) -> str:
        site, own, key = self.rule.site, getattr(self.rule.job.filesystem, kind), f"job.filesystem.{kind}"
        filled = self._fill(key, own or site.filesystem[kind], {**values, "root": _escaped(site.roots[kind])})
        return self._placed(key, kind, filled, "" if own else site.folder)

    def _placed(self, key: str, kind: str, path: str, folder: str = "") -> str:
        """The absolute path: a relative path counts from the folder, or from the rule's file.

        In a testbed the path lies below the root of its kind; `..` does not lead out of the root.
        """
        site = self.rule.site
        start = _escaped(site.roots[kind] if site.relocate else folder or str(self.rule.folder))
        try:
            path = from_folder(path, start, _escaped(site.home))
        except ValueError as err:
            raise RuleError(f"{key}: {err}", where=f"{self.rule.file}: rule {self.rule.name}") from None
        if not site.relocate:
            return path
        roots, path = {_escaped(root) for root in site.roots.values()}, normpath(path)
        if any(path == root or path.startswith(root + "/") for root in roots):
            return path
        return normpath(_escaped(site.roots[kind]) + "/" + path.lstrip("/"))

    def _fill(self, key: str, template: str, values: Mapping[str, str]) -> str:
        """Fill a template with formats; the result is a format itself, so its own braces stay doubled."""
        return self._filled(key, template.replace("{{", "{{{{").replace("}}", "}}}}"), values)

    def _filled(self, key: str, template: str, values: Mapping[str, str]) -> str:
        try:
            return fill(template, values)
        except ValueError as err:
            raise RuleError(f"{key}: {err}", where=f"{self.rule.file}: rule {self.rule.name}") from None


def check_templates(rule: Rule) -> None:
    """Raise RuleError for a template of the rule that cannot be filled."""
    layout = Layout(rule)
    _ = layout.formats, layout.batch_name, rule.path(rule.job.script)
    _check_names(rule)
    for what, text in (("folder", str(rule.folder)), *rule.site.roots.items(), ("kit", ",".join(rule.site.kit))):
        if not plain_text(text):
            raise RuleError(
                f"a submit description cannot hold the {what} {text!r:.80}",
                where=f"{rule.file}: rule {rule.name}",
                todo="no quotes, control characters or $( in its name",
            )
    if rule.job.rungroup_tmpl is not None:
        try:
            plain = rule.job.rungroup_tmpl.replace(":08d", "")
            allowed = set(placeholders(plain)) <= {"a", "b"} and TOKEN.fullmatch(run_group(0, rule.job.rungroup_tmpl))
        except ValueError:
            allowed = None
        if not allowed:
            raise RuleError(
                "job.rungroup_tmpl: one word with {a:08d} and {b:08d}, the hundred's first and last, is allowed",
                where=f"{rule.file}: rule {rule.name}",
            )


def _check_names(rule: Rule) -> None:
    """Raise RuleError for a name that the columns cannot fill, or a column with the name of a field."""
    where = f"{rule.file}: rule {rule.name}"
    for column in rule.input.columns:
        if column in TAKEN or column in rule.input.columns[: rule.input.columns.index(column)]:
            raise RuleError(f"input.columns: {column!r} is taken", where=where, todo="give it another name with AS")
    for key in rule.job.values:
        if key in PLACEHOLDERS or key in rule.input.columns or (rule.generated and key in SEED):
            raise RuleError(f"job.values: {key!r} is a placeholder already", where=where)
    names = rule.params.names
    used = set(placeholders(Layout(rule).formats["logbase"]))
    segments = {"seg", "seg5"} if rule.outputs_per_job == 1 else {*FIRST_OUTPUT}
    if not (used & {"run", "run8"} and used & segments):
        needed = f"{{run8}} and {{{max(segments)}}}"
        raise RuleError(f"params.names.logbase: needs {needed}, as it is the output's name", where=where)
    if rule.outputs_per_job > 1 and rule.combining:
        raise RuleError(
            "job.outputs_per_job: has no meaning for combining, where a job makes all segments", where=where
        )
    for key, known in (("leafdir", rule.input.columns), ("dsttype", ("leafdir",))) if names is not None else ():
        try:
            fill(getattr(names, key), dict.fromkeys(known, ""))
        except ValueError as err:
            raise RuleError(f"params.names.{key}: {err}", where=where) from None


def _output_fields(segment: int) -> dict[str, str]:
    """The fields of an output's segment."""
    return {"outseg": str(segment), "outseg5": f"{segment:05d}"}


def _quoted(words: Iterable[str]) -> str:
    """Arguments in HTCondor's new syntax: single quotes keep an empty word, or a word with blanks, in its position."""
    return " ".join(f"'{word}'" if not word or any(c.isspace() for c in word) else word for word in words)


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
