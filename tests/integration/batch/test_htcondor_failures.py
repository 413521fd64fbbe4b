"""The HTCondor batch on a real pool: what goes wrong is one line, and leaves nothing behind."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prodcli.batch import whole
from prodcli.batch.htcondor.batch import HTCondorBatch
from prodcli.errors import BatchError
from tests.support.condor_jobs import NEVER, A, B, ads, remove_all, submit, submit_rows
from tests.support.condor_pool import Pool
from tests.support.local_jobs import write_description

pytestmark = pytest.mark.htcondor


@pytest.fixture
def batch(condor_pool: Pool) -> HTCondorBatch:
    return HTCondorBatch([A, B], condor_config=condor_pool.config)


def test_more_jobs_than_a_submission_may_have_are_refused_whole(batch: HTCondorBatch, condor_pool: Pool) -> None:
    before = batch.in_queue(A)
    with pytest.raises(BatchError, match="refuses more jobs than its MAX_JOBS_PER_SUBMISSION"):
        submit_rows(batch, condor_pool, 20_001)
    assert batch.in_queue(A) == before


@pytest.mark.parametrize(
    ("commands", "complaint"),
    [
        ({"request_memory": "100 bananas"}, "Parse error in expression"),
        ({"initialdir": "/tmp/there/is/no/such"}, "No such directory"),
        ({"My.ProdcliRun": "1 +"}, "Parse error in expression"),
        ({"My.ProdcliRun": "(("}, "cannot read the submit description: .* -dry-run"),
        ({"executable": ""}, "executable"),
    ],
)
def test_what_htcondor_refuses_is_one_line(
    batch: HTCondorBatch, condor_pool: Pool, commands: dict[str, Any], complaint: str
) -> None:
    before = batch.in_queue(A)
    with pytest.raises(BatchError, match=complaint) as caught:
        submit(batch, condor_pool, "true", "true", **commands)
    assert "\n" not in str(caught.value)
    assert batch.in_queue(A) == before


@pytest.mark.parametrize(
    ("items", "complaint"),
    [
        ("1,0\n2,\n", r"items.csv: line 2: number must be a word, not ''"),
        ("1,0\n2,a b\n", r"line 2: number must be a word, not 'a b'"),
        ("1,0\n\n2,0\n", r"line 2 has 1 of 2 fields"),
        ("", "there are no items"),
    ],
)
def test_items_that_htcondor_would_read_otherwise_are_refused(
    batch: HTCondorBatch, condor_pool: Pool, items: str, complaint: str
) -> None:
    description = write_description(condor_pool.folder(), ["true"])
    (description.parent / "items.csv").write_text(items)
    with pytest.raises(BatchError, match=complaint):
        batch.submit(A, description)


def test_items_lie_beside_the_description(batch: HTCondorBatch, condor_pool: Pool) -> None:
    folder = condor_pool.folder() / "two words"
    folder.mkdir(mode=0o777)
    description = write_description(folder, ["true"], requirements=NEVER)
    description.write_text(description.read_text().replace(f"from {folder}/", "from "))
    cluster = batch.submit(A, description)
    assert len(ads(batch, cluster)) == 1
    remove_all(batch, cluster, [0])


def test_a_missing_description_is_an_error(batch: HTCondorBatch, condor_pool: Pool) -> None:
    with pytest.raises(BatchError, match="job.sub: cannot be read: .*No such file"):
        batch.submit(A, condor_pool.work / "job.sub")


def test_an_unknown_schedd_is_named_with_those_there_are(condor_pool: Pool) -> None:
    batch = HTCondorBatch(["c@pool.prodcli.test"], condor_config=condor_pool.config)
    message = f"schedd c@pool.prodcli.test: the collector does not know this schedd (it knows {A}, {B})"
    for ask in (lambda: batch.living("c@pool.prodcli.test"), lambda: batch.count("x")):
        with pytest.raises(BatchError) as caught:
            ask()
        assert str(caught.value) == message
    assert batch.check() == [message]


def test_nothing_listens_at_the_collectors_port(condor_pool: Pool, batch: HTCondorBatch, tmp_path: Path) -> None:
    config = tmp_path / "client"
    text = Path(condor_pool.config).read_text()
    lines = [line for line in text.splitlines() if not line.startswith("COLLECTOR_HOST")]
    config.write_text("\n".join([*lines, "COLLECTOR_HOST=127.0.0.1:1", ""]))
    down = HTCondorBatch([A], condor_config=str(config))
    start = time.monotonic()
    asked: list[Callable[[], object]] = [
        lambda: whole(down.changes(A, "")),
        lambda: down.count("x"),
        lambda: down.remove(A, {(1, 0)}, "x"),
    ]
    for ask in asked:
        with pytest.raises(
            BatchError, match=r"^collector \(as configured\): Failed communication with collector"
        ) as caught:
            ask()
        assert "\n" not in str(caught.value)
    assert len(down.check()) == 2  # the schedd, the machines
    assert time.monotonic() - start < 10
    assert batch.check() == []  # the other configuration is in force again
    by_name = HTCondorBatch([A], collector="127.0.0.1:1", condor_config=condor_pool.config)
    with pytest.raises(BatchError, match="^collector 127.0.0.1:1: "):
        by_name.living(A)


def test_a_schedd_that_moved_is_looked_up_anew(batch: HTCondorBatch) -> None:
    batch.living(A)
    batch._client._places[A] = batch._client.bindings.classad.ClassAd(
        {"MyAddress": "<127.0.0.1:1>", "CondorVersion": "x"}
    )
    with pytest.raises(
        BatchError, match=f"^schedd {A}: reading the queue failed: .*Failed to connect to <127.0.0.1:1>"
    ):
        batch.living(A)
    assert batch.check() == []


STRANGER = """
import sys
from pathlib import Path
from prodcli.batch.htcondor.batch import HTCondorBatch
from prodcli.errors import BatchError

