"""The verbs of the log: what people do to jobs and outputs, and its effect on queues and books.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

QUEUED, FAILED, PARKED = "queued", "failed", "parked"  # where the books have the jobs that a verb takes


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb and its effect.

    `name` is the word on the command line, `act` what it does in words, `logged` the word in the books, `places` where the books have its jobs. `done`
    completes `60 of 60 jobs ...`, and `follow` is the command that shows what becomes of them, of their TAG. With `takes_waiting` some of
    these jobs are not materialized yet.
    """

    name: str
    places: tuple[str, ...] = (QUEUED,)
    takes_waiting: bool = False
    changes_states: bool = True  # what came of the action can be counted by states, attempts and rows
    changes_requests: bool = False  # jobs go on with other requests, as a new step of their attempt
    removes: bool = False  # jobs leave the queue
    keeps: bool = False  # all that jobs are is kept before they leave the queue
    submits: bool = False  # rows are claimed for new attempts while the action is open
    keeps_rows: bool = True  # rows of the books stay
    brings_back: bool = False  # jobs that ended or are held may start again
    leaves_books: bool = False  # rows of the books stay as they are, though files go
    does: str = ""
    done: str = "changed"
    follow: str = ""
    logged_as: str = ""
    flag: str = ""  # a parameter that tells it in the log from another verb of the same name

    @property
    def logged(self) -> str:
        """The name in the books."""
        return self.logged_as or self.name

    @property
    def act(self) -> str:
        """What the verb does, as questions say it: `release`, of `60 jobs`."""
        return self.does or self.name

    @property
    def parameters(self) -> dict[str, bool]:
        """The parameters that the books have with every action of this verb."""
        return {self.flag: True} if self.flag else {}


_WATCH = "prodcli query TAG --watch 10"
RELEASE = Verb("release", brings_back=True, done="released", follow=_WATCH)
HOLD = Verb("hold", done="put on hold")
PRIORITY = Verb("priority", changes_states=False, does="change the priority of", done="given another priority")
KILL = Verb("kill", takes_waiting=True, removes=True, done="removed")
CLEAR_HELD = Verb("clear-held", removes=True, does="remove", done="removed")
RESUBMIT = Verb("resubmit", changes_requests=True, brings_back=True, done="released with more memory", follow=_WATCH)
CLONE = Verb(
    "resubmit --clone", (QUEUED, FAILED), removes=True, submits=True, brings_back=True,
    does="clone", done="submitted again", follow=_WATCH, logged_as=RESUBMIT.name, flag="clone",
)  # fmt: skip
PARK = Verb("park", removes=True, keeps=True, done="parked", follow="prodcli parked TAG")
UNPARK = Verb("unpark", (PARKED,), submits=True, brings_back=True, done="submitted again", follow=_WATCH)
ERASE = Verb("erase", keeps_rows=False, logged_as="remove")
REDO = Verb("submit --force", submits=True)
CLEANUP = Verb("cleanup outputs", changes_states=False, leaves_books=True)
UNBLOCK = Verb("submit --unblock", submits=True)
FINISH = Verb("finish")
EXCLUDE_NODES = Verb("nodes exclude add")
INCLUDE_NODES = Verb("nodes exclude remove")
APPLY_NODES = Verb("nodes exclude apply")
VERBS = (
    *(RELEASE, HOLD, PRIORITY, KILL, CLEAR_HELD, CLONE, RESUBMIT, PARK, UNPARK, ERASE, REDO, UNBLOCK, FINISH),
    *(EXCLUDE_NODES, INCLUDE_NODES, APPLY_NODES, CLEANUP),
)


def logged_verb(name: str, parameters: Mapping[str, object]) -> Verb:
    """The verb of an action in the books; a verb of a newer prodcli is one without any flag."""
    found = (one for one in VERBS if one.logged == name and (not one.flag or one.flag in parameters))
    return next(found, Verb(name))


def logged_name(word: str) -> str:
    """The word in the books for the word of a verb on the command line."""
    return next((one.logged for one in VERBS if one.name == word), word)
