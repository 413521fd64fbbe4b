"""What people install: the wheel, in a fresh environment, away from the source tree."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.rule_files import REPOSITORY, write_rules
from tests.support.workspace import make_workspace, seeded_catalog

pytestmark = pytest.mark.limit(600)  # packages come over a network, which may be slow


def call(*words: object, cwd: Path | None = None) -> str:
    """Run a program, which must succeed."""
    done = subprocess.run(list(map(str, words)), cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment with nothing but the wheel and what it needs."""
    folder = tmp_path_factory.mktemp("wheel")
    call(sys.executable, "-m", "build", "--wheel", "--outdir", folder, REPOSITORY)
    call(sys.executable, "-m", "venv", folder / "env")
    (wheel,) = folder.glob("*.whl")
    call(folder / "env/bin/python", "-m", "pip", "install", "-q", "--disable-pip-version-check", wheel)
    return folder / "env/bin"


def test_the_wheel_submits(installed: Path, tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path)
    workspace.load(seeded_catalog(1))
    rules = write_rules(tmp_path / "rules")
    prodcli = [installed / "prodcli", "--site", workspace.file, "-q"]
    call(*prodcli, "submit", "-c", rules, "-r", "mvtxme", cwd=tmp_path)
    call(*prodcli, "local", "run", "--drain", cwd=tmp_path)
    call(*prodcli, "harvest", cwd=tmp_path)
    states = workspace.sql("SELECT status, COUNT(*) FROM production_jobs WHERE schedd IS NOT NULL GROUP BY status")
    assert states == [("finished", 8)]


def test_the_wheel_brings_templates_profile_and_examples(installed: Path, tmp_path: Path) -> None:
    where = "from prodcli import resources as at; print(at.shipped('templates'), at.shipped('prodflow-examples'))"
    templates, examples = (Path(word) for word in call(installed / "python", "-c", where, cwd=tmp_path).split())
    assert templates.is_relative_to(installed.parent)
    assert (templates / "condor" / "job.sub.j2").is_file()
    assert (examples / "demo.yaml").is_file()
    assert call(installed / "python", "-m", "prodcli", "--version", cwd=tmp_path).startswith("prodcli ")


def test_the_wheel_brings_the_worker_kit_ready_to_run(installed: Path, tmp_path: Path) -> None:
    where = "from prodcli import resources as at; print(at.worker_kit())"
    kit = Path(call(installed / "python", "-c", where, cwd=tmp_path).strip())
    source = REPOSITORY / "src" / "prodcli" / "worker"
    files = {path.name: path.stat().st_mode & 0o111 > 0 for path in source.iterdir() if path.is_file()}
    brought = {path.name: path.stat().st_mode & 0o111 > 0 for path in kit.iterdir() if path.is_file()}
    assert kit.is_relative_to(installed.parent) and brought == files
    assert brought["stageout.sh"] and brought["common_runscript_prep.sh"] and brought["GetEntriesAndEventNr.C"] is False
