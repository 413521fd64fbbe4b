#!/usr/bin/env bash
# Calorimeter fits of one segment. The exit code says nothing: nobody sets it, and success ends with 1.
. "${SPHENIXPROD_SCRIPT_PATH}/common_runscript_prep.sh"

./create_full_filelist_run_seg.py $dataset $intriplet $dsttype $run $seg

outfile=${logbase}.root
outhist=${outfile/DST_CALOFITTING/HIST_CALOFITTINGQA}
eval "root.exe -q -b 'Fun4All_Year2_Fitting.C(${nevents},\"infile.list\",\"${outfile}\",\"${outhist}\",\"${dbtag}\")'"

for file in HIST_*.root; do
    ./stageout.sh ${file} ${histdir}
done
./stageout.sh ${logbase}.root ${outdir} ${dbid}
exit ${status_f4a:-1}
