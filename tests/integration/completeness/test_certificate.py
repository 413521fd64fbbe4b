"""Certificates: a manifest only of what is complete, its checksum in the books, and what differs from it later."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from prodcli import __version__
from tests.support.seeds import RUN, Place, name, words
from tests.support.snapshots import one_line
from tests.support.workspace import ONE_DATABASE, Answer, Workspace


@pytest.fixture
def manifest(made: Workspace) -> Path:
    """The manifest of a complete production."""
    file = made.folder / "seed.manifest"
    made.ok("check", *words(made), "--certify", file)
    return file


def lines(file: Path) -> list[dict[str, object]]:
    """The lines of a manifest."""
    return [json.loads(line) for line in file.read_text().splitlines()]


def against(workspace: Workspace, file: Path, *more: object) -> tuple[int, list[str]]:
    """Compare with the disk: the exit code, and what differs."""
    answer = workspace.run("check", "--against", file, *more, "--format", "json")
    return answer.code, [f"{Path(one['path']).name}: {one['what_differs']}" for one in answer.data]


def test_a_manifest_has_files_rule_and_sums(made: Workspace, place: Place, manifest: Path) -> None:
    head, *files, sums = lines(manifest)
    assert (head["prodcli_manifest"], head["version"], head["tag"]) == (1, __version__, "ana537_2025p010_v001")
    assert (head["runs"], head["dsttype"], head["rule"]["params.dsttype"]) == (str(RUN), *["DST_TRKR_SEED"] * 2)  # type: ignore[index]
    md5 = hashlib.md5(b"output 3", usedforsecurity=False).hexdigest()
    path = str(place(name(3)))
    assert {"path": path, "size": 8, "md5": md5, "events": 1000, "run": RUN, "segment": 3} in files
    body = "".join(manifest.read_text().splitlines(keepends=True)[:-1])
    assert sums == {"files": 4, "bytes": 32, "events": 4000, "sha256": hashlib.sha256(body.encode()).hexdigest()}
    ((kept, rule, count),) = made.sql("SELECT sha256, rulename, files FROM production_certificates")
    assert (kept, rule, count) == (hashlib.sha256(manifest.read_bytes()).hexdigest(), "seed", 4)
    assert [path.name for path in made.folder.iterdir() if "manifest" in path.name] == ["seed.manifest"]


def test_what_is_not_complete_gets_no_certificate(made: Workspace, place: Place) -> None:
    file = made.folder / "seed.manifest"
    made.sql("UPDATE datasets SET events = 900 WHERE filename = ?", name(1), role="filecatalog")
    place(name(2)).unlink()
    answer = made.run("check", *words(made), "--certify", file)
    one_line(
        answer, 1, "seed: the production is not complete: 1 of 4 units are flagged: 1 low_output_events; 1 findings"
    )
    assert made.sql("SELECT COUNT(*) FROM production_certificates") == [(0,)]
    assert not [path for path in made.folder.iterdir() if "manifest" in path.name]


def test_what_cannot_be_certified(made: Workspace, place: Place) -> None:
    file = made.folder / "seed.manifest"
    one_line(made.run("check", *words(made), "--no-disk", "--certify", file), 2, "needs the files on disk")
    one_line(made.run("check", *words(made), "--segments", 99, "--certify", file), 1, "there is nothing to certify")
    shut = made.run("check", *words(made), "--certify", made.folder / "no/such/folder")
    one_line(shut, 1, "the manifest cannot be written: No such file or directory")
    made.sql("UPDATE datasets SET status = 0 WHERE filename = ?", name(2), role="filecatalog")
    one_line(
        made.run("check", *words(made), "--certify", file),
        1,
        f"1 outputs are not on disk, or have no size or checksum, like {name(2)}",
    )


def test_a_missing_checksum_is_computed(made: Workspace) -> None:
    made.sql("UPDATE files SET md5 = NULL", role="filecatalog")
    made.ok("check", *words(made), "--certify", made.folder / "seed.manifest")
    assert lines(made.folder / "seed.manifest")[1]["md5"]


@ONE_DATABASE
def test_what_differs_on_disk(made: Workspace, place: Place, manifest: Path) -> None:
    assert against(made, manifest, "--deep") == (0, [])
    place(name(0)).unlink()
    place(name(1)).write_text("longer than it was")
    place(name(2)).write_text("0utput 2")
    some = [f"{name(0)}: is missing", f"{name(1)}: has 18 bytes, and had 8"]
    assert against(made, manifest) == (1, some)
    md5s = [hashlib.md5(text, usedforsecurity=False).hexdigest() for text in (b"0utput 2", b"output 2")]
    assert against(made, manifest, "--deep") == (1, [*some, f"{name(2)}: md5 is {md5s[0]}, and was {md5s[1]}"])


def test_no_database_and_no_configuration_is_needed(
    made: Workspace, manifest: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from typer.testing import CliRunner

    from prodcli.cli.app import app

    alone = tmp_path / "elsewhere"
    alone.mkdir()
    monkeypatch.chdir(alone)
    for variable in ("PRODCLI_SITE", "HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PWD", str(alone))
    made.file.unlink()
    result = CliRunner().invoke(app, ["check", "--against", str(manifest)])
    assert result.exit_code == 0, result.stderr
    assert "the manifest itself is not compared with the books" in result.stderr


def test_a_changed_manifest_is_found(made: Workspace, place: Place, manifest: Path) -> None:
    text = manifest.read_text()
    manifest.write_text(text.replace('"size":8', '"size":9', 1))
    code, told = against(made, manifest)
    assert (code, told[:2]) == (
        1,
        [
            "seed.manifest: the manifest was changed after it was made",
            "seed.manifest: the manifest does not have its own checksum",
        ],
    )
    body, last = manifest.read_text().rsplit("\n", 2)[0] + "\n", json.loads(text.splitlines()[-1])
    forged = last | {"sha256": hashlib.sha256(body.encode()).hexdigest()}
    manifest.write_text(body + json.dumps(forged, separators=(",", ":")) + "\n")
    place(name(0)).write_text("9 letters")
    assert against(made, manifest)[1][0] == "seed.manifest: the manifest was changed after it was made"
    made.sql("DELETE FROM production_certificates")
    assert against(made, manifest)[1][0] == "seed.manifest: the books do not know this manifest"


@ONE_DATABASE
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "line 1 is damaged"),
        (b"\xff\xfe", "it is no manifest of a certificate"),
        (b"[1, 2]\n", "line 1 is damaged"),
        (b"{}\n", "it is no manifest of a certificate, or one of a newer prodcli"),
        (b'{"prodcli_manifest": 2}\n', "it is no manifest of a certificate, or one of a newer prodcli"),
        (b'{"prodcli_manifest": 1}\n', "line 1 is damaged"),
        (b"[" * 100_000 + b"\n", "line 1 is damaged"),
        ("half", "line 3 is damaged"),
        ("no end", "its end is missing"),
        ("more", "line 7 stands behind the end"),
        ("text", "line 2 is damaged"),
        ("true", "line 2 is damaged"),
    ],
)
def test_damaged_manifests_are_one_line(made: Workspace, manifest: Path, content: bytes | str, says: str) -> None:
    text = manifest.read_text()
    whole = text.splitlines(keepends=True)
    changed = {
        "half": "".join(whole[:3])[:-20],
        "no end": "".join(whole[:-1]),
        "more": text + whole[1],
        "text": text.replace('"size":8', '"size":"8"', 1),
        "true": text.replace('"size":8', '"size":true', 1),
    }
    manifest.write_bytes(content if isinstance(content, bytes) else changed[content].encode())
    one_line(made.run("check", "--against", manifest), 2, says)


@ONE_DATABASE
def test_files_that_cannot_be_read(made: Workspace, manifest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def shut(self: Path) -> os.stat_result:
        raise PermissionError(13, "Permission denied", str(self))

    one_line(made.run("check", "--against", made.folder), 2, "the manifest cannot be read: Is a directory")
    monkeypatch.setattr("prodcli.completeness.against.Path.lstat", shut)
    answer: Answer = made.run("check", "--against", manifest)
    assert (answer.code, answer.err) == (6, f"prodcli: {manifest}: 4 files cannot be read\n")


@ONE_DATABASE
def test_a_rule_file_is_needed_otherwise(made: Workspace) -> None:
    one_line(made.run("check", "--runs", RUN), 2, "no rule file is named")
