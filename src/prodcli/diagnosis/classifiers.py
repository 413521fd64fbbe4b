"""What to do about jobs that went wrong: classifiers over facts, in order; the first that answers wins.

Facts are a dictionary: `state` (held, evicted, failed, removed, lost), `code` and `subcode` of a hold, `exit_code`, `text` (a
hold reason, or the end of an error output), `fate` (of a memory hold: what its next step follows from, else why there is none; of a failure:
`again` if it is not the first one of its job), `asked`, `used` and `next` (memory in MB, from the least to the largest), `jobs`, `nodes` (how many of them were on which), `suspects` (nodes that make
jobs fail, with what speaks against them), `starts`. An answer is a dictionary with `action` and `why`.

Pure: data in, data out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from prodcli.batch.hold_codes import is_memory, meaning_of
from prodcli.errors import one_line
from prodcli.memory.requests import ENOUGH, By

Facts = Mapping[str, Any]
Verdict = dict[str, str]
Classifier = Callable[[Facts], Verdict | None]
AGAIN = "again"
_PERSON, _DISK, _ON_HOLD, _INPUT, _OUTPUT = 1, (34, 104), 15, 13, 12
_DOUBTFUL = 0.2  # of retries that helped
_ENOUGH_RETRIES = 10  # to judge by
_SERVICE = re.compile(
    r"(?i)connection (?:refused|reset|timed out|closed|failure)|(?:could not|cannot|can't|unable to|failed to) connect"
    r"|no route to host|network is (?:unreachable|down)|name or service not known|temporary failure|timed? ?out"
    r"|too many (?:clients|connections)|remaining connection slots|server closed the connection|communication link"
    r"|stale (?:nfs )?file handle|input/output error|transport endpoint|service unavailable|bad gateway"
    r"|no space left on device|disk quota exceeded|resource temporarily unavailable"
)
_MISSING = re.compile(
    r"(?i)no such file or directory|file not found|does not exist|(?:cannot|could not|failed to|unable to) (?:open|stat|read)"
    r"|transfer (?:input|output) files failure"
)
_NO_MEMORY = re.compile(r"(?i)bad_alloc|cannot allocate memory|out of memory|oom-kill")
_CODE = re.compile(
    r"(?i)segmentation (?:violation|fault)|assert\w* .{0,200}fail|traceback \(most recent|undefined symbol"
    r"|undeclared identifier|syntax error|terminate called|double free|stack smashing|floating point exception|core dumped"
    r"|\w+(?:Error|Exception): "
)


class Remedy(StrEnum):
    """What can be done about a kind of trouble."""

    RETRY = "retry"
    MEMORY = "more memory"
    NODE = "other node"
    PARK = "park"
    ASK = "ask"


def _answer(action: Remedy, why: str) -> Verdict:
    return {"action": action, "why": why}


def _quoted(found: re.Match[str]) -> str:
    return one_line(found[0].casefold().strip(": "))


def person(facts: Facts) -> Verdict | None:
    """What a person did is that person's."""
    if facts["state"] == "held" and facts.get("code") == _PERSON:
        return _answer(Remedy.ASK, "a person held them")
    if facts["state"] == "held" and facts.get("code") == _ON_HOLD:
        return _answer(Remedy.ASK, "they were submitted on hold")
    return None


def memory(facts: Facts) -> Verdict | None:
    """A memory hold, as long as there is a sensible step; and an error output that says so."""
    if facts["state"] == "held" and is_memory(facts.get("code"), facts.get("subcode")):
        fate = facts.get("fate", "")
        held = f"held for memory{_had(facts)}"
        if fate in set(By):
            return _answer(Remedy.MEMORY, f"{held}; {facts.get('next', '')} MB is {fate}")
        if fate == ENOUGH:
            return _answer(Remedy.RETRY, f"{held}; they ask for enough by now")
        return _answer(Remedy.PARK, f"{held}; {fate}")
    if facts["state"] == "failed" and _NO_MEMORY.search(facts.get("text", "")):
        return _answer(Remedy.MEMORY, "their error output says that there was no memory left")
    return None


def _had(facts: Facts) -> str:
    """The memory that jobs asked for and used, as far as the books know it."""
    known = [f"{word} {sizes} MB" for word in ("asked", "used") if (sizes := facts.get(word))]
    return f" ({', '.join(known)})" if known else ""


def black_hole(facts: Facts) -> Verdict | None:
    """Most of them were on nodes that make jobs fail."""
    suspects = facts.get("suspects", {})
    there = {node: count for node, count in facts.get("nodes", {}).items() if node in suspects}
    if facts["state"] not in ("held", "failed") or not there or 2 * sum(there.values()) < facts["jobs"]:
        return None
    worst = max(there, key=lambda node: there[node])
    return _answer(Remedy.NODE, f"{sum(there.values())} of them were on {', '.join(sorted(there))}: {suspects[worst]}")


def service(facts: Facts) -> Verdict | None:
    """Something that the job needs was down: the next time it may be there."""
    found = _SERVICE.search(facts.get("text", ""))
    if found and facts["state"] in ("held", "failed"):
        return _answer(Remedy.RETRY, f"something was down ({_quoted(found)})")
    return None


def files(facts: Facts) -> Verdict | None:
    """Files that could not be transferred or opened."""
    if facts["state"] == "held" and facts.get("code") in (_INPUT, _OUTPUT):
        return _answer(Remedy.RETRY, "files could not be transferred; see that they are there")
    found = _MISSING.search(facts.get("text", ""))
    if found and facts["state"] == "failed" and facts.get("fate") != AGAIN:
        return _answer(Remedy.RETRY, f"a file was not there ({_quoted(found)})")
    return None


def code_error(facts: Facts) -> Verdict | None:
    """An error of the code comes again, unless the node or the input was to blame."""
    if facts["state"] != "failed":
        return None
    if facts.get("fate") == AGAIN:
        return _answer(Remedy.ASK, "they failed in more than one attempt")
    found = _CODE.search(facts.get("text", ""))
    if found:
        return _answer(Remedy.RETRY, f"looks like the code ({_quoted(found)}), but it is the first failure")
    return _answer(Remedy.RETRY, "their first failure, and nothing tells why")


def other_holds(facts: Facts) -> Verdict | None:
    """A hold that comes again at once unless something is repaired."""
    if facts["state"] != "held":
        return None
    hold = meaning_of(facts.get("code"), facts.get("subcode"), facts.get("text"))
    return _answer(Remedy.ASK, hold.meaning.rpartition(" (")[0] if hold else "nothing tells why they are held")


def gone(facts: Facts) -> Verdict | None:
    """Jobs that left the queue without an end of their own, and those that come to none."""
    return {
        "lost": _answer(Remedy.RETRY, "their schedd does not know them any more"),
        "removed": _answer(Remedy.ASK, "somebody removed them, or their own policy"),
        "evicted": _answer(Remedy.ASK, f"started up to {facts.get('starts', 0)} times, and never came to an end"),
    }.get(facts["state"])


SETTLED: tuple[Classifier, ...] = (person, memory)  # what they answer, no node is to blame for
CHAIN: tuple[Classifier, ...] = (*SETTLED, black_hole, service, files, code_error, other_holds, gone)


def doubted(answer: Verdict, won: int, retried: int) -> Verdict:
    """An answer in the light of what retries came to: one that hardly ever helps is not proposed again."""
    if answer["action"] == Remedy.RETRY and retried >= _ENOUGH_RETRIES and won < _DOUBTFUL * retried:
        return _answer(Remedy.ASK, f"{answer['why']}; but a retry helped {won} of {retried} only")
    return answer
