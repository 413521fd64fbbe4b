#!/usr/bin/env bash
# stageout.sh FILE DESTINATION [DBID]: copies a file to its target, under the name that the spiders read, and deletes it here.
# DBID missing, -1 or 0: $PRODDB_DBID. Called by scripts, and by ROOT when it closes a file. Codes: 0, 30 no such file,
# 31 it could not be copied, 2 wrong arguments. A failure is noted for the report too, and a pattern that nothing matches
# (`HIST_*.root`) is no failure.

for prodcli_folder in "${PRODCLI_KIT:-}" "${SPHENIXPROD_SCRIPT_PATH:-}" "${BASH_SOURCE[0]%/*}" .; do
    if [ -f "$prodcli_folder/prodcli_job.py" ]; then break; fi
done
if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    exec "${PRODCLI_PYTHON:-python3}" -E -s -S "$prodcli_folder/prodcli_job.py" stageout "$@"
fi
"${PRODCLI_PYTHON:-python3}" -E -s -S "$prodcli_folder/prodcli_job.py" stageout "$@" && prodcli_code=0 || prodcli_code=$?
if [ $prodcli_code -ne 0 ]; then
    status_f4a=$prodcli_code
    . "${SPHENIXPROD_SCRIPT_PATH}/common_runscript_finish.sh"
fi
