#!/usr/bin/env bash
# Seeds of one segment. Whether a file was staged out is not looked at.
. "${SPHENIXPROD_SCRIPT_PATH}/common_runscript_prep.sh"

./create_full_filelist_run_seg.py $dataset $intriplet $dsttype $run $seg

eval "root.exe -q -b 'Fun4All_JobA.C(${nevents},\"${logbase}.root\",\"${dbtag}\",\"infile.list\")'"
status_f4a=$?

./stageout.sh ${logbase}.root ${outdir} ${dbid}
for file in HIST_*.root; do # there is no histogram: the pattern itself is staged out
    ./stageout.sh ${file} ${histdir}
done
exit ${status_f4a:-1}
