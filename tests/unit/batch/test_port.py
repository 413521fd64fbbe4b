"""The port to batch systems: what it asks is written down for whoever adds one, and nobody decides by a name."""

import ast
import re
from dataclasses import fields

import pytest

from prodcli.batch import Batch, Capabilities, IdleLook, NodeLists
from prodcli.batch.htcondor.batch import HTCondorBatch
from prodcli.batch.local.batch import LocalBatch
from tests.support.package_graph import FILES, room, tree
from tests.support.rule_files import REPOSITORY

PAGE = (REPOSITORY / "docs" / "batch_systems.md").read_text()
NAMED_FOR_PEOPLE = {"health.config_check", "cli.setup.local"}  # which print the name of the batch system


def operations(*protocols: type) -> set[str]:
    """What protocols ask for."""
    return {name for protocol in protocols for name in vars(protocol) if not name.startswith("_")}


def groups() -> list[type]:
    """The groups of which a batch system is made."""
    return [part for part in Batch.__mro__ if part.__module__ == "prodcli.batch.port"]


def test_a_third_batch_system_finds_every_operation_and_capability_on_its_page() -> None:
    asked = operations(*groups(), NodeLists, IdleLook) - {"capabilities", "node_lists", "idle_jobs"}
    flags = {field.name for field in fields(Capabilities)} | {"node_lists", "idle_jobs"}
    rows = re.findall(r"(?m)^\| `(\w+)` \|", PAGE)
    assert sorted(rows) == sorted(asked | flags)


@pytest.mark.parametrize("system", [LocalBatch, HTCondorBatch])
def test_batch_systems_have_what_the_port_asks_and_no_more(system: type) -> None:
    public = {name for part in system.__mro__[:-1] for name in vars(part) if not name.startswith("_")}
    more = {LocalBatch: set(), HTCondorBatch: {"load"}}[system]  # loading the bindings is for its own submit process
    assert public == operations(*groups()) | more


def test_nobody_decides_by_the_name_of_a_batch_system() -> None:
    def asks(name: str) -> bool:
        return any(
            isinstance(node, ast.Attribute) and node.attr == "name" and ast.unparse(node.value).endswith("capabilities")
            for node in ast.walk(tree(FILES[name]))
        )

    assert {name for name in FILES if asks(name) and room(name) != "batch"} == NAMED_FOR_PEOPLE
