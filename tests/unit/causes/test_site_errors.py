"""What entries of a site make of proposals."""

from typing import Any

import pytest

from prodcli.causes.classifiers import AGAIN
from prodcli.causes.failures import propose
from prodcli.error_catalog.catalog import ErrorCatalog
from prodcli.error_catalog.entry_form import known_error
from prodcli.error_catalog.known_error import Symptom


def answer(action: str, state: str = "failed", fate: str = "", category: str = "experiment code") -> tuple[str, str]:
    """The action and reason for ten jobs with an error that the site knows."""
    value = {"name": "no door", "category": category, "action": action, "advice": "open it", "text": "door"}
    catalog = ErrorCatalog((known_error("no-door", value, "errors.yaml"),))
    match = catalog.match(Symptom(state, text="the door is shut"))
    facts: dict[str, Any] = {"state": state, "fate": fate, "jobs": 10, "nodes": {}, "match": match}
    found = propose(facts)
    assert found.get("what") in ("no door", None, "door")
    return found["action"], found["why"]


@pytest.mark.parametrize(
    ("action", "state", "proposed"),
    [
        ("ask", "failed", "ask"),
        ("ask", "held", "ask"),
        ("retry", "failed", "retry"),
        ("retry", "held", "retry"),
        ("other node", "failed", "retry"),
        ("more memory", "failed", "more memory"),
        ("more memory", "held", "ask"),
        ("park", "held", "park"),
        ("park", "failed", "ask"),
    ],
)
def test_the_entry_of_the_site_is_proposed(action: str, state: str, proposed: str) -> None:
    found, why = answer(action, state)
    assert found == proposed
    assert why == "no door: open it" or action == "more memory"


def test_a_retry_is_not_proposed_again_unless_a_service_was_down() -> None:
    assert answer("retry", fate=AGAIN) == ("ask", "failed in more than one attempt")
    assert answer("retry", fate=AGAIN, category="service") == ("retry", "no door: open it")
    assert answer("ask", fate=AGAIN) == ("ask", "no door: open it")