schedd, config, cluster, description = sys.argv[1:]
batch, job = HTCondorBatch([schedd], condor_config=config), (int(cluster), 0)
assert job in batch.living(schedd)
print(*batch.check())
for act in (
    lambda: batch.hold(schedd, {job}, "x"),
    lambda: batch.release(schedd, {job}, "x"),
    lambda: batch.remove(schedd, {job}, "x"),
    lambda: batch.edit_memory(schedd, {job}, 5),
    lambda: batch.submit(schedd, Path(description)),
):
    try:
        act()
    except BatchError as err:
        print(err)
"""


def test_who_may_not_write_is_told(condor_pool: Pool, batch: HTCondorBatch, tmp_path: Path) -> None:
    description = write_description(condor_pool.folder(), ["true"], requirements=NEVER)
    cluster = batch.submit(A, description)
    config = tmp_path / "client"
    text = Path(condor_pool.config).read_text()
    config.write_text(text.replace(f"{condor_pool.home}/client.d", str(tmp_path / "no-tokens")))
    # in a process of its own: in this one, sessions with the schedd are open, and need no token any more
    words = [sys.executable, "-c", STRANGER, A, str(config), str(cluster), str(description)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    check, *refusals = done.stdout.splitlines()
    assert check.startswith(f"schedd {A}: we may not write: ")
    assert len(refusals) == 5
    assert all(line.startswith(f"schedd {A}: ") for line in refusals)
    assert [(ad["JobStatus"], ad["RequestMemory"]) for ad in ads(batch, cluster, "JobStatus", "RequestMemory")] == [
        (1, 1000)
    ]
    remove_all(batch, cluster, [0])


def test_the_local_schedd_is_the_default(condor_pool: Pool, tmp_path: Path) -> None:
    config = tmp_path / "client"
    config.write_text(Path(condor_pool.config).read_text() + f"SCHEDD_HOST={B}\n")
    assert HTCondorBatch([], condor_config=str(config)).schedds() == [B]
    without = HTCondorBatch([], condor_config=condor_pool.config)
    with pytest.raises(
        BatchError, match=r"^HTCondor: this host has no schedd: .* \(name one in prodcli.yaml: batch.schedds\)"
    ):
        without.schedds()
    assert len(without.check()) == 1


@pytest.mark.parametrize("path", ["/there/is/no/such", "/tmp"])
def test_a_bad_configuration_file_is_told_and_not_by_htcondor(path: str, capfd: pytest.CaptureFixture[str]) -> None:
    message = f"{path}: HTCondor's configuration cannot be read (set batch.condor_config or $CONDOR_CONFIG)"
    assert HTCondorBatch([A], condor_config=path).check() == [message] * 2
    assert capfd.readouterr() == ("", "")


def test_nothing_is_contacted_or_loaded_before_it_is_asked_for() -> None:
    HTCondorBatch(["nobody"], collector="nowhere.invalid", condor_config="/there/is/no/such")
