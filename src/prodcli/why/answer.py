"""Why there are not more jobs: the plan of a pass, the kinds behind its reasons, and the yield of a change.

The plan is that of `submit --dry-run`. Plans under other assumptions are made again from the same rows.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from prodcli.books.claims import Books
from prodcli.books.job_filter import JobFilter
from prodcli.books.job_search import schedds_to_read
from prodcli.catalogs.catalogs import Catalogs
from prodcli.causes.failures import MasterAndReplica
from prodcli.db import Database
from prodcli.exclusions import noted as exclusions_noted
from prodcli.exclusions.invalid_runs import Invalid, without_invalid
from prodcli.exclusions.masks import Mask, mask_bits, masked_hosts, spoken
from prodcli.exclusions.noted import Exclusions, Note, NoteKind
from prodcli.planning.host_requirements import HostRequirements
from prodcli.planning.plan import Plan, make_plan
from prodcli.planning.plan_request import PlanRequest
from prodcli.reasons import HELPS, Level, Reason, Skipped, Skips
from prodcli.rules.layout import Job
from prodcli.rules.model import Rule
from prodcli.states import Status
from prodcli.submission.submit_pass import Pass
from prodcli.time_text import ago
from prodcli.why import lookups
from prodcli.why.cached_reads import RememberedBooks, RememberedCatalogs
from prodcli.why.existing_outputs import (
    BlockedGroup,
    Blocking,
    HeldAdvice,
    Produced,
    SeveralOutputs,
    output_links,
    state_in_words,
    what_helps,
)
from prodcli.why.generated_links import generated_links
from prodcli.why.held_outputs import held_advice
from prodcli.why.run_links import Link, RunFacts, chain_of, spoken_names

log = logging.getLogger(__name__)
MASKABLE = (Reason.FEW_HOSTS_RAW, Reason.FEW_HOSTS_PRODUCED, Reason.HOST_NOT_PRODUCED)
_MOST_MASKED = 8  # names in a mask that is proposed; who lacks more has no use for a mask


@dataclass(frozen=True)
class Assumptions:
    """Assumed masks, cuts (None: as in the rule), and states whose rows do not block."""

    mask: tuple[str, ...] = ()
    min_events: int | None = None
    min_time: int | None = None
    ignore_states: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self != Assumptions()


_NOTHING_ASSUMED = Assumptions()


@dataclass(frozen=True, slots=True)
class Group:
    """Outputs, hosts, segments or runs left out for one reason, and of one kind."""

    reason: Reason
    level: Level
    what: str
    count: int
    runs: tuple[int, ...]
    helps: str = ""  # where it depends on the kind


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mask, and the number of jobs that it would yield in these runs."""

    names: tuple[str, ...]
    runs: tuple[int, ...]
    jobs: int

    def __str__(self) -> str:
        where = f" in {len(self.runs)} runs" if len(self.runs) > 1 else ""
        return f"--mask {' '.join(self.names)} would yield {self.jobs} job{'' if self.jobs == 1 else 's'}{where}"


@dataclass(frozen=True)
class Change:
    """The number of jobs of a run now, and under the assumptions."""

    run: int
    now: int
    then: int


@dataclass(frozen=True)
class RunChain:
    """The links of one run, and the files and rows of its outputs."""

    run: int
    links: tuple[Link, ...]
    produced: tuple[Produced, ...]
    blocking: tuple[Blocking, ...]
    outputs_per_job: int = 1

    @property
    def broken(self) -> list[Link]:
        """Links that let no job or not all jobs pass, in order."""
        return [link for link in self.links if link.reason is not None]


@dataclass(frozen=True)
class Answer:
    """Why a rule has no more jobs; `chain` for one run, `changes` under assumptions."""

    plan: Plan
    groups: list[Group]
    proposals: list[Proposal]
    clock: int
    chain: RunChain | None = None
    then: Plan | None = None
    changes: list[Change] = field(default_factory=list)

    @property
    def rule(self) -> Rule:
        """The rule of the plan."""
        return self.plan.rule


