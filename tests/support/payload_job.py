"""A payload script that runs as a job does: with the kit, a scratch folder, lists and a stand-in for ROOT."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import prodcli

KIT = Path(prodcli.__file__).parent / "worker"
RUN, SEGMENT, ROW = 66500, 3, 4711
DATASET, TRIPLET, OUTBASE = "run3auau", "ana538_nocdbtag_v001", "DST_TRKR_CLUSTER_run3auau_ana540_2025p012_v001"
LOGBASE = f"{OUTBASE}-{RUN:08d}-{SEGMENT:05d}"
SOURCE = '. "${SPHENIXPROD_SCRIPT_PATH}/common_runscript_prep.sh"\n'
# Counts events as our macro does; else leaves what the payload wants of it, and ends with $ROOT_CODE.
ROOT = """#!/usr/bin/env bash
case "$*" in
*GetEntriesAndEventNr*) printf 'Processing macro\\nentries 100\\nfirst event 1\\nlast event 99\\n'; exit 0 ;;
esac
echo "root: $*"
. "$ROOT_SCRIPT"
exit "${ROOT_CODE:-0}"
"""


@dataclass(frozen=True)
class Ran:
    """A job that has ended."""

    code: int
    out: str
    err: str
    report: dict[str, Any]

    @property
    def outputs(self) -> dict[str, dict[str, Any]]:
        """What was to be staged out, by name."""
        return {output["lfn"]: output for output in self.report["outputs"]}

    @property
    def texts(self) -> list[str]:
        """The messages."""
        return [message["text"] for message in self.report["messages"]]


@dataclass
class PayloadJob:
    """The folders and variables of one job; `root` is what the stand-in for ROOT does, in bash."""

    folder: Path
    root: str = ""
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for path in (self.scratch, self.lists, self.tools, self.folder / "out", self.folder / "hist"):
            path.mkdir(parents=True)
        self.write("tools/root.exe", ROOT).chmod(0o755)
        self.write("macro.sh", self.root)

    @property
    def scratch(self) -> Path:
        return self.folder / "scratch"

    @property
    def lists(self) -> Path:
        return self.folder / "lists"

    @property
    def tools(self) -> Path:
        return self.folder / "tools"

    @property
    def report_file(self) -> Path:
        return self.folder / "log" / f"{LOGBASE}.report.json"

    def write(self, name: str, text: str) -> Path:
        """A file below the folder of the job."""
        path = self.folder / name
        path.write_text(text)
        return path

    def list_inputs(self, *rows: Sequence[object], dataset: str = DATASET, triplet: str = TRIPLET) -> None:
        """The lists that come with the job: dsttype, segment, filename, path, md5, size, host."""
        lines = [("#prodcli-lists", 1, dataset, triplet), *rows]
        text = "".join("\t".join(map(str, line)) + "\n" for line in lines)
        self.write(f"lists/{RUN:08d}.tsv", text)

    def staged(self, folder: str = "out") -> list[str]:
        """What lies in a target folder, hidden files too."""
        return sorted(path.name for path in (self.folder / folder).iterdir())

    def variables(self) -> dict[str, str]:
        """The environment of the job."""
        return {
            "PATH": f"{self.tools}:/usr/bin:/bin",
            "_CONDOR_SCRATCH_DIR": str(self.scratch),
            "SPHENIXPROD_SCRIPT_PATH": str(KIT),
            "PRODCLI_LISTS": str(self.lists),
            "PRODCLI_ATTEMPT": "2",
            "PRODCLI_OS": "*",
            "PRODCLI_SETUP": "off",
            "PRODCLI_RETRY_SECONDS": "0.05",
            "ROOT_SCRIPT": str(self.folder / "macro.sh"),
            **self.environment,
        }

    def arguments(self, **given: object) -> list[str]:
        """The eighteen arguments; `given` replaces some, by name."""
        kit = ["stageout.sh", "stagein.sh", "create_filelist_run_daqhost.py", "create_full_filelist_run_seg.py"]
        values: Mapping[str, object] = {
            **{"buildarg": "ana.540", "dataset": DATASET, "intriplet": TRIPLET, "dsttype": "DST_A,DST_B"},
            **{"run": RUN, "seg": SEGMENT, "daqhost": "ebdc07", "inputs": "seg0fromdb", "nevents": 0},
            **{"outdir": self.folder / "out", "histdir": self.folder / "hist", "outbase": OUTBASE, "neventsper": 100},
            **{"dbtag": "2025p012", "logbase": LOGBASE, "logdir": f"file:{self.folder}/log"},
            **{"payload": ",".join(str(KIT / name) for name in kit), "dbid": ROW},
            **given,
        }
        return [str(value) for value in values.values()]

    def start(self, script: str, shell: str = "bash", **given: object) -> subprocess.Popen[str]:
        """Start a payload script, prep.sh included unless the script sources it itself."""
        text = script if "common_runscript_prep" in script else SOURCE + script
        path = self.write("payload.sh", f"#!/usr/bin/env {shell}\n{text}")
        path.chmod(0o755)
        command = [str(path), *self.arguments(**given)]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=self.variables(), cwd="/", stdout=pipe, stderr=pipe, text=True)

    def ran(self, process: subprocess.Popen[str]) -> Ran:
        """Wait for the end of the script."""
        out, err = process.communicate(timeout=60)
        report = json.loads(self.report_file.read_text()) if self.report_file.exists() else {}
        return Ran(process.returncode, out, err, report)

    def run(self, script: str, shell: str = "bash", **given: object) -> Ran:
        """Run a payload script to its end."""
        return self.ran(self.start(script, shell, **given))
