#!/usr/bin/env bash
# Clusters of one segment. The macro begins a new file every ${neventsper} events, and stages each out by itself.
. "${SPHENIXPROD_SCRIPT_PATH}/common_runscript_prep.sh"

first=$((seg * 10))
./create_full_filelist_run_seg.py $dataset $intriplet $dsttype $run $seg

stump=${logbase%%-*}.root
macro="Fun4All_RolloverJob0.C(${nevents},${run},\"${outdir}\",\"${stump}\",${neventsper},${first},\"${dbtag}\",\"infile.list\""
macro+=",\"${histdir}\")"
eval "root.exe -q -b '${macro}'"
status_f4a=$?

echo "all files were staged out by the macro"
exit ${status_f4a:-1}
