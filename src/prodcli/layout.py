"""Where the files of a job go and what its arguments are: one set of templates, filled per job or with submit macros.

Constants of the rule are put in once; what differs from job to job stays as a field, so that the submit
description (`$(run)`) and the books (`66456`) can never disagree.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from prodcli.errors import RuleError
from prodcli.names import TOKEN, fill, leafdir, placeholders, run_group
from prodcli.rule import Rule
from prodcli.site import DIRECTORIES

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
# What stands in the items file for a job, in this order.
ITEM_FIELDS = ("dbid", "attempt", "run", "seg", "rungroup", "leafdir", "daqhost")
NO_HOST = "dummy"
NO_ROW = -1


@dataclass(frozen=True, slots=True)
class Job:
    """A job to be: one output file. `host` is the catalog's name, empty downstream; `leaf` as outputs write it."""

    run: int
    segment: int
    n_inputs: int
    eventsinrun: int
    host: str = ""
    leaf: str = ""


@dataclass(frozen=True)
class Layout:
    """The templates of a rule."""

    rule: Rule

    @cached_property
    def constants(self) -> dict[str, str]:
        """What is the same for every job of the rule, by placeholder."""
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
            "intriplet": "None" if rule.combining else rule.intriplet,
            "indsttype": ",".join(rule.dsttype.inputs),
            "inputs": downstream if rule.combining else "dbinput",
            "nevents": str(rule.nevents),
            "neventsper": str(rule.job.neventsper),
            "prodmode": rule.site.prodmode,
            "payload": ",".join(self._payload()),
            "comment": rule.job.comment,
            "direct_path": rule.input.direct_path,
        }

    @cached_property
    def batch_name(self) -> str:
        """The JobBatchName: the same for every job, as jobs are counted by it."""
        return self.rule.site.batch_name_prefix + self._fill("job.batch_name", self.rule.job.batch_name, self.constants)

    @cached_property
    def formats(self) -> dict[str, str]:
        """str.format templates of everything that names a place or an argument, with only job fields left."""
        values = {key: _escaped(text) for key, text in self.constants.items()}
        values |= {field: "{" + field + "}" for field in MACROS}
        values["outbase"] = "{leafdir}_" + values["dataset"] + "_" + values["outtriplet"]
        values["logbase"] = values["outbase"] + "-{run8}-{seg5}"
        for kind in DIRECTORIES:
            values[kind] = self._directory(kind, values)
        job = self.rule.job
        values["log"] = self._fill("job.log", job.log, values)
        values["output"] = values["logdir"] + "/" + values["logbase"] + ".out"
        values["error"] = values["logdir"] + "/" + values["logbase"] + ".err"
        values["initialdir"] = self._fill("job.initialdir", job.initialdir, values)
        values["transfer_output_remaps"] = self._fill("job.transfer_output_remaps", job.transfer_output_remaps, values)
        values["transfer_input_files"] = self._fill("job.transfer_input_files", job.transfer_input_files, values)
        values["environment"] = self._fill("job.environment", job.environment, values)
        words = (job.arguments or self.rule.site.arguments).split()
        values["arguments"] = _quoted(self._fill("job.arguments", word, values) for word in words)
        return values

    def fields(self, job: Job, dbid: int = NO_ROW, attempt: int = 1) -> dict[str, str]:
        """The fields of one job."""
        return {
            "dbid": str(dbid),
            "attempt": str(attempt),
            "run": str(job.run),
            "seg": str(job.segment),
            "run8": f"{job.run:08d}",
            "seg5": f"{job.segment:05d}",
            "rungroup": run_group(job.run, self.rule.job.rungroup_tmpl or self.rule.site.run_group),
            "leafdir": leafdir(self.rule.params.dsttype, job.leaf),
            "daqhost": job.host or NO_HOST,
        }

    def value(self, key: str, fields: Mapping[str, str]) -> str:
        """A place or argument of one job."""
        return self.formats[key].format_map(fields)

    def macro(self, key: str) -> str:
        """The same for the submit description, where HTCondor fills in the fields."""
        return self.formats[key].format_map(MACROS)

    def filename(self, job: Job) -> str:
        """The identity of a job's output."""
        rule = self.rule
        base = f"{leafdir(rule.params.dsttype, job.leaf)}_{rule.params.dataset}_{rule.outtriplet}"
        return f"{base}-{job.run:08d}-{job.segment:05d}.root"

    def _payload(self) -> list[str]:
        """The rule's payload, relative entries from the rule file's folder, and the site's kit; globs as written."""
        return [str(self.rule.folder / entry) for entry in self.rule.job.payload] + list(self.rule.site.kit)

    def _directory(self, kind: str, values: Mapping[str, str]) -> str:
        own = getattr(self.rule.job.filesystem, kind)
        root = self.rule.site.roots[kind]
        template = own or self.rule.site.filesystem[kind]
        filled = self._fill(f"job.filesystem.{kind}", template, {**values, "root": _escaped(root)})
        if self.rule.site.relocate and not (filled == root or filled.startswith(root + "/")):
            filled = root + "/" + filled.lstrip("/")
        return filled

    def _fill(self, key: str, template: str, values: Mapping[str, str]) -> str:
        try:
            return fill(template, values)
        except ValueError as err:
            raise RuleError(f"{key}: {err}", where=f"{self.rule.file}: rule {self.rule.name}") from None


def check_templates(rule: Rule) -> None:
    """Raise RuleError for a template of the rule that cannot be filled."""
    layout = Layout(rule)
    _ = layout.formats, layout.batch_name
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


def _quoted(words: Iterable[str]) -> str:
    """Arguments in HTCondor's new syntax: single quotes keep an empty word, or one with blanks, in its position."""
    return " ".join(f"'{word}'" if not word or any(c.isspace() for c in word) else word for word in words)


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
