#!/usr/bin/env bash
# Combine the raw files of one run and host into events: DST_STREAMING_EVENT, DST_TRIGGERED_EVENT.
# One job leaves several files, one per segment of `neventsper` events. The events are made up.

# The worker kit reads the arguments, moves to a scratch folder, brings the payload there, and reports at the end.
. "${SPHENIXPROD_SCRIPT_PATH}/common_runscript_prep.sh"
. ./functions.sh

# A real payload would make lists of the raw files, by ./create_filelist_run_daqhost.py "$run" "$daqhost" "$inputs",
# and give them to its macro. In the demo every run has as many events.
total=200000
if [ "$nevents" -gt 0 ] && [ "$nevents" -lt "$total" ]; then total=$nevents; fi
if [ "$inputs" = seg0fromdb ] && [ "$neventsper" -lt "$total" ]; then total=$neventsper; fi

say "combining $daqhost of run $run: $total events, $inputs, $buildarg, $dbtag"
segment=0 first=0
while [ "$first" -lt "$total" ]; do
    events=$neventsper
    if [ $((first + events)) -gt "$total" ]; then events=$((total - first)); fi
    write_dst "$segment" "$events" "raw files of $daqhost"
    segment=$((segment + 1)) first=$((first + events))
done
prodcli_stageout "$outdir" "$outbase"-*.root
say "done: $segment segments"
