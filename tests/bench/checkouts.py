"""The sources whose speed is compared: this checkout's, and a copy of those of another commit."""

import io
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.measure import Timing, prodcli, timed
from tests.support.rule_files import REPOSITORY

PARTS = ("src", "templates", "prodflow-examples")  # what a running prodcli reads of its checkout


@dataclass(frozen=True)
class Checkout:
    """Sources of prodcli, which run in this process's virtual environment; `name` heads their column."""

    name: str
    folder: Path

    def start(self, *words: object, **variables: str) -> Timing:
        """Run prodcli without a workspace."""
        return timed([sys.executable, "-m", "prodcli", *words], **self._path, **variables)

    def run(self, site: Path, *words: object, **variables: str) -> Timing:
        """Run prodcli in the workspace of a prodcli.yaml."""
        return prodcli(site, *words, **self._path, **variables)

    @property
    def _path(self) -> dict[str, str]:
        # comes before the path of the editable installation
        return {"PYTHONPATH": str(self.folder / "src")}


HERE = Checkout("here", REPOSITORY)


@contextmanager
def checkouts(against: str) -> Iterator[list[Checkout]]:
    """This checkout, and the commit that `against` names if it is not empty; exits where git knows none of that name."""
    if not against:
        yield [HERE]
        return
    commit = _git("rev-parse", "--verify", "--quiet", "--short", f"{against}^{{commit}}").decode().strip()
    with tempfile.TemporaryDirectory(prefix="prodcli-bench-") as folder:
        with tarfile.open(fileobj=io.BytesIO(_git("archive", commit, *PARTS))) as archive:
            archive.extractall(folder, filter="data")
        yield [HERE, Checkout(commit, Path(folder))]


def _git(*words: str) -> bytes:
    """What git says about this checkout; exits where it fails."""
    done = subprocess.run(["git", "-C", str(REPOSITORY), *words], capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"git {' '.join(words)} failed: {done.stderr.decode().strip() or 'no such commit'}")
    return done.stdout
