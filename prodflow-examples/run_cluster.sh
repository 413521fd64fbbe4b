#!/usr/bin/env bash
# Clusters: one segment of all hosts -> DST_TRKR_CLUSTER. Segment 2 is a busy one and takes some 40 MB for three seconds,
# so that a job that asked for less is held.

# The worker kit reads the arguments, moves to a scratch folder, brings the payload there, and reports at the end.
. "${SPHENIXPROD_SCRIPT_PATH}/common_runscript_prep.sh"
. ./functions.sh

# The inputs; the script ends here if they are not there.
./create_full_filelist_run_seg.py "$dataset" "$intriplet" "$dsttype" "$run" "$seg"
. "${SPHENIXPROD_SCRIPT_PATH}/stagein.sh" --checkonly

prodcli_phase clusters
say "row $dbid, $buildarg, $dbtag"
if [ "$seg" -eq 2 ]; then
    say "a busy segment: this takes memory"
    LC_ALL=C awk 'BEGIN { hits = "x"; for (i = 0; i < 25; i++) hits = hits hits; system("sleep 3"); exit hits == "" }'
fi
pass
./stageout.sh "$logbase.root" "$outdir"
say "done"
