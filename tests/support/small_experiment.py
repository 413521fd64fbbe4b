"""An experiment with few hosts, so that its chain is short; payloads, rules' scripts and everything else are the field's."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.support.catalog import Raw, Run, leaf
from tests.support.rule_files import REPOSITORY

PAYLOADS = REPOSITORY / "tests" / "support" / "field_payloads"
EVENTS = 100_000  # of each raw file, as the stand-in for ROOT counts them
STREAMING = ("ebdc00", "ebdc00:1", "intt0", "mvtx0", "ebdc39")
SEBS = ("seb18", "seb20")
SITE: dict[str, Any] = {
    "detectors": {
        "INTT": {"kind": "streaming", "hosts": ["intt0"], "spoken": "INTT{n}"},
        "MVTX": {"kind": "streaming", "hosts": ["mvtx0"], "spoken": "MVTX{n}"},
        "TPC": {"kind": "streaming", "servers": 2, "spoken": "TPC{n}", "hosts": ["ebdc00"]},
        "CALO": {"kind": "triggered", "spoken": "SEB{n}", "hosts": list(SEBS)},
    },
    "dsttypes": {
        "DST_VERNIER": {
            "match": "many-to-one",
            "inputs": {"leaves_of": "DST_TRIGGERED_EVENT", "hosts": list(SEBS)},
            "require": {},
        }
    },
}
KIT = (
    *("stageout.sh", "stagein.sh", "create_filelist_run_daqhost.py", "create_full_filelist_run_seg.py"),
    *("GetEntriesAndEventNr.C", "sphenixdbutils.py", "common_runscript_prep.sh"),
)


def site(payloads: Path) -> dict[str, Any]:
    """The site profile of the experiment; `payloads` is the folder of PAYLOADS, or of a copy that jobs can read."""
    setup = {"PRODCLI_SETUP": str(payloads / "stand_in" / "setup.sh"), "PRODCLI_OS": ""}
    kit = {"SPHENIXPROD_SCRIPT_PATH": "{kit}", "PRODCLI_LISTS": "{lists}", "PRODCLI_ATTEMPT": "{attempt}"}
    return SITE | {
        "environment": kit | setup,
        "outputs_per_job": {"run_rolloverjob0.sh": 10},
        "kit": [f"{{kit}}/{name}" for name in KIT],
    }


def run_of(number: int, segments: int) -> Run:
    """A run of physics that ended long ago."""
    begin = datetime.fromisoformat("2025-06-01 00:00:00")
    return Run(number, "physics", segments * EVENTS, begin, begin + timedelta(hours=1))


def raw_files(number: int, segments: int) -> Iterator[Raw]:
    """The raw files of each host of a run."""
    for host in ("gl1daq", *STREAMING, *SEBS):
        for segment in range(segments):
            name = f"{leaf(host)}_physics-{number:08d}-{segment:04d}.evt"
            yield Raw(name, number, host, segment, 1, "physics", EVENTS)