@dataclass(frozen=True)
class Why:
    """Reads catalogs and books once, and plans under any assumptions."""

    catalogs: RememberedCatalogs
    books: RememberedBooks
    noted: Exclusions
    notes: tuple[Note, ...]  # the same with who noted it
    detailed: bool  # the books have attempts, which tell why a job is held
    replica: Database  # of the books, for what only informs
    most: int | None  # MB that a job may ask for

    @classmethod
    def on(cls, catalogs: Catalogs, books: Books, replica: Database, most: int | None = None) -> Why:
        """Why for these databases, with the masks and invalid runs in their books."""
        noted = exclusions_noted.active(books.database)
        kinds = [*([NoteKind.MASKS] if noted.masks else []), *([NoteKind.INVALID] if noted.invalid else [])]
        return cls(
            RememberedCatalogs(catalogs.daq, catalogs.raw, catalogs.filecatalog),
            RememberedBooks(books.database),
            noted,
            tuple(note for kind in kinds for note in exclusions_noted.notes(books.database, kind)),
            lookups.has_attempts(books.database),
            replica,
            most,
        )

    def answer(self, this: Pass, assume: Assumptions) -> Answer:
        """Why a pass has no more jobs; the pass's own catalogs and books are not used."""
        for problem in this.problems():
            log.warning("%s", problem)
        current = this.looked_at()
        whole = self._plan(this)
        plan = whole.limited(this.queue_left(whole, current))
        then = self._plan(this, assume) if assume else None
        changes = _changes(whole, then) if then else []
        now = lookups.clock(self.books.database)
        if this.wanted.runs.only is None:
            return Answer(
                plan, self._groups(this, plan, now), self._proposals(this, whole, self.noted), now, None, then, changes
            )
        # what else is in the way of a run that a cut or a person takes out?
        valid = replace(self.noted, invalid=tuple(one for one in self.noted.invalid if one.segments is not None))
        beyond = self._plan(this, Assumptions(min_events=0, min_time=0), valid)
        proposals = self._proposals(this, beyond, valid)
        return Answer(plan, [], proposals, now, self._chain(this, plan, beyond, proposals, now), then, changes)

    def _plan(self, this: Pass, assume: Assumptions = _NOTHING_ASSUMED, noted: Exclusions | None = None) -> Plan:
        rule, noted = this.wanted.rule, noted or self.noted
        cuts = {"min_run_events": assume.min_events, "min_run_time": assume.min_time}
        given = {key: value for key, value in cuts.items() if value is not None}
        if given:
            rule = replace(rule, input=rule.input.model_copy(update=given))
        if assume.mask:
            mask = Mask(masked_hosts(rule.site, assume.mask, "--assume-mask"))
            noted = replace(noted, masks=(*noted.masks, mask))
        # of jobs without inputs there is little to assume, and there may be a million of them
        catalogs = replace(self.catalogs, keeps=not rule.generated)
        books = replace(self.books.ignoring(assume.ignore_states), keeps=not rule.generated)
        wanted = PlanRequest(rule=rule, runs=this.wanted.runs, segments=this.wanted.segments, exclusions=noted)
        return make_plan(wanted, catalogs, books, this.outside.progress)

    def _proposals(self, this: Pass, plan: Plan, noted: Exclusions) -> list[Proposal]:
        """Masks by name for runs that lack hosts, and the jobs of a plan with all of these masks."""
        runs = sorted({run for skipped in plan.skipped if skipped.reason in MASKABLE for run in skipped.runs})
        names = {
            run: spoken_names(this.wanted.rule.dsttype, bits) for run, bits in self._lacking(plan.rule, runs).items()
        }
        names = {run: found for run, found in names.items() if 0 < len(found) <= _MOST_MASKED}
        if not names:
            return []
        hosts = {found: masked_hosts(this.wanted.rule.site, found, "mask") for found in set(names.values())}
        masks = tuple(Mask(hosts[found], (run, run)) for run, found in names.items())
        masked = replace(noted, masks=noted.masks + masks)
        wanted = PlanRequest(rule=plan.rule, runs=this.wanted.runs, segments=this.wanted.segments, exclusions=masked)
        then = make_plan(wanted, self.catalogs, self.books, this.outside.progress)
        jobs = Counter(job.run for job in then.jobs)
        by_names: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for run, found in names.items():
            by_names[found].append(run)
        proposals = [Proposal(found, tuple(runs), sum(jobs[run] for run in runs)) for found, runs in by_names.items()]
        return sorted(proposals, key=lambda proposal: (-proposal.jobs, proposal.names))

    def _lacking(self, rule: Rule, runs: list[int]) -> dict[int, int]:
        raw = self._raw_masks(rule, runs)
        masks = mask_bits(rule, self.noted.masks, runs)
        produced: dict[int, int] = defaultdict(int)
        for row in self.catalogs.segment_inputs(rule, runs) if runs else ():
            produced[row.run] |= row.present
        needs = HostRequirements.of(rule)
        return {run: needs.lacking(raw.get(run, 0), bits, masks.get(run, 0)) for run, bits in produced.items()}

    def _raw_masks(self, rule: Rule, runs: list[int]) -> dict[int, int]:
        needs_raw = runs and rule.dsttype.requirement(rule.input.physicsmode).of_raw
        return self.catalogs.raw_masks(rule, runs) if needs_raw else {}

    # ---- one run

    def _chain(self, this: Pass, plan: Plan, beyond: Plan, proposals: list[Proposal], now: int) -> RunChain:
        """The links of one run: the cuts as they are, and the links behind them as if the run passed the cuts."""
        rule, number = this.wanted.rule, this.wanted.runs.spans[0][0]
        seen = self._seen(this, plan, beyond, number, now)
        hosts = [row.host for row in seen.raw_hosts if row.on_disk < row.segments]
        off_disk = lookups.off_disk(self.catalogs.raw, number, hosts)
        links = generated_links(rule, seen) if rule.generated else chain_of(rule, seen, off_disk)
        clock = rule.site.catalog_clock
        produced = lookups.produced_files(self.catalogs.filecatalog, _names(beyond, Reason.PRODUCED), clock)
        blocking = self._blocking(_names(beyond, Reason.BLOCKED))
        limited = len(seen.skipped.get(Reason.LIMIT, ()))
        jobs = len(plan.jobs) if plan.jobs or limited else len(beyond.jobs)
        out_of_reach = not plan.jobs and jobs > 0
        held = any(row.status == Status.HELD for row in blocking)
        several = SeveralOutputs(rule.outputs_per_job, len(_outputs(beyond, Reason.PRODUCED)))
        advice = self._advice(this, now) if held else {}
        links += output_links(produced, blocking, limited, jobs, now, advice, several)
        if out_of_reach:
            links = [
                replace(link, text=f"{several.of(jobs)} outputs could be submitted then")
                if link.step == "jobs"
                else link
                for link in links
            ]
        helped = tuple(_helped(link, proposals) for link in links)
        return RunChain(number, helped, tuple(produced), tuple(blocking), rule.outputs_per_job)

    def _seen(self, this: Pass, plan: Plan, beyond: Plan, number: int, now: int) -> RunFacts:
        rule = this.wanted.rule
        run = {run.number: run for run in lookups.runs_of(self.catalogs, rule, this.wanted.runs)}.get(number)
        usable = run is not None and run.seconds is not None and run.runtype == rule.input.physicsmode
        numbers = [number] if usable else []
        skipped: dict[Reason, list[str | int]] = defaultdict(list)
        for one in beyond.skipped:
            skipped[one.reason] += one.details.get(number, [])
        for one in plan.skipped:
            if one.reason is Reason.LIMIT:
                skipped[one.reason] += one.details[number]
        if run is not None:  # also where a cut comes before it
            without_invalid(rule, [run], self.noted.invalid, marked := Skips())
            skipped[Reason.INVALID] += [text for one in marked for text in one.details[number]]
        return RunFacts(
            number,
            run,
            self.catalogs.raw_hosts(rule, numbers) if rule.combining else (),
            self._raw_masks(rule, numbers).get(number, 0) if not rule.combining else 0,
            self.catalogs.segment_inputs(rule, numbers) if rule.tagged else (),
            mask_bits(rule, self.noted.masks, [number]).get(number, 0),
            skipped,
            {kind: self._noted(rule, number, kind, now) for kind in (Mask, Invalid)},
            None if this.wanted.segments is None else this.wanted.segments.divided(rule.outputs_per_job),
            self._strangers(rule, number) if usable and rule.combining else (),
        )

    def _strangers(self, rule: Rule, number: int) -> list[str]:
        known = [rule.site.trigger_host, *(host.name for host in rule.site.hosts)]
        return lookups.strangers(self.catalogs.raw, number, known)

    def _noted(self, rule: Rule, run: int, kind: type[Mask | Invalid], now: int) -> str:
        """The authors of masks and invalid marks of a run, with time and reason."""
        words = []
        for note in self.notes:
            low, high = note.what.runs
            if isinstance(note.what, kind) and low <= run <= high and note.what.dsttype in ("", rule.params.dsttype):
                what = spoken(rule.site, note.what.hosts) if isinstance(note.what, Mask) else ""
                who = f"by {note.author}, {ago(note.added, now)}: {note.what.reason or 'no reason is given'}"
                words.append(f"{what} {who}".strip())
        return "; ".join(words)

    def _blocking(self, names: list[str]) -> list[Blocking]:
        if self.detailed:
            return lookups.blocking_jobs(self.books.database, names)
        return [Blocking(row.filename, row.status) for row in self.books.booked(names).values()]

    def _advice(self, this: Pass, now: int) -> HeldAdvice:
        """The advice for held jobs that block the outputs."""
        if not self.detailed:
            return {}
        rule, asked = this.wanted.rule, this.wanted
        product = JobFilter(tags=[rule.outtriplet], dataset=rule.params.dataset, dsttypes=[rule.params.dsttype])
        wanted = replace(product, runs=asked.runs, segments=asked.segments)
        books = MasterAndReplica(self.books.database, self.replica)
        schedds = schedds_to_read(self.books.database, this.outside.batch)
        return held_advice(books, schedds, wanted, now, self.most)

    # ---- many runs

    def _groups(self, this: Pass, plan: Plan, now: int) -> list[Group]:
        runs = {run.number: run for run in lookups.runs_of(self.catalogs, plan.rule, plan.selection)}
        groups, helps = [], {}
        for skipped in plan.skipped:
            counted: dict[str, Counter[int]] = defaultdict(Counter)
            if skipped.reason is Reason.BLOCKED:
                blocked = list(self._blocked_groups(plan))
                advice = self._advice(this, now) if any(one.status == Status.HELD for one in blocked) else {}
                for group in blocked:
                    words = state_in_words(group)
                    counted[words][group.run] += group.count
                    helps[words] = what_helps(group, advice)
            else:
                for number, details in skipped.details.items():
                    for detail in details or [""]:
                        what = (
                            runs[number].runtype if skipped.reason is Reason.RUNTYPE else _kind(plan, skipped, detail)
                        )
                        counted[what][number] += 1
            groups += [
                Group(skipped.reason, skipped.level, what, found.total(), tuple(sorted(found)), helps.get(what, ""))
                for what, found in sorted(counted.items(), key=lambda item: (-item[1].total(), item[0]))
            ]
        return groups

    def _blocked_groups(self, plan: Plan) -> Iterable[BlockedGroup]:
        run_of = {name: job.run for job in _outputs(plan, Reason.BLOCKED) for name in plan.layout.filenames(job)}
        if self.detailed:
            return lookups.blocked_groups(self.books.database, list(run_of))
        rows = self.books.booked(list(run_of), plan.rule.input.status_query_constraints)
        return [BlockedGroup(row.status, "", None, None, run_of[name], 1) for name, row in rows.items()]


