#!/usr/bin/env bash
# One step of a chain: all inputs of a run and segment -> one file. The demo has no physics: it lists what it read.

# The worker kit reads the arguments, moves to a scratch folder, brings the payload there, and reports at the end.
. "${SPHENIXPROD_SCRIPT_PATH}/common_runscript_prep.sh"
. ./functions.sh

# The inputs; the script ends here if they are not there.
./create_full_filelist_run_seg.py "$dataset" "$intriplet" "$dsttype" "$run" "$seg"
. "${SPHENIXPROD_SCRIPT_PATH}/stagein.sh" --checkonly

say "row $dbid, $buildarg, $dbtag"
pass
./stageout.sh "$logbase.root" "$outdir"
say "done"
