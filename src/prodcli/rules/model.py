"""The rule model: the keys of a rule, completed from the site profile.

A rule touches nothing outside its file: scripts and payloads are checked at submission.

Pure: data in, data out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from prodcli.config.profile import Dsttype, Match, Site
from prodcli.errors import RuleError, UsageError
from prodcli.names import from_folder, triplet
from prodcli.rules.environment import Environment
from prodcli.rules.values import (
    Constraint,
    Count,
    DiskKB,
    Expression,
    GeneratedRuns,
    Identifier,
    Identifiers,
    JobsOfRun,
    Ladder,
    Number,
    Patience,
    Positive,
    QualityLimits,
    Retries,
    Seconds,
    Sql,
    Text,
    Texts,
    Token,
    Tokens,
    number,
    token,
)
from prodcli.runs.production_numbers import selected
from prodcli.runs.selection import RunSelection
from prodcli.sizes import parse_ladder


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


# The catalogs that a rule's own SQL may ask, by their role in prodcli.yaml.
RequiredState = Literal["finalized", "validated"]  # of input data; validated data is finalized, too
OnEvict = Literal["hold", "restart"]  # what becomes of a job that its node gave up
Role = Literal["daq", "raw", "filecatalog", "production"]


class Names(Section):
    """Templates for the names of outputs that continue a production of another tool."""

    tag: Token
    leafdir: Text
    dsttype: Text
    dataset: Token
    outbase: Text
    logbase: Text


class Params(Section):
    """The output: dsttype, period and tag."""

    dsttype: Token
    period: Token
    build: Token
    dbtag: Token
    version: Count
    dataset: Token
    physicsmode: Token
    names: Names | None = None


class Table(Section):
    """Rows of one database that a query on another database reads by this name."""

    name: Identifier
    database: Role
    query: Sql


class Generate(Section):
    """Jobs without inputs: so many in each of the runs, which are production numbers."""

    jobs: JobsOfRun
    runs: GeneratedRuns


class Input(Section):
    """The inputs, and the cuts on runs."""

    generate: Generate | None = None
    intriplet: Token | None = None
    dataset: Token
    indsttype: Tokens = ()
    physicsmode: Token
    min_run_events: Count
    min_run_time: Count
    combine_seg0_only: bool
    cut_segment: Positive
    min_seb: Positive | None = None
    require_state: RequiredState | None = None
    infile_query_constraints: Constraint = ""
    status_query_constraints: Constraint = ""
    direct_path: Text = ""
    query: Sql | None = None
    database: Role = "filecatalog"
    tables: tuple[Table, ...] = ()
    columns: Identifiers = ()
    runlist_query: Sql | None = None
    lookup: bool = False


class Filesystem(Section):
    """Directory templates that differ from the site's."""

    outdir: Text | None = None
    finaldir: Text | None = None
    logdir: Text | None = None
    histdir: Text | None = None
    condor: Text | None = None


class AutomaticRecovery(Section):
    """What loops and cron passes may do for jobs without asking anybody: memory steps, and so many tries after passing failures."""

    memory: bool = False
    retries: Retries = 0


class StalledAfter(Section):
    """How long a running job may show no CPU, no progress in events, and no output, in seconds; 0: for ever."""

    cpu: Patience = 10_800
    events: Patience = 10_800
    output: Patience = 43_200


class Job(Section):
    """How jobs run; memory is a ladder in MB, disk is in KB, `max_runtime` in seconds of one start."""

    script: Text
    payload: Texts = ()
    needs: Texts = ()
    neventsper: Positive | None = None
    outputs_per_job: Positive | None = None
    registers_outputs: bool | None = None
    nevents: Count = 0
    log: Text
    batch_name: Text
    priority: Number
    request_memory: Ladder
    request_cpus: Positive
    request_disk: DiskKB
    request_xferslots: Count = 0
    max_idle: Count | None = None
    max_materialize: Positive | None = None
    filesystem: Filesystem = Filesystem()
    values: dict[Identifier, Text] = {}
    arguments: Text | None = None
    rungroup_tmpl: Text | None = None
    comment: Text = ""
    universe: Token
    getenv: Text
    environment: Environment = {}
    initialdir: Text
    user_job_wrapper: Text = ""
    job_lease_duration: Count
    max_retries: Count | None = None
    max_runtime: Seconds | None = None
    stalled: StalledAfter = StalledAfter()
    quality: QualityLimits = {}
    on_evict: OnEvict = "restart"
    recovery: AutomaticRecovery = AutomaticRecovery()
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


