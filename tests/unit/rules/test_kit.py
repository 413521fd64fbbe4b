"""The worker kit: the name of its content, and what a rule's jobs would not find of it."""

import dataclasses
import shutil
from pathlib import Path

import pytest

from prodcli.config.profile import Site, site_from_mapping
from prodcli.rules.kit import kit_lacks, read_kit, uses_kit, with_kit
from tests.support.kits import make_kit, site_with_kit
from tests.support.library_rules import load, profile, sphenix


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    return make_kit(tmp_path / "kit")


def with_its(kit: Path) -> Site:
    return site_from_mapping("x", profile() | site_with_kit(kit))


def test_the_name_is_one_of_paths_permissions_and_contents(kit: Path, tmp_path: Path) -> None:
    name = read_kit(kit).name
    copy = tmp_path / "copy"
    shutil.copytree(kit, copy)
    (copy / "__pycache__").mkdir()
    (copy / "__pycache__/x.pyc").touch()
    (copy / "prep.sh").chmod(0o600)  # as executable as it was
    assert read_kit(copy).name == name
    (copy / "prep.sh").chmod(0o700)
    assert read_kit(copy).name != name
    (copy / "prep.sh").chmod(0o600)
    (copy / "prep.sh").rename(copy / "prep2.sh")
    assert read_kit(copy).name != name
    (copy / "prep2.sh").rename(copy / "prep.sh")
    (copy / "prep.sh").write_text("other\n")
    assert read_kit(copy).name != name


def test_a_rule_without_a_kit_needs_none(tmp_path: Path) -> None:
    rule = load("seed", site=dataclasses.replace(sphenix(), kit=(), environment={}, kit_folder="/nowhere"))
    assert (uses_kit(rule), list(kit_lacks(rule)), with_kit(rule, tmp_path)) == (False, [], rule)


def test_the_rule_names_its_copy(kit: Path, tmp_path: Path) -> None:
    rule = load("seed", site=with_its(kit))
    assert list(kit_lacks(rule)) == []
    assert with_kit(rule, tmp_path).kit == f"{tmp_path}/kit/{read_kit(kit).name}"
    assert not (tmp_path / "kit" / read_kit(kit).name).exists()


def test_what_jobs_would_not_find_is_named(kit: Path) -> None:
    rule = load("seed", site=with_its(kit))
    (kit / "more/stageout.sh").unlink()
    assert list(kit_lacks(rule)) == [f"kit: {{kit}}/more/stageout.sh: there is no such file in {kit}"]
    shutil.rmtree(kit)
    assert list(kit_lacks(rule)) == [f"kit_folder: {kit}: No such file or directory"]
    kit.mkdir()
    assert list(kit_lacks(rule)) == [f"kit_folder: {kit}: it has no files"]
    kit.rmdir()
    kit.touch()
    assert list(kit_lacks(rule)) == [f"kit_folder: {kit}: Not a directory"]


def test_a_huge_folder_is_no_kit(kit: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prodcli.rules.kit._MOST_BYTES", 10)
    assert list(kit_lacks(load("seed", site=with_its(kit)))) == [f"kit_folder: {kit}: it has more than 0 MB"]
