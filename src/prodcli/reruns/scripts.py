"""The scripts of a bundle: one that traces the script of the job, and one that runs the job by hand.

Pure: data in, data out.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import PurePath

TRACED, BY_HAND = "debug.sh", "by_hand.sh"
TRACE = "trace"  # the folder of what a traced job notes
VARIABLE = "PRODCLI_DEBUG"

_TRACED = """\
#!/usr/bin/env bash
# Started in place of the script of the job: notes where the job runs, then runs the script with every line of bash traced.
# Payloads find {variable}=1 in their environment, and may say more.
script={script}
notes={notes}
if [ ! -r "$script" ]; then script=./${{script##*/}}; fi
if ! mkdir -p "$notes" || [ ! -w "$notes" ]; then notes=$PWD; fi
notes=$notes/$(date +%Y%m%dT%H%M%S)-$$
{{
    echo "host $(hostname), folder $PWD, $(date)"
    cat /etc/os-release
    uname -a
    ulimit -a
    df -k .
    ls -la
}} >"$notes.node" 2>&1
echo 'set -x' >"$notes.bash"
exec 9>"$notes.trace"
export {variable}=1 BASH_XTRACEFD=9 BASH_ENV=$notes.bash PS4='+ ${{EPOCHREALTIME:-}} ${{BASH_SOURCE##*/}}:${{LINENO}}: '
env | sort >"$notes.environment"
exec "$script" "$@"
"""

_BY_HAND = """\
#!/usr/bin/env bash
# Runs the job here: bash {name}
{exports}
mkdir -p {folders}
_CONDOR_SCRATCH_DIR=$(mktemp -d)
export _CONDOR_SCRATCH_DIR
echo "scratch folder $_CONDOR_SCRATCH_DIR"
cd "$_CONDOR_SCRATCH_DIR" || exit 3
exec {command}
"""


def traced(script: str, folder: PurePath) -> str:
    """A script that runs another one, with each line of it and of the bash scripts that it starts traced below a folder."""
    return _TRACED.format(script=shlex.quote(script), notes=shlex.quote(str(folder / TRACE)), variable=VARIABLE)


def by_hand(command: Sequence[str], environment: Mapping[str, str], folders: Sequence[str]) -> str:
    """A script that runs a command as the batch system would, in a scratch folder of its own."""
    exports = "\n".join(f"export {name}={shlex.quote(value)}" for name, value in environment.items())
    return _BY_HAND.format(name=BY_HAND, exports=exports, folders=shlex.join(folders), command=shlex.join(command))
