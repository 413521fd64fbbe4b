"""The state that a rule requires of its inputs: which inputs of which runs have it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from prodcli.data_states.states import DataState
from prodcli.db import Database, Transaction
from prodcli.db.schema import require_current

if TYPE_CHECKING:
    from prodcli.rules.model import Rule

_BITS = 63  # of a bigint, without its sign
# Data that was validated is as good as data that is only finalized.
_GOOD_ENOUGH = {
    DataState.FINALIZED.value: [DataState.FINALIZED.value, DataState.VALIDATED.value],
    DataState.VALIDATED.value: [DataState.VALIDATED.value],
}


def inputs_in_state(books: Database, rule: Rule, runs: Sequence[int]) -> Mapping[int, int]:
    """The inputs of each run that have the state which the rule requires, as bit masks; one statement for 63 inputs.

    Raises DatabaseError if the books have no states yet.
    """
    require_current(books)
    names, found = rule.dsttype.inputs, defaultdict[int, int](int)

    def work(tx: Transaction) -> None:
        found.clear()
        for start in range(0, len(names), _BITS):
            inputs = [{"name": name, "mask": 1 << bit} for bit, name in enumerate(names[start : start + _BITS])]
            states = _GOOD_ENOUGH[rule.input.require_state or ""]
            about = {"tag": rule.intriplet, "dataset": rule.input.dataset, "runs": list(runs), "states": states}
            for run, bits in tx.rows("inputs_in_state", inputs=inputs, **about):
                found[run] |= bits << start

    books.read(work)
    return found
