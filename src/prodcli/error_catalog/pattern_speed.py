"""Patterns that take long: each is tried in another process, which can be ended, on texts that are hard for patterns."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")
SLOW = 0.5  # seconds for one text of 8 KB; an entry is tried on every unknown failure
_LONGEST = 3.0  # seconds for a pattern that never ends
# Tries the patterns in turn, and says of each how long its worst text took.
_TRIAL = """
import json, re, sys, time
for number, pattern in enumerate(json.load(sys.stdin)):
    print(json.dumps([number, None]), flush=True)
    tried, worst = re.compile(pattern, re.IGNORECASE), 0.0
    words = [word for word in re.split(r"[^A-Za-z0-9 ]+", pattern) if word.strip()]
    parts = ["a", "0", " ", "/", "ab ", *words, "".join(words), *(word + " " for word in words)]
    for text in [(part * 8192)[:8192] for part in parts] + [part * 8 + "!" for part in parts]:
        began = time.process_time()
        tried.search(text)
        worst = max(worst, time.process_time() - began)
    print(json.dumps([number, worst]), flush=True)
"""


def slow_patterns(patterns: Mapping[str, T]) -> dict[str, T]:
    """Those of the patterns, with what belongs to each, that take long on some text."""
    left, slow = list(patterns), dict[str, T]()
    while left:
        done, times = _tried(left)
        slow |= {text: patterns[text] for text, seconds in times.items() if seconds > SLOW}
        left = left[done:]
    return slow


def _tried(patterns: list[str]) -> tuple[int, dict[str, float]]:
    """How many patterns were tried, and how long each took; the last one never ends if it is the last by a time limit."""
    words = [sys.executable, "-c", _TRIAL]
    allowed = _LONGEST + SLOW * len(patterns)
    try:
        ended = subprocess.run(
            words, input=json.dumps(patterns), capture_output=True, text=True, timeout=allowed, check=False
        )
        said, over = ended.stdout, False
    except subprocess.TimeoutExpired as failure:
        said, over = (failure.stdout or b"").decode(errors="replace"), True
    answers: dict[int, float | None] = dict(json.loads(line) for line in said.splitlines() if line.endswith("]"))
    times = {patterns[number]: _LONGEST if seconds is None else seconds for number, seconds in answers.items()}
    return (len(answers) if over else len(patterns)), times
