"""Rules for tests: one for every dsttype of the profile, and the real ones where they lie beside the checkout."""

import os
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
# Rule files of a real production; they are data of that experiment and not part of the project.
PRODFLOW = Path(os.environ.get("PRODCLI_PRODFLOW", REPOSITORY.parent / "shared" / "prodflow"))

STREAMING, TRIGGERED, CLUSTER = "ana514_nocdbtag_v001", "ana530_nocdbtag_v001", "ana537_2025p010_v001"
CALO = "ana530_2025p008_v001"


def rule(dsttype: str, build: str, dbtag: str, intriplet: str | None = None, **more: Any) -> dict[str, Any]:
    """A small rule; `more` goes into params, input or job by its first word: `input_cut_segment=2`."""
    spec: dict[str, Any] = {
        "params": {"dsttype": dsttype, "period": "run3auau", "build": build, "dbtag": dbtag, "version": 1},
        "input": {"intriplet": intriplet} if intriplet else {},
        "job": {"script": "run.sh", "payload": ["payload"], "neventsper": 1000, "request_memory": "2 GB, 3 GB"},
    }
    for key, value in more.items():
        section, _, name = key.partition("_")
        spec[section][name] = value
    return spec


RULES: dict[str, dict[str, Any]] = {
    "streaming": rule("DST_STREAMING_EVENT", "ana.514", "nocdbtag"),
    "streaming_seg0": rule("DST_STREAMING_EVENT", "ana.514", "nocdbtag", input_combine_seg0_only=True),
    "streaming_calib": rule("DST_STREAMING_EVENT", "ana.514", "nocdbtag", params_physicsmode="calib"),
    "streaming_cosmics": rule("DST_STREAMING_EVENT", "ana.514", "nocdbtag", params_physicsmode="cosmics"),
    "triggered": rule("DST_TRIGGERED_EVENT", "ana.530", "nocdbtag"),
    "cluster": rule("DST_TRKR_CLUSTER", "ana.537", "2025p010", STREAMING),
    "cluster_cosmics": rule("DST_TRKR_CLUSTER", "ana.537", "2025p010", STREAMING, params_physicsmode="cosmics"),
    "cluster_cut": rule("DST_TRKR_CLUSTER", "ana.537", "2025p010", STREAMING, input_cut_segment=2),
    "rollover": rule("DST_TRKR_CLUSTER", "ana.537", "2025p010", STREAMING, job_outputs_per_job=3),
    "mvtxme": rule("DST_TRKR_MVTXME", "ana.537", "2025p010", STREAMING),
    "seed": rule("DST_TRKR_SEED", "ana.537", "2025p010", CLUSTER),
    "tracks": rule("DST_TRKR_TRACKS", "ana.537", "2025p010", CLUSTER),
    "calofitting": rule("DST_CALOFITTING", "ana.530", "2025p008", TRIGGERED),
    "calofitting_min_seb": rule("DST_CALOFITTING", "ana.530", "2025p008", TRIGGERED, input_min_seb=18),
    "vernier": rule("DST_VERNIER", "ana.530", "2025p008", TRIGGERED),
    "calo": rule("DST_CALO", "ana.530", "2025p008", CALO),
    "jets": rule("DST_JETS", "ana.530", "2025p008", CALO),
    "jetcalo": rule("DST_JETCALO", "ana.530", "2025p008", CALO),
}


def write_rules(folder: Path, rules: dict[str, dict[str, Any]] = RULES) -> Path:
    """Write rules into a folder, with a script and a payload that exist."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "payload").write_text("")
    script = folder / "run.sh"
    if not script.exists():
        script.write_text('#!/bin/sh\necho "$@"\n')
        script.chmod(0o755)
    file = folder / "rules.yaml"
    file.write_text(yaml.dump(rules, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False))
    return file


def read_rules(file: Path) -> dict[str, dict[str, Any]]:
    """The rules of a file."""
    rules: dict[str, dict[str, Any]] = yaml.load(file.read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    return rules


def prodflow_rules() -> list[tuple[Path, str]]:
    """The real rule files and the names of their rules; empty where they are not at hand.

    Steering files, whose entries are hosts, and templates, whose build, dbtag and version are yet to be filled in, hold no rules.
    """
    files = [file for file in sorted(PRODFLOW.glob("*.yaml")) if not is_template(file)]
    entries = ((file, name, entry) for file in files for name, entry in read_rules(file).items())
    return [(file, name) for file, name, entry in entries if "params" in entry]


def stocked_prodflow_rules(folder: Path) -> list[tuple[Path, str]]:
    """Copies of the real rule files and the names of their rules, with payloads that exist, and the script among their files."""
    copies = []
    for file, name in prodflow_rules():
        copy = folder / "rules" / file.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
        job = read_rules(file)[name]["job"]
        for entry in job["payload"]:
            (copy.parent / entry).parent.mkdir(parents=True, exist_ok=True)
            (copy.parent / entry.replace("*", "macro.C")).touch()
        script = (copy.parent / job["payload"][0]).parent / job["script"]
        script.touch()
        script.chmod(0o755)
        copies.append((copy, name))
    return copies


def prodflow_templates() -> list[Path]:
    """The real templates of rule files."""
    return [file for file in sorted(PRODFLOW.glob("*.yaml")) if is_template(file)]


def is_template(file: Path) -> bool:
    """True for a file whose build, dbtag and version a production fills in, as its name says."""
    return "PROD_TAG_VERSION" in file.name
