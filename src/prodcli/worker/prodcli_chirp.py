"""Numbers that a job tells the batch system about itself: by condor_chirp, or by the file of the local batch."""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes longer to load than many a tool to work
    from typing import Dict, Optional

_CHIRP = "/usr/libexec/condor/condor_chirp"
_CHIRP_SECONDS = 5


def tell(numbers: "Dict[str, Optional[int]]") -> None:
    """Tell the numbers that are known, by the last part of their attribute; not being able to is no failure."""
    known = {"ChirpProdcli" + name: number for name, number in numbers.items() if number is not None}
    file = os.environ.get("PRODCLI_TOLD")
    if file:
        _write(file, known)
    elif os.environ.get("_CONDOR_JOB_AD"):
        _chirp(known)


def _write(path: str, numbers: "Dict[str, int]") -> None:
    unfinished = "%s.%d" % (path, os.getpid())
    try:
        with open(unfinished, "w", encoding="ascii") as file:
            file.write("".join("%s = %d\n" % pair for pair in numbers.items()))
        os.rename(unfinished, path)
    except OSError:
        return


def _chirp(numbers: "Dict[str, int]") -> None:
    """Numbers that a glance at the queue or the history should show; HTCondor takes them with its next update."""
    import shutil
    import subprocess

    program = shutil.which("condor_chirp") or (_CHIRP if os.path.exists(_CHIRP) else None)
    if not program:
        return
    for name, number in numbers.items():
        try:
            subprocess.run(
                [program, "set_job_attr_delayed", name, str(number)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_CHIRP_SECONDS,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            return
