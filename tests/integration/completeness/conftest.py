"""A small finished production: inputs, outputs with their files, and rows of the books."""

import pytest

from tests.support.catalog import Job
from tests.support.rule_files import CLUSTER
from tests.support.seeds import RUN, Place, name, words
from tests.support.units import DATASET, Chain
from tests.support.workspace import Workspace


@pytest.fixture
def place(workspace: Workspace) -> Place:
    """Where an output lies."""
    folder = workspace.folder / f"files/production/{DATASET}/physics/{CLUSTER}/DST_TRKR_SEED/run_00069600_00069700"
    folder.mkdir(parents=True)
    return folder.joinpath


@pytest.fixture
def made(workspace: Workspace, place: Place) -> Workspace:
    """A workspace with four finished and registered outputs."""
    chain = Chain()
    chain.run(RUN)
    for segment in range(4):
        chain.cluster(RUN, segment, 1000)
        chain.catalog.jobs.append(
            Job("seed", CLUSTER, DATASET, "DST_TRKR_SEED", name(segment), RUN, segment, "finished")
        )
    workspace.load(chain.catalog)
    for segment in range(4):
        place(name(segment)).write_text(f"output {segment}")
    workspace.ok("register", *words(workspace))
    workspace.sql("UPDATE datasets SET events = 1000 WHERE dsttype = 'DST_TRKR_SEED'", role="filecatalog")
    return workspace
