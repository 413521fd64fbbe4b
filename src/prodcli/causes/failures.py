"""Find held, stalled and failed jobs, and jobs that start again and again, by cause, with a proposal for each cause."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from prodcli.batch.hold_codes import is_memory
from prodcli.batch.node_list import means
from prodcli.books.filters import Filters
from prodcli.books.job_filter import ENDED, BookedJob, JobFilter
from prodcli.books.job_search import find_jobs
from prodcli.causes.classifiers import CHAIN, SETTLED, Classifier, Facts, Verdict, doubted
from prodcli.causes.failure_groups import FailureGroup, Retried, count_retries, end_of, group_failures, restless
from prodcli.causes.job_causes import causes_of
from prodcli.db import Database, Transaction
from prodcli.diagnosis.diagnose import SignatureLine, diagnose
from prodcli.diagnosis.failure_question import FailureQuestion
from prodcli.diagnosis.retries import looks_back, retries_of
from prodcli.diagnosis.signature_counts import Signature
from prodcli.diagnosis.verdict import FailedAlike, Ground, fault_of
from prodcli.error_catalog.catalog import ErrorCatalog
from prodcli.error_catalog.known_error import Symptom
from prodcli.error_catalog.read_catalog import built_in_catalog
from prodcli.error_catalog.remedy import Remedy
from prodcli.memory.requests import Raise, kind_of
from prodcli.memory.use import supported
from prodcli.nodes.excluded import bad_nodes
from prodcli.nodes.outcomes import node_table
from prodcli.states import Status, Substatus

log = logging.getLogger(__name__)
_LATELY = 7 * 86_400  # seconds; nodes that were bad before are repaired, or nobody runs there
_NOBODY = {"action": Remedy.ASK, "why": "nothing is known of it"}


@dataclass(frozen=True)
class MasterAndReplica:
    """The two databases of a rescue: the books that decide, and the replica for information only."""

    master: Database
    replica: Database


def find_failures(
    books: MasterAndReplica,
    schedds: Sequence[str],
    wanted: JobFilter,
    since: int,
    most: int | None,
    limit: int | None = None,
    settled: Callable[[Sequence[BookedJob]], Collection[int]] = lambda _: (),
    compared_since: int | None = None,
    catalog: Callable[[], ErrorCatalog] = built_in_catalog,
) -> tuple[list[FailureGroup], Raise]:
    """Group the jobs of a filter by cause, with the next memory step of memory holds.

    Held, stalled and restless jobs count as they are now, failed jobs since a time (seconds since 1970). `most` is the largest
    memory to request in MB, `limit` the largest number of jobs. `settled` gets all jobs, and returns the dbids of those
    with which nothing is wrong after all. They are compared with jobs on their nodes and with
    earlier retries since `compared_since`, else since `since`. `catalog` reads the error catalog of the site.
    """
    compared = since if compared_since is None else compared_since
    found_jobs = _jobs(books.master, schedds, wanted, since)
    fine = settled(found_jobs)
    jobs = [job for job in found_jobs if job.dbid not in fine][:limit]
    hungry = [job for job in jobs if job.status == Status.HELD and is_memory(job.hold_code, job.hold_subcode)]
    more = Raise(most=most, support=supported(books.replica, map(kind_of, hungry)))
    if not jobs:
        return [], more
    known = catalog()
    found = group_failures(jobs, causes_of(books.master, jobs, known), more)
    for group in found:
        group.match = known.match_of(group.signature.entry, group.symptom)
    _diagnose(found, books.replica, compared, known)
    for group in found:
        answer = advised(group.facts)
        group.action, group.why = Remedy(answer["action"]), answer["why"]
        group.what = answer.get("what", "")
    return found, more


def _diagnose(found: Sequence[FailureGroup], database: Database, since: int, catalog: ErrorCatalog) -> None:
    """What became of earlier retries, the verdict of `diagnose`, and the nodes that are to blame: black holes, and its own."""
    keys = sorted({group.key for group in found if group.key is not None})
    question = FailureQuestion(Filters(since=since), signatures=keys)
    lines = {line.count.id: line for line in diagnose(database, question, catalog).lines} if keys else {}
    _count_retries(found, lines, database, since)
    # counting what all nodes did takes long where there are many jobs, and is of no use to jobs that lack memory
    open_ones = [one for one in found if not any(classifier(one.facts) for classifier in SETTLED)]
    excluded = [one.node for one in bad_nodes(database)] if open_ones else []
    holes = _black_holes(database, since) if open_ones else {}
    for group in found:
        line = lines.get(group.key or 0)
        group.verdict = line.verdict if line else fault_of(group.failed) if group.failed else None
        suspects = (line.blamed if line else {}) | holes
        group.suspects = {
            node: why for node, why in suspects.items() if not any(means(name, node) for name in excluded)
        }


def propose(facts: Facts, chain: Iterable[Classifier] = CHAIN) -> Verdict:
    """The answer of the first classifier that has one; a classifier that crashes is passed over with a warning.

    Facts without `match` are looked up in the built-in error catalog.
    """
    known = facts if "match" in facts else {**facts, "match": built_in_catalog().match(_symptom(facts))}
    known = known if "failed" in known else {**known, "failed": _failed(known)}
    for classifier in chain:
        try:
            answer = classifier(known)
        except Exception:  # noqa: BLE001 - whatever is wrong with one classifier, the others may know
            log.warning("classifier %s crashed", getattr(classifier, "__name__", classifier), exc_info=True)
            continue
        if answer is not None:
            return answer
    return dict(_NOBODY)


def advised(facts: Facts) -> Verdict:
    """What is proposed, unless earlier retries say that it does not help.

    Retries that were made before the nodes at fault were excluded say nothing.
    """
    answer, failed, verdict = propose(facts), facts["failed"], facts["verdict"]
    if verdict is not None and verdict.ground is Ground.NODES and verdict.why == answer["why"]:
        return answer
    return doubted(answer, failed.won, failed.retried) if failed else answer


def _failed(facts: Facts) -> FailedAlike:
    hold = f"{facts.get('code') or 0}/{facts.get('subcode') or 0}" if facts["state"] == Status.HELD else ""
    return FailedAlike(facts["state"], hold, facts["match"].entry if facts["match"] else None)


def _symptom(facts: Facts) -> Symptom:
    codes = (facts.get("exit_code"), None, facts.get("code"), facts.get("subcode"))
    return Symptom(facts["state"], *codes, facts.get("text", ""))


def _jobs(database: Database, schedds: Sequence[str], wanted: JobFilter, since: int) -> list[BookedJob]:
    ended = [state for state in wanted.states if state in ENDED]
    live = [state for state in wanted.states if state not in ENDED]
    found: list[BookedJob] = []
    if live or not ended:
        troubled = (Status.HELD, Status.EVICTED, Substatus.STALLED)
        queued = find_jobs(database, schedds, replace(wanted, states=live or troubled))
        found = [job for job in queued if job.status == Status.HELD or job.stalled or restless(job)]
    if ended or not live:
        failed = find_jobs(database, schedds, replace(wanted, since=since), "failed")
        found += [job for job in failed if not ended or job.state in ended]
    return found


def _black_holes(database: Database, since: int) -> dict[str, str]:
    """The black holes of the last days, with the evidence: jobs are to keep away from them now, however old failures are."""
    lines = node_table(database, Filters(since=max(since, int(time.time()) - _LATELY)))
    return {one.node: one.evidence for one in lines if one.black_hole}


def _count_retries(
    found: Sequence[FailureGroup], lines: Mapping[int, SignatureLine], database: Database, since: int
) -> None:
    """How many retries helped each group: as `diagnose` counts them, or of the same end where the books have no signature."""
    by_ends = [group for group in found if group.key is None]
    count_retries(by_ends, _retries(database, [job for group in by_ends for job in group.jobs], looks_back(since)))
    earlier = [group for group in found if group.key is not None and group.key not in lines]
    signatures = {group.key: _signature(group, group.key) for group in earlier if group.key is not None}
    counts = database.read(lambda tx: retries_of(tx, signatures.values(), since)) if signatures else {}
    for group in found:
        key = group.key or 0
        if key in lines or key in counts:
            retries = lines[key].retries if key in lines else counts[key]
            group.retried, group.won = retries.retried, retries.won


def _signature(group: FailureGroup, key: int) -> Signature:
    one, entry = group.signature, group.match.entry if group.match else None
    return Signature(key, one.state, one.code, one.text, one.entry, entry.name if entry else "", "")


def _retries(database: Database, jobs: Iterable[BookedJob], since: int) -> list[Retried]:
    """Jobs that went on after an end like these, with their outcome; in one statement."""
    holds: dict[tuple[int, int], dict[str, int]] = {}
    ends: dict[tuple[object, ...], dict[str, object]] = {}
    for job in jobs:
        if job.status == Status.HELD:
            code, subcode = job.hold_code or 0, job.hold_subcode or 0
            holds[code, subcode] = {"code": code, "subcode": subcode}
        elif job.status == Status.FAILED:
            end = end_of(job)
            ends[tuple(end.values())] = end

    def work(tx: Transaction) -> list[Retried]:
        alike = {"holds": list(holds.values()), "ends": list(ends.values())}
        return list(tx.rows_as(_retried, "retried_jobs", since=since, **alike))

    return database.read(work) if holds or ends or any(job.stalled for job in jobs) else []


def _retried(reason: str | None, won: int, **rest: Any) -> Retried:
    return Retried(reason=reason or "", won=bool(won), **rest)
