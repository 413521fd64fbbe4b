"""Edits of rule and steering files, as people make them while loops read them: good ones, and bad ones."""

import random
from collections.abc import Callable
from typing import Any

import yaml


def half_written(text: str) -> str:
    """An editor has written the beginning alone."""
    lines = text.splitlines()
    return "\n".join([*lines[: len(lines) // 2], "  half: ["])


def no_yaml(text: str) -> str:
    """A bracket that nobody closes."""
    return text + "\nmore: [\n"


def binary(text: str) -> str:
    """Something else altogether."""
    return "\x00\x7fELF\x02" + text[:100]


def wrong_switch(text: str) -> str:
    """A word that is neither on nor off."""
    return text.replace("submit: true", "submit: maybe", 1)


def no_config(text: str) -> str:
    """A rule of a steering file without a rule file."""
    return text.replace("config: rules.yaml", "cnofig: rules.yaml", 1)


def list_for_script(text: str) -> str:
    """A list where a name is wanted."""
    return text.replace("script: run_jobA.sh", "script: [1, 2]", 1)


def no_build(text: str) -> str:
    """A rule without a build."""
    return text.replace("build: ana.537", "bulid: ana.537", 1)


SPOIL_STEERING: tuple[Callable[[str], str], ...] = (half_written, no_yaml, binary, wrong_switch, no_config)
SPOIL_RULES: tuple[Callable[[str], str], ...] = (half_written, no_yaml, binary, list_for_script, no_build)


def retune(text: str, seed: int) -> str:
    """Other priorities and memory: what changes no output."""
    dice, spec = random.Random(seed), yaml.safe_load(text)
    for entry in spec.values():
        if "job" in entry:
            entry["job"]["priority"] = str(dice.randrange(1, 9999))
            entry["job"]["request_memory"] = f"{dice.randrange(1, 4)} GB"
        for rule in _steered(entry):
            rule["jobprio"] = dice.randrange(1, 99)
            rule["share"] = dice.randrange(1, 9)
    return yaml.safe_dump(spec, sort_keys=False)


def _steered(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """The rules of a host in a steering file."""
    return [one for one in entry.values() if isinstance(one, dict) and "config" in one]
