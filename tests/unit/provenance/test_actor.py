"""Who acts: $PRODCLI_ACTOR, else the comment of an ssh key in the agent, else the account."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from prodcli.books.claimant import account
from prodcli.provenance.actor import _comment, actor
from tests.conftest import missing

HOSTILE = "eve\n2026-01-01 root kill\x1b[2J\u202e" + "x" * 500


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A program in the place of ssh-add, to be written by the test."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    program = tmp_path / "ssh-add"
    program.write_text("#!/bin/sh\nexit 2\n")
    program.chmod(0o755)
    _comment.cache_clear()
    yield program
    _comment.cache_clear()


def test_the_variable_comes_first_and_asks_no_agent(say: Path) -> None:
    say.write_text(f"#!/bin/sh\ntouch {say}.called\n")
    assert actor({"PRODCLI_ACTOR": " Ada  Lovelace ", "SSH_AUTH_SOCK": "/s"}) == "Ada Lovelace"
    assert actor({}) == account()
    assert not say.with_suffix(".called").exists()


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ("256 SHA256:abc ada@laptop (ED25519)", "ada@laptop"),
        ("256 SHA256:abc Ada (home) (ED25519)\n3072 SHA256:def other (RSA)", "Ada (home)"),
        ("256 SHA256:abc no comment (ED25519)", ""),
        ("256 SHA256:abc  (ED25519)", ""),
        ("nonsense", ""),
        ("", ""),
    ],
)
def test_the_comment_of_the_first_key_is_the_name(say: Path, answer: str, name: str) -> None:
    say.write_text(f"#!/bin/sh\ncat <<'END'\n{answer}\nEND\n")
    assert actor({"PRODCLI_ACTOR": " ", "SSH_AUTH_SOCK": "/s"}) == (name or account())


@pytest.mark.parametrize("script", ["exit 1", "echo 256 SHA256:abc ada; exit 2", "kill -9 $$"])
def test_an_agent_that_fails_leaves_the_account(say: Path, script: str) -> None:
    say.write_text(f"#!/bin/sh\n{script}\n")
    assert actor({"SSH_AUTH_SOCK": "/s"}) == account()


def test_an_agent_that_hangs_is_asked_once_and_not_for_long(say: Path) -> None:
    say.write_text("#!/bin/sh\nexec sleep 60\n")
    began = time.monotonic()
    assert [actor({"SSH_AUTH_SOCK": "/s"}) for _ in range(3)] == [account()] * 3
    assert 1.5 < time.monotonic() - began < 5


@pytest.mark.parametrize("where", ["variable", "key"])
def test_a_hostile_name_is_one_line_without_control_characters(say: Path, where: str) -> None:
    say.write_text("#!/bin/sh\nprintf '256 SHA256:abc eve\\033[2J\\342\\200\\256 root\\r kill (RSA)\\n'\n")
    name = actor({"PRODCLI_ACTOR": HOSTILE} if where == "variable" else {"SSH_AUTH_SOCK": "/s"})
    assert name.startswith("eve")
    assert name.isprintable()
    assert len(name) <= 100


def test_a_real_agent_tells_the_comment(tmp_path: Path) -> None:
    if not all(map(shutil.which, ("ssh-agent", "ssh-add", "ssh-keygen"))):
        missing("ssh", "ssh-agent is not installed")
    socket, key = str(tmp_path / "s"), str(tmp_path / "key")
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
    try:
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ada of the shift", "-f", key], check=True)
        until = time.monotonic() + 10
        while not Path(socket).exists() and time.monotonic() < until:
            time.sleep(0.01)
        assert actor({"SSH_AUTH_SOCK": socket}) == account()
        _comment.cache_clear()
        subprocess.run(
            ["ssh-add", key], env={**os.environ, "SSH_AUTH_SOCK": socket}, check=True, stderr=subprocess.DEVNULL
        )
        assert actor({"SSH_AUTH_SOCK": socket}) == "ada of the shift"
    finally:
        agent.terminate()
        agent.wait()
        _comment.cache_clear()