def _helped(link: Link, proposals: list[Proposal]) -> Link:
    """A group with its help: a mask if the lacking host can be masked, else the help for the reason."""
    if link.reason is None or link.helps:
        return link
    masks = "; ".join(map(str, proposals)) if link.reason in MASKABLE else ""
    return replace(link, helps="; ".join(filter(None, [masks, HELPS[link.reason]])))


def _kind(plan: Plan, skipped: Skipped, detail: str | int) -> str:
    """The kind of a thing that was left out: its host, or the lacks of its run."""
    if skipped.level is Level.OUTPUT:
        partly = skipped.reason is Reason.PRODUCED and isinstance(detail, str) and " " in detail
        return f"some of {plan.rule.outputs_per_job} outputs" if partly else ""
    if not isinstance(detail, str):
        return ""
    spoken = next((host.spoken for host in plan.rule.dsttype.hosts if host.name == detail), "")
    return f"{detail} ({spoken})" if spoken and spoken != detail else detail


def _outputs(plan: Plan, reason: Reason) -> list[Job]:
    """The jobs that a plan left out, by host or first output segment."""
    leaves = {host.name: host.leaf for host in plan.rule.dsttype.hosts}
    found = []
    for skipped in plan.skipped:
        for run, details in skipped.details.items() if skipped.reason is reason else ():
            for word in (str(detail).partition(" ")[0] for detail in details):
                combining = plan.rule.combining
                found.append(
                    Job(run, 0, 0, 0, word, leaves.get(word, ""))
                    if combining
                    else Job(run, int(word) // plan.rule.outputs_per_job, 0, 0)
                )
    return found


def _names(plan: Plan, reason: Reason) -> list[str]:
    """The outputs of these jobs, by name."""
    return [name for job in _outputs(plan, reason) for name in plan.layout.filenames(job)]


def _changes(now: Plan, then: Plan) -> list[Change]:
    before, after = Counter(job.run for job in now.jobs), Counter(job.run for job in then.jobs)
    runs = sorted({*before, *after}, reverse=True)
    return [Change(run, before[run], after[run]) for run in runs if before[run] != after[run]]
