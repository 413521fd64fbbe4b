"""`unregister` beside a spider that gives files their names."""

from pathlib import Path
from threading import Thread
from time import sleep

import pytest

from prodcli.registration.unregister import Unregister
from prodcli.rules.load import load_rule
from prodcli.runs.selection import parse_runs
from tests.integration.registration.test_register import output, register, registered, rules, site
from tests.support.workspace import Workspace

__all__ = ["rules"]


@pytest.mark.parametrize("comes", [True, False])
def test_a_file_that_gets_its_name_meanwhile_stays(workspace: Workspace, rules: Path, comes: bool) -> None:
    path = output(workspace, 69650, 7)
    register(workspace, rules)
    path.rename(path.with_suffix(".staged"))
    ours, spiders = workspace.database("filecatalog"), workspace.database("filecatalog")
    verb = Unregister(load_rule(rules, "cluster", site(workspace)), ours)
    gone = verb.plan(parse_runs(["69650"]), None)
    assert gone.names == [path.name]
    dropped: list[int] = []
    act = Thread(target=lambda: dropped.append(verb.act(gone)))
    values = {"names": gone.names, "dataset": verb.rule.params.dataset}

    def name_the_file() -> None:
        act.start()
        sleep(0.5)
        if comes:
            path.with_suffix(".staged").rename(path)

    spiders.write(lambda tx: (list(tx.rows("locked_file_rows", **values)), name_the_file()))
    act.join()
    ours.close()
    spiders.close()
    assert dropped == [0 if comes else 1]
    assert registered(workspace) == ([path.name] if comes else [])