SECTIONS: dict[str, type[Section]] = {"params": Params, "input": Input, "job": Job}


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Product:
    """All outputs of a rule, as the books name them; `dsttype` without the leaf of a host."""

    dsttype: str
    dataset: str
    tag: str

    def __str__(self) -> str:
        return f"{self.dsttype} {self.tag}"


@dataclasses.dataclass(frozen=True)
class Rule:
    """A rule, checked against and completed from a site profile.

    `kit` is the folder of the kit that its jobs use, `written` the text of the whole file.
    """

    name: str
    file: str
    params: Params
    input: Input
    job: Job
    site: Site
    dsttype: Dsttype
    nevents: int = 0
    kit: str = ""
    mark: str = ""  # before the tag, of jobs that are no production
    written: str = dataclasses.field(default="", repr=False, compare=False)

    @property
    def outtriplet(self) -> str:
        """The tag of the rule's outputs."""
        if self.params.names is not None:
            return self.mark + self.params.names.tag
        return self.mark + str(triplet(self.params.build, self.params.dbtag, self.params.version))

    @property
    def combining(self) -> bool:
        """True if raw segments of one host become one job."""
        return self.dsttype.match is Match.COMBINING

    @property
    def by_query(self) -> bool:
        """True if the rule's own SQL finds its inputs."""
        return self.dsttype.match is Match.BY_QUERY

    @property
    def generated(self) -> bool:
        """True if the jobs have no inputs."""
        return self.dsttype.match is Match.GENERATE

    @property
    def generated_runs(self) -> RunSelection | None:
        """The production numbers of generated jobs; None for a rule with inputs."""
        return None if self.input.generate is None else selected(self.input.generate.runs)

    @property
    def generated_events(self) -> int:
        """The number of events that all generated jobs of a run make; 0 for a rule with inputs."""
        jobs = 0 if self.input.generate is None else self.input.generate.jobs
        return jobs * self.outputs_per_job * (self.job.neventsper or 0)

    @property
    def registers_outputs(self) -> bool:
        """True if the outputs are registered in the file catalog, by the jobs or after them: by the rule, else the site."""
        said = self.job.registers_outputs
        return self.site.registers_outputs if said is None else said

    @property
    def outputs_per_job(self) -> int:
        """The number of output segments that a job owns: as the rule says, else the site for the name of the script."""
        return self.job.outputs_per_job or self.site.outputs_per_job.get(PurePath(self.job.script).name, 1)

    @property
    def booked_dataset(self) -> str:
        """The dataset of the outputs as in the books: that of `params.names`, if the rule has one."""
        return self.params.names.dataset if self.params.names is not None else self.params.dataset

    @property
    def product(self) -> Product:
        """What the rule makes."""
        return Product(self.params.dsttype, self.booked_dataset, self.outtriplet)

    @property
    def tagged(self) -> bool:
        """True if the rule knows the tag of its inputs."""
        return not self.combining and self.input.intriplet is not None

    @property
    def intriplet(self) -> str:
        """The tag of the inputs; raises RuleError for combining, a query of the rule's own and generated jobs, without one."""
        if self.input.intriplet is None:
            what = "a query of the rule's own finds the inputs" if self.by_query else "combining reads raw files"
            what = "generated jobs have no inputs" if self.generated else what
            raise RuleError(f"{what}: there is no tag", where=f"{self.file}: rule {self.name}")
        return self.input.intriplet

    @property
    def folder(self) -> PurePath:
        """The folder from which relative scripts and payloads count."""
        return PurePath(self.file).parent

    def path(self, text: str) -> str:
        """A path of the rule: relative to its folder, with `~` for the home folder.

        Raises RuleError for another user's home.
        """
        try:
            return from_folder(text, str(self.folder), self.site.home)
        except ValueError as err:
            raise RuleError(str(err), where=f"{self.file}: rule {self.name}") from None


@dataclasses.dataclass(frozen=True)
class Overrides:
    """Values of the command line that replace the rule's; None keeps the rule's value."""

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
            ("--physics-mode", token, self.physicsmode),
            ("--priority", number, self.priority),
            ("--cut-segment", number, self.cut_segment),
            ("--nevents", number, self.nevents),
        )
        for option, check, value in checks:
            try:
                _ = value is None or check(value)
            except ValueError as err:
                raise UsageError(str(err), where=option) from None

    def apply(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Replace the values of a raw rule."""
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
