#!/usr/bin/env bash
# One step of the bad night's chain: one file -> one file. The demo has no physics: it lists what it read.

# The worker kit reads the arguments, moves to a scratch folder, brings the payload there, and reports at the end.
. "${SPHENIXPROD_SCRIPT_PATH}/common_runscript_prep.sh"
. ./functions.sh

# The inputs; the script ends here if they are not there.
./create_full_filelist_run_seg.py "$dataset" "$intriplet" "$dsttype" "$run" "$seg"
. "${SPHENIXPROD_SCRIPT_PATH}/stagein.sh" --checkonly

say "row $dbid, $buildarg, $dbtag"
prodcli_phase reconstruction
case $outbase in
*DST_TRKR_SEED_*) awk -f seeding.awk infile_paths.list || exit 134 ;;
esac
pass
./stageout.sh "$logbase.root" "$outdir"
say "done"
