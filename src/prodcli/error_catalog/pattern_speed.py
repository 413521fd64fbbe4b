"""Patterns that take long: each is tried in another process, which can be ended, on texts that are hard for patterns."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")
SLOW = 0.5  # CPU seconds for one text of 8 KB; an entry is tried on every unknown failure
_LONGEST = 3  # CPU seconds for a pattern, which may never end
# Tries the patterns in turn, and says of each how long its worst text took; a pattern that takes too long ends the process.
_TRIAL = """
import json, re, resource, sys, time
longest, most = int(sys.argv[1]), resource.getrlimit(resource.RLIMIT_CPU)[1]
for number, pattern in enumerate(json.load(sys.stdin)):
    print(json.dumps([number, None]), flush=True)
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + longest, most))
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
        times = _tried(left)
        slow |= {text: patterns[text] for text, seconds in times.items() if seconds > SLOW}
        left = left[max(1, len(times)) :]
    return slow


def _tried(patterns: list[str]) -> dict[str, float]:
    """How long the first patterns took, in CPU seconds, up to one that never ends."""
    words = [sys.executable, "-c", _TRIAL, str(_LONGEST)]
    ended = subprocess.run(words, input=json.dumps(patterns), capture_output=True, text=True, check=False)
    answers: dict[int, float | None] = dict(
        json.loads(line) for line in ended.stdout.splitlines() if line.endswith("]")
    )
    return {patterns[number]: _LONGEST if seconds is None else seconds for number, seconds in answers.items()}
