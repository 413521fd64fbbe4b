"""Classifiers of held, stalled and failed jobs: functions over facts, in order; the first that answers wins.

Facts are a dictionary:

- `state`: held, evicted, stalled, failed, removed, lost; `code` and `subcode` of a hold, `exit_code` of a failure
- `missing`: what stalled jobs show no more of
- `match`: the entry of the error catalog that fits, with the telling words of a hold reason or of an err file's end; or None
- `fate`: of a memory hold, the source of its next step, or the reason why there is none; `again` if the job failed, or was
  stalled, before
- `asked`, `used`, `next`: memory in MB, from the least to the largest
- `jobs`: their number; `starts`: their starts; `nodes`: the number of jobs by node
- `suspects`: nodes that are to blame, with the evidence
- `verdict`: what `diagnose` says of failures with the same signature; None for stalled jobs
- `failed`: what they have in common, as `diagnose` looks at it; None for stalled jobs

What an entry of the catalog makes of them is said by `diagnosis.verdict.action_of`, for `diagnose`, too.

An answer is a dictionary with `action` and `why`, and with `what` if some words of the text tell it.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from prodcli.batch.hold_codes import has_words, is_memory, is_of_person, meaning_of
from prodcli.diagnosis.signatures import has_masks
from prodcli.diagnosis.verdict import FaultVerdict, Ground, action_of, hopeless
from prodcli.error_catalog.catalog import Match
from prodcli.error_catalog.known_error import Category
from prodcli.error_catalog.remedy import Remedy
from prodcli.errors import one_line
from prodcli.memory.requests import ENOUGH, By
from prodcli.states import Status, Substatus

Facts = Mapping[str, Any]
Verdict = dict[str, str]
Classifier = Callable[[Facts], Verdict | None]
AGAIN = "again"
_ON_HOLD = 15
_DOWN = "a service was down"
_ONCE = (Remedy.RETRY, Remedy.NODE)  # actions that a job gets once only, unless a service was down
_GROUNDS = (Ground.JOBS_BESIDE, Ground.OUTAGE, Ground.NODES)  # on which all failures tell more than some of them do
_TOLD_BY_TEXT = (Status.HELD, Status.FAILED, Substatus.NO_OUTPUT)
_ON_A_NODE = (*_TOLD_BY_TEXT, Substatus.LOST, Substatus.REMOVED, Substatus.STALLED)


def _answer(action: Remedy, why: str, what: str = "") -> Verdict:
    return {"action": action, "why": why} | ({"what": what} if what else {})


def _match(facts: Facts) -> Match | None:
    """The entry that tells more than the state does; of jobs that left the queue otherwise only the site knows more."""
    match: Match | None = facts["match"]
    if match is None or facts["state"] in (Substatus.STALLED, Status.EVICTED):
        return None
    own = not match.entry.is_built_in
    told = facts["state"] in _TOLD_BY_TEXT and (facts["state"] != Substatus.NO_OUTPUT or match.entry.is_told_by_text)
    return match if own or told else None


def _does(facts: Facts) -> Remedy:
    return action_of(facts["failed"]) or Remedy.ASK


def _quoted(match: Match) -> str:
    """The telling words; the name of the error if some of the words are masked."""
    if has_masks(match.words):
        return match.entry.name
    return one_line(match.words.casefold().strip(": "))


def _told(words: str, match: Match) -> str:
    """Words with the telling words of the text in brackets, if there are any."""
    return f"{words} ({_quoted(match)})" if match.words else words


def person(facts: Facts) -> Verdict | None:
    """Holds and removals by a person are left to that person."""
    if facts["state"] != Status.HELD or not is_of_person(facts.get("code")):
        return None
    return _answer(Remedy.ASK, "submitted on hold" if facts.get("code") == _ON_HOLD else "held by a person")


def memory(facts: Facts) -> Verdict | None:
    """A memory hold with a sensible next step, unless the site says else; and a failure whose err file speaks of memory."""
    match = _match(facts)
    needs = match is not None and _does(facts) is Remedy.MEMORY
    if match and not match.entry.is_built_in and not needs:
        return None
    if facts["state"] == "held" and is_memory(facts.get("code"), facts.get("subcode")):
        fate = facts.get("fate", "")
        held = f"held for memory{_had(facts)}"
        if fate in set(By):
            return _answer(Remedy.MEMORY, f"{held}; {facts.get('next', '')} MB is {fate}")
        if fate == ENOUGH:
            return _answer(Remedy.RETRY, f"{held}; the next request is large enough already")
        return _answer(Remedy.PARK, f"{held}; {fate}")
    return _answer(Remedy.MEMORY, "the err file says that memory ran out") if needs else None


def _had(facts: Facts) -> str:
    """The requested and used memory of jobs, if the books have it."""
    known = [f"{word} {sizes} MB" for word in ("asked", "used") if (sizes := facts.get(word))]
    return f" ({', '.join(known)})" if known else ""


def black_hole(facts: Facts) -> Verdict | None:
    """Most of the jobs were on nodes that are to blame."""
    suspects = facts.get("suspects", {})
    there = {node: count for node, count in facts.get("nodes", {}).items() if node in suspects}
    match: Match | None = facts["match"]
    of_person = facts["state"] == Substatus.REMOVED and match is not None and match.entry.category is Category.USER
    if facts["state"] not in _ON_A_NODE or of_person or not there or 2 * sum(there.values()) < facts["jobs"]:
        return None
    worst = max(there, key=lambda node: there[node])
    return _answer(Remedy.NODE, f"{sum(there.values())} of them were on {', '.join(sorted(there))}: {suspects[worst]}")


def diagnosed(facts: Facts) -> Verdict | None:
    """What all failures with the signature tell, which a few of them do not: an outage, bad nodes, a code that always fails."""
    verdict: FaultVerdict | None = facts.get("verdict")
    if verdict is None or verdict.ground not in _GROUNDS or verdict.action is Remedy.NODE:
        return None  # of these jobs fewer than half were on the nodes
    match = _match(facts)
    return _answer(verdict.action, verdict.why, _quoted(match) if match else "")


def service(facts: Facts) -> Verdict | None:
    """A service that the job needs was down, and may be back."""
    match = _match(facts)
    if match is None or match.entry.category is not Category.SERVICE or match.entry.action is not Remedy.RETRY:
        return None
    down = _DOWN if match.entry.name == _DOWN else f"{_DOWN}: {match.entry.name}"
    return _answer(Remedy.RETRY, _told(down, match), _quoted(match))


def site_error(facts: Facts) -> Verdict | None:
    """An error that the site or a plug-in knows: what their entry says."""
    match = _match(facts)
    if match is None or match.entry.is_built_in or _tried_before(facts, match):
        return None
    entry = match.entry
    return _answer(_does(facts), f"{entry.name}: {entry.advice}", entry.name)


def known_error(facts: Facts) -> Verdict | None:
    """An error that the built-in catalog knows."""
    match = _match(facts)
    if match is None or _tried_before(facts, match):
        return None
    entry, words = match.entry, _quoted(match)
    if facts["state"] == Substatus.NO_OUTPUT:
        return _answer(_does(facts), f"ended with 0, but {_told(entry.name, match)}", words)
    if entry.action is Remedy.ASK and not words and has_words(facts.get("code"), facts.get("subcode")):
        return None  # the reason of the hold tells more
    if entry.category is Category.CODE and entry.action is Remedy.RETRY:
        why = _told("an error of the code", match) if words else f"an error of the code: {entry.name}"
        return _answer(Remedy.RETRY, f"{why}, but it is the first failure", words)
    if entry.action is Remedy.NODE:
        return _answer(Remedy.RETRY, f"{_told(entry.name, match)}; it may be the node", words)
    return _answer(_does(facts), _told(entry.name, match), words)


def _tried_before(facts: Facts, match: Match) -> bool:
    """True if the job failed before, and the action helps once at most."""
    once = match.entry.action in _ONCE and match.entry.category is not Category.SERVICE
    return once and facts.get("fate") == AGAIN


def unknown_failure(facts: Facts) -> Verdict | None:
    """A failure that the catalog does not know: it comes again, unless the node or the input was the cause."""
    if facts["state"] != "failed":
        return None
    if facts.get("fate") == AGAIN:
        return _answer(Remedy.ASK, "failed in more than one attempt")
    return _answer(Remedy.RETRY, "first failure, cause unknown")


def other_holds(facts: Facts) -> Verdict | None:
    """A hold that comes again at once unless its cause is repaired."""
    if facts["state"] != "held":
        return None
    verdict: FaultVerdict | None = facts.get("verdict")
    if facts["match"] is None and verdict is not None and verdict.action is Remedy.RETRY:
        return _answer(Remedy.RETRY, f"{verdict.fault}: {verdict.why}")
    hold = meaning_of(facts.get("code"), facts.get("subcode"), facts.get("text"))
    return _answer(Remedy.ASK, hold.meaning.rpartition(" (")[0] if hold else "the hold has no code")


def gone(facts: Facts) -> Verdict | None:
    """Jobs that left the queue without an end of their own or without an output, and jobs that start again and again."""
    again = f"{_known_end(facts)}; it happened before" if facts.get("fate") == AGAIN else _known_end(facts)
    return {
        "lost": _answer(Remedy.RETRY, "their schedd does not know them any more"),
        "no_output": _answer(Remedy.ASK, f"ended with 0, and no output is registered; {again}"),
        "removed": _answer(Remedy.ASK, "removed by a person, or by a policy (periodic_remove)"),
        "evicted": _answer(Remedy.ASK, f"started up to {facts.get('starts', 0)} times without an end"),
    }.get(facts["state"])


def _known_end(facts: Facts) -> str:
    match: Match | None = facts.get("match")
    return f"{match.entry.name}: {match.entry.advice}" if match else "the out files tell why"


def stalled(facts: Facts) -> Verdict | None:
    """Running jobs that show no sign of life: another start is likely to help once."""
    if facts["state"] != "stalled":
        return None
    if facts.get("fate") == AGAIN:
        return _answer(Remedy.ASK, f"{facts['missing']} in more than one attempt; the log tells where they stand still")
    return _answer(Remedy.RETRY, f"{facts['missing']} for longer than their rule allows (job.stalled)")


SETTLED: tuple[Classifier, ...] = (person, memory)  # what they answer, no node is to blame for
CHAIN: tuple[Classifier, ...] = (
    *SETTLED,
    black_hole,
    diagnosed,
    site_error,
    service,
    known_error,
    unknown_failure,
    other_holds,
    stalled,
    gone,
)


def doubted(answer: Verdict, won: int, retried: int) -> Verdict:
    """An answer corrected by the success of earlier retries: a retry that hardly ever helps is not proposed again."""
    if answer["action"] == Remedy.RETRY and hopeless(retried, won):
        return _answer(Remedy.ASK, f"{answer['why']}; but a retry helped only {won} of {retried}")
    return answer
