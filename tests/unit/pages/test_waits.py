"""What the rest of a dataset waits for."""

import pytest

from prodcli.pages.datasets.dataset_page import waits_for
from prodcli.reports.status_lines import Line


@pytest.mark.parametrize(
    ("counts", "without_jobs", "words"),
    [
        ({"finished": 5}, 0, ""),
        ({"finished": 5, "running": 1}, 0, "1 job in queues"),
        ({"held": 2, "failed": 3, "parked": 1}, 0, "a person: 2 held, 1 parked, 3 failed"),
        ({"submitted": 2, "waiting": 3, "failed": 1}, 4, "5 jobs in queues; a person: 1 failed; 4 runs without jobs"),
    ],
)
def test_the_rest_waits_for_queues_people_and_submissions(
    counts: dict[str, int], without_jobs: int, words: str
) -> None:
    line = Line("tag", "DST_X", "run3auau")
    for state, count in counts.items():
        line.add(state, count)
    assert waits_for(line, without_jobs) == words
