"""What running jobs have written so far, as `condor_tail` shows it: the Python bindings cannot ask for it."""

from __future__ import annotations

import os
import shutil
import subprocess

from prodcli.batch import ProcId
from prodcli.batch.htcondor.schedds import Schedds

_PATIENCE = 20.0  # seconds
_TOOL = "condor_tail"


class ReadRunningOutput(Schedds):
    """Questions to the nodes of running jobs."""

    def running_output(self, schedd: str, job: ProcId, stderr: bool, most: int) -> bytes | None:
        """The last bytes of a running job's stdout or stderr; None if there is no `condor_tail`, or it finds none."""
        tool = shutil.which(_TOOL)
        if tool is None:
            return None
        cluster, proc = job
        words = [
            tool,
            "-name",
            schedd,
            *self._client.pool_words(),
            "-maxbytes",
            str(most),
            *(["-stderr"] if stderr else []),
        ]
        try:
            done = subprocess.run(
                [*words, f"{cluster}.{proc}"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_PATIENCE,
                env=os.environ | self._client.environment(),
                check=False,
            )
        except (OSError, subprocess.SubprocessError):
            return None
        return done.stdout if done.returncode == 0 else None
