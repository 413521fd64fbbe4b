#!/usr/bin/env bash
# Combining of one streaming host of a run with the trigger's files. The macro stages each file out as it is written.
. "${SPHENIXPROD_SCRIPT_PATH}/common_runscript_prep.sh"

./create_filelist_run_daqhost.py "$run" "$daqhost" "$inputs"

trigger=(*gl1*.list)
others=()
for list in *.list; do
    [[ $list == *gl1* ]] || others+=("$list")
done
if [[ ${#trigger[@]} -ne 1 || ! -e ${trigger[0]} || ${#others[@]} -ne 1 ]]; then
    echo "not exactly one list of the trigger and one of a host:" ./*.list >&2
    exit 111
fi

intt="" mvtx="" tpc="" tpot=""
case ${others[0]} in
    *intt*) intt=${others[0]} ;;
    *mvtx*) mvtx=${others[0]} ;;
    *ebdc39*) tpot=${others[0]} ;;
    *ebdc*) tpc=${others[0]} ;;
esac

macro="Fun4All_SingleStream_Combiner.C(${nevents},${run},\"${outdir}\",\"${histdir}\",\"${outbase}\",${neventsper},\"${dbtag}\""
macro+=",\"${trigger[0]}\",\"${tpc}\",\"${intt}\",\"${mvtx}\",\"${tpot}\");"
eval "root.exe -q -b '${macro}'"
status_f4a=$?

shopt -s nullglob
for file in HIST_*.root CALIB_*.root; do
    ./stageout.sh "$file" "$histdir"
done
exit ${status_f4a:-1}
