"""Names of excluded nodes, and what a job asks of a machine because of them."""

from typing import Any

import pytest

from prodcli.batch.description import parse_description
from prodcli.batch.node_list import listed, means, node_commands, node_of, parse_nodes, requirements
from prodcli.errors import UsageError
from prodcli.rules.layout import Job, Layout
from prodcli.submission.context import make_items, render_context
from prodcli.submission.render import SUBMIT_TEMPLATE, render
from tests.support.library_rules import load


def test_a_slot_is_of_its_node_and_case_means_nothing() -> None:
    assert node_of("slot1_3@Spool0301.sdcc.bnl.gov") == "spool0301.sdcc.bnl.gov"
    assert parse_nodes(["slot1@A1", "a1", " b-2.x.org "]) == ["a1", "b-2.x.org"]


@pytest.mark.parametrize("word", ["", "spool*", "a,b", "a b", "-a", "a..b", ".a", "a.", 'a"', "x" * 300, "slot1@", "ä"])
def test_what_is_no_node_is_refused(word: str) -> None:
    with pytest.raises(UsageError, match="NODES: .* is no node"):
        parse_nodes(["good", word])


def test_the_same_nodes_give_the_same_list() -> None:
    assert listed(["b", "a", "b"]) == listed(["a", "b"]) == "a,b"
    assert listed([]) == ""


def test_a_name_without_domain_means_any() -> None:
    assert means("spool1", "spool1.x.org")
    assert means("spool1.x.org", "spool1.x.org")
    assert not means("spool1.x.org", "spool1.y.org")
    assert not means("spool", "spool1.x.org")


@pytest.mark.parametrize(
    ("nodes", "machine", "wanted"),
    [
        ("", "spool1.x.org", True),
        ("spool1.x.org", "Spool1.X.org", False),
        ("spool1", "spool1.x.org", False),
        ("a,SPOOL1", "spool1", False),
        ("spool1.y.org", "spool1.x.org", True),
        ("spool", "spool1.x.org", True),
        ("x", "spool1.x.org", True),
        (None, "spool1.x.org", True),  # an edit went wrong
    ],
)
@pytest.mark.parametrize("own", ["", "TARGET.HasFoo || TARGET.HasBar"])
def test_requirements_as_htcondor_evaluates_them(nodes: str | None, machine: str, wanted: bool, own: str) -> None:
    pytest.importorskip("htcondor2")  # which brings the functions
    classad = pytest.importorskip("classad2")
    job = classad.ClassAd({"Requirements": classad.ExprTree(requirements(own))})
    if nodes is not None:
        job["ProdcliBadNodes"] = nodes
    target = classad.ClassAd({"Machine": machine, "HasFoo": True, "HasBar": False, "Requirements": True})
    assert job.symmetricMatch(target) is wanted
    target["HasFoo"] = False
    assert job.symmetricMatch(target) is (wanted and not own)


@pytest.mark.parametrize(("commands", "nodes"), [({}, '""'), (node_commands("a,b.x"), '"a,b.x"')])
def test_every_description_has_a_list_that_can_be_edited(commands: dict[str, Any], nodes: str) -> None:
    rule = Layout(load("seed", job_requirements='Arch == "X"'))
    items = make_items([rule.fields(Job(1, 0, 1, 1))])
    text = render(SUBMIT_TEMPLATE, render_context(rule, items, "c", "/i", commands))
    found = parse_description(text, "").commands
    assert found["my.prodclibadnodes"] == nodes
    assert text.count("ProdcliBadNodes =") == 1
    assert found["requirements"] == requirements('Arch == "X"')
