"""Which data was made from other data, against a walk over all jobs by hand."""

import random
from contextlib import closing

from prodcli.data_states.made_from import made_from
from prodcli.data_states.states import Data
from tests.support.catalog import Catalog, insert_rows
from tests.support.library_rules import sphenix
from tests.support.workspace import Workspace

IN, OUT, OTHER = "ana514_nocdbtag_v001", "ana537_2025p010_v001", "ana538_2025p010_v001"
DATASET = "run3auau"
INSERT = (
    "INSERT INTO production_jobs (rulename, status, segment, tag, dataset, dsttype, filename, runnumber, intriplet)"
    " VALUES ('r', 'finished', 0, ?, ?, ?, ?, ?, ?)"
)
Made = dict[Data, str]  # the intriplet of the jobs of data


def booked(workspace: Workspace, made: Made) -> None:
    """A job for each data."""
    rows = [
        (one.tag, one.dataset, one.dsttype, f"file{number}", one.run, intriplet)
        for number, (one, intriplet) in enumerate(made.items())
    ]
    workspace.load(Catalog())
    with closing(workspace.connect("production")) as connection:
        insert_rows(connection, INSERT, rows)
        connection.commit()


def by_hand(made: Made, data: set[Data]) -> set[Data]:
    """Everything that has some of the data among its inputs, and what is made from that."""
    known = set(data)
    while True:
        more = {
            child
            for child, intriplet in made.items()
            if child not in known
            for one in known
            if (one.dataset, one.run, one.tag) == (child.dataset, child.run, intriplet)
            and one.dsttype in sphenix().dsttypes[child.dsttype].inputs
        }
        if not more:
            return known - set(data)
        known |= more


def test_data_is_followed_down_the_chain(workspace: Workspace) -> None:
    stream, cluster = Data(DATASET, IN, "DST_STREAMING_EVENT_intt0", 7), Data(DATASET, OUT, "DST_TRKR_CLUSTER", 7)
    seed, tracks = Data(DATASET, OUT, "DST_TRKR_SEED", 7), Data(DATASET, OTHER, "DST_TRKR_TRACKS", 7)
    other_run, other_set = cluster._replace(run=8), cluster._replace(dataset="run3pp")
    made = {cluster: IN, seed: OUT, tracks: OUT, other_run: IN, other_set: IN, cluster._replace(tag=OTHER): "x"}
    booked(workspace, made)
    books = workspace.database()
    assert made_from(books, sphenix(), [stream]) == sorted([cluster, seed, tracks])
    assert made_from(books, sphenix(), [cluster, seed]) == [tracks]
    assert made_from(books, sphenix(), [tracks]) == made_from(books, sphenix(), []) == []


def test_a_walk_over_all_jobs_finds_the_same(workspace: Workspace) -> None:
    pick = random.Random(23)
    names = ("DST_TRKR_CLUSTER", "DST_TRKR_MVTXME", "DST_TRKR_SEED", "DST_TRKR_TRACKS")
    every = [
        Data(dataset, tag, dsttype, run)
        for dataset in (DATASET, "run3pp")
        for tag in (OUT, OTHER)
        for dsttype in names
        for run in range(3)
    ]
    made = {one: pick.choice([IN, OUT, OTHER]) for one in pick.sample(every, 36)}
    booked(workspace, made)
    streams = [
        Data(DATASET, IN, f"DST_STREAMING_EVENT_{leaf}", run) for leaf in ("intt0", "ebdc00_0") for run in (0, 1)
    ]
    for count in (1, 3, 8):
        data = {*pick.sample(list(made), count), *pick.sample(streams, 2)}
        assert made_from(workspace.database(), sphenix(), data) == sorted(by_hand(made, data))
