"""What the file catalog is asked about inputs, with more of them than an integer has bits."""

from contextlib import closing

from prodcli.catalog import Catalogs
from tests.support.catalogs import Catalog, File
from tests.support.loaded import load
from tests.support.world import World

INPUTS = [f"DST_MINE_{number}" for number in range(130)]  # in three words
FIRST, MIDDLE, LAST = (1 << bit for bit in (0, 70, 129))
FILES = [
    *((run, segment, 0, 1) for run in (70000, 70001) for segment in (0, 1, 2)),
    *((70000, segment, 70, 1) for segment in (0, 1, 2)),
    *((70000, segment, 129, status) for segment, status in ((0, 1), (1, 0), (2, 1))),
    (70002, 0, 62, None),
    (70002, 0, 63, 1),
]


def test_inputs_beyond_the_bits_of_an_integer_are_found(world: World) -> None:
    rule = load("seed", input_indsttype=INPUTS)
    files = [
        File(
            f"{INPUTS[bit]}-{run}-{segment}",
            run,
            segment,
            1,
            rule.input.dataset,
            INPUTS[bit],
            1,
            status,
            rule.intriplet,
        )
        for run, segment, bit, status in FILES
    ]
    other = File("other", 70003, 0, 1, rule.input.dataset, INPUTS[0], 1, 1, "another_tag")
    world.load(Catalog(files=[*files, other]))
    with closing(world.database("filecatalog")) as database:
        catalogs = Catalogs(database, database, database)
        found = catalogs.segment_inputs(rule, [70000, 70001, 70002, 70003])
    every = FIRST | MIDDLE | LAST
    assert sorted((row.run, sorted(row.segments), row.present, row.on_disk) for row in found) == [
        (70000, [0, 2], every, every),
        (70000, [1], every, FIRST | MIDDLE),
        (70001, [0, 1, 2], FIRST, FIRST),
        (70002, [0], 3 << 62, 1 << 63),
    ]
