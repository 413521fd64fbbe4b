#!/usr/bin/env bash
# A payload script that tells everything that a job can tell: a pattern for your own (docs/payloads.md). It fits a rule
# whose jobs read the files of one segment; Fun4All_Mine.C and Quality.C are macros of its payload.
. "${SPHENIXPROD_SCRIPT_PATH}/common_runscript_prep.sh"

# The inputs; the script ends here with 10 or 11 if they are not there, or not healthy.
./create_full_filelist_run_seg.py "$dataset" "$intriplet" "$dsttype" "$run" "$seg"
. "${SPHENIXPROD_SCRIPT_PATH}/stagein.sh" --checkonly
prodcli_message info "reads $(wc -l <infile.list) files"

prodcli_phase reconstruction
root.exe -q -b "Fun4All_Mine.C($nevents, \"infile.list\", \"$logbase.root\", \"$dbtag\")"
status_f4a=$?
if [ "$status_f4a" -ne 0 ]; then
    prodcli_message error "Fun4All_Mine.C ended with code $status_f4a"
    exit "$status_f4a"
fi
prodcli_events in "$(cat events_read.txt)" # the macro leaves the number there

prodcli_phase quality
if root.exe -q -b "Quality.C(\"$logbase.root\", \"quality.json\")"; then
    prodcli_quality quality.json
else
    prodcli_message warning "no quality: Quality.C failed"
fi

prodcli_phase outputs
./stageout.sh "$logbase.root" "$outdir"
shopt -s nullglob
prodcli_stageout "$histdir" HIST_*.root
exit "$status_f4a"
