"""Productions as their files declare them, in the books and back."""

from dataclasses import replace

import pytest

from prodcli.config.settings import load_config
from prodcli.errors import RuleError, UsageError
from prodcli.hierarchy.books import add_group, declare, forget_group, trees
from prodcli.hierarchy.declared import declared
from prodcli.hierarchy.rules_of_steps import rules_of
from prodcli.hierarchy.tree import ProductionTree
from prodcli.productions.booked import forget
from prodcli.productions.lint import ProductionFolder
from prodcli.rules.model import Product
from prodcli.runs.run_groups import RunGroup
from prodcli.runs.selection import parse_runs
from tests.support.declared_productions import EVENT, FIT, NAME, TAG, pilot, say_groups, start_production
from tests.support.workspace import ONE_DATABASE, Workspace


@pytest.fixture
def production(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with a production of two steps."""
    monkeypatch.setenv("HOME", str(workspace.folder))
    monkeypatch.chdir(workspace.folder)
    start_production(workspace)
    return workspace


def read(workspace: Workspace) -> ProductionTree:
    return trees(workspace.database())[NAME]


def from_files(workspace: Workspace) -> ProductionTree:
    site = load_config(workspace.file, workspace.folder).site
    return declared(NAME, ProductionFolder(workspace.folder / NAME, site))


def spans(tree: ProductionTree) -> dict[str, dict[str, list[tuple[int, int]]]]:
    return {step.rule: {group.name: group.runs.spans for group in step.groups} for step in tree.steps}


def test_a_new_production_has_its_steps_in_the_books(production: Workspace) -> None:
    tree = read(production)
    event, fit = tree.steps
    assert tree.folder == str(production.folder / NAME)
    assert (event.rule, event.product, event.inputs, event.by_segment) == (
        EVENT,
        Product("DST_TRIGGERED_EVENT", "run3auau", TAG),
        (),
        False,
    )
    assert (fit.rule, fit.inputs, fit.by_segment) == (FIT, (event.product,), True)
    assert tree.parents == {EVENT: (), FIT: (event,)}
    assert spans(tree) == {EVENT: {"all": [(66400, 66600)]}, FIT: {"all": [(66400, 66600)]}}


def test_the_books_have_what_the_files_declare(production: Workspace) -> None:
    say_groups(production)
    tree = from_files(production)
    late = [(66407, 66407), (66409, 66410)]
    assert spans(tree) == dict.fromkeys((EVENT, FIT), {"early": [(66400, 66405)], "late": late})
    books = production.database()
    assert declare(books, tree, "anna") is False
    assert spans(read(production)) == spans(tree)
    assert [one.inputs for one in read(production).steps] == [one.inputs for one in tree.steps]
    rules = rules_of(tree.steps, load_config(production.file, production.folder).site)
    assert {name: rule.product for name, rule in rules.items()} == {one.rule: one.product for one in tree.steps}


def test_a_rule_that_no_steering_names_has_the_groups_of_its_parent(production: Workspace) -> None:
    say_groups(production)
    text = pilot(production).read_text()
    pilot(production).write_text(text[: text.index(f"  {FIT}")])
    tree = from_files(production)
    assert tree.steps[1].groups == tree.steps[0].groups != ()


def test_groups_beside_the_files_stay_and_share_no_run(production: Workspace) -> None:
    say_groups(production)
    books, tree = production.database(), from_files(production)
    declare(books, tree, "anna")
    assert add_group(books, NAME, EVENT, RunGroup("more", parse_runs(["66420-66429"])), "anna")
    assert not add_group(books, NAME, EVENT, RunGroup("more", parse_runs(["66420-66425"])), "anna")
    with pytest.raises(UsageError, match="run 66405 is in the groups early and bad"):
        add_group(books, NAME, EVENT, RunGroup("bad", parse_runs(["66405-66406"])), "anna")
    declare(books, tree, "anna")
    assert spans(read(production))[EVENT]["more"] == [(66420, 66425)]
    assert "more" not in spans(read(production))[FIT]
    wider = (*tree.steps[0].groups, RunGroup("wide", parse_runs(["66425-66426"])))
    with pytest.raises(UsageError, match="run 66425 is in the groups more and wide"):
        declare(books, replace(tree, steps=(replace(tree.steps[0], groups=wider), tree.steps[1])), "anna")
    assert spans(read(production))[EVENT]["early"] == [(66400, 66405)]
    assert forget_group(books, NAME, EVENT, "more")
    assert not forget_group(books, NAME, EVENT, "early")
    assert set(spans(read(production))[EVENT]) == {"early", "late"}


def test_nothing_is_left_of_a_forgotten_production(production: Workspace) -> None:
    forget(production.database(), NAME)
    assert trees(production.database()) == {}
    left = production.sql(
        "SELECT production FROM production_steps UNION ALL SELECT production FROM production_step_inputs"
        " UNION ALL SELECT production FROM production_groups"
    )
    assert left == []


@ONE_DATABASE
def test_groups_of_hosts_that_share_a_run_are_refused(production: Workspace) -> None:
    say_groups(production)
    text = pilot(production).read_text()
    host = next(line for line in text.splitlines() if line.endswith(":") and not line.startswith((" ", "#")))
    other = text[text.index(host) :].replace(host, "otherhost:").replace("early: 66400-66405", "dawn: 66405-66406")
    pilot(production).write_text(text + other)
    with pytest.raises(RuleError, match="run 66405 is in the groups"):
        from_files(production)
    pilot(production).write_text(text + other.replace("dawn: 66405-66406", "early: 66406-66406"))
    assert spans(from_files(production))[EVENT]["early"] == [(66400, 66406)]
