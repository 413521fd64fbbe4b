"""The scripts of a bundle do what they say, whatever the names of folders are."""

import subprocess
from pathlib import Path

from prodcli.reruns.scripts import by_hand, traced


def test_every_line_of_bash_is_traced_and_nothing_else_differs(tmp_path: Path) -> None:
    folder = tmp_path / "it's here"
    folder.mkdir()
    (folder / "inner.sh").write_text("#!/usr/bin/env bash\ninner=1\n")
    script = folder / "run $x.sh"
    script.write_text('#!/usr/bin/env bash\necho "$1 $PRODCLI_DEBUG"\nouter=2\n"${0%/*}/inner.sh"\nexit 7\n')
    for file in folder.iterdir():
        file.chmod(0o755)
    debug = tmp_path / "debug.sh"
    debug.write_text(traced(str(script), folder))
    done = subprocess.run(["bash", debug, "one word"], capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (7, "one word 1\n", "")
    (trace,) = folder.glob("trace/*.trace")
    assert "outer=2" in trace.read_text()
    assert "inner=1" in trace.read_text()


def test_a_script_that_came_along_is_found_beside_the_job(tmp_path: Path) -> None:
    script = tmp_path / "scratch" / "run.sh"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\necho here\n")
    script.chmod(0o755)
    (tmp_path / "debug.sh").write_text(traced("/not/on/this/node/run.sh", tmp_path))
    done = subprocess.run(["bash", tmp_path / "debug.sh"], capture_output=True, text=True, cwd=script.parent)
    assert (done.returncode, done.stdout) == (0, "here\n")


def test_by_hand_in_a_scratch_folder_with_the_environment(tmp_path: Path) -> None:
    out = str(tmp_path / "a b")
    words = ["bash", "-c", 'echo "$VALUE|$1"; test "$PWD" = "$_CONDOR_SCRATCH_DIR"', "-", "two words"]
    (tmp_path / "by_hand.sh").write_text(by_hand(words, {"VALUE": "it's $x"}, [out]))
    done = subprocess.run(["bash", tmp_path / "by_hand.sh"], capture_output=True, text=True)
    assert (done.returncode, done.stdout.splitlines()[1:]) == (0, ["it's $x|two words"])
    assert Path(out).is_dir()
