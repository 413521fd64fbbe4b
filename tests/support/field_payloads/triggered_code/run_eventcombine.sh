#!/usr/bin/env bash
# Combining of one calorimeter host of a run. The macro finds the lists itself, and stages each file out as it is written.
. "${SPHENIXPROD_SCRIPT_PATH}/common_runscript_prep.sh"

./create_filelist_run_daqhost.py "$run" "$daqhost" "$inputs"
ls -l *.list

eval "root.exe -q -b 'Fun4All_Prdf_Combiner.C(${nevents},\"${daqhost}\",\"${outbase}\",\"${outdir}\")'"
status_f4a=$?

shopt -s nullglob
for file in HIST_*.root CALIB_*.root; do
    ./stageout.sh ${file} ${histdir}
done
exit ${status_f4a:-1}
