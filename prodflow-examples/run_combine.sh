#!/bin/sh
# Combine the raw files of one run and host into events: DST_STREAMING_EVENT, DST_TRIGGERED_EVENT.
# One job leaves several files, one per segment of `neventsper` events. The events are made up.
#
# Arguments, by position as prodcli gives them:
#   1 build       2 dataset   3 triplet of the inputs   4 dsttypes (or raw hosts) of the inputs, with commas
#   5 run         6 segment   7 host (or `dummy`)       8 allsegsfromdb | seg0fromdb | dbinput
#   9 events (0 = all)       10 outdir   11 histdir    12 outbase   13 events per file   14 conditions tag
#  15 logbase    16 logdir   17 payload files, with commas          18 row id in the books
set -eu
buildarg=$1 dataset=$2 intriplet=$3 indsttype=$4 run=$5 seg=$6 daqhost=$7 inputs=$8 nevents=$9
shift 9
outdir=$1 histdir=$2 outbase=$3 neventsper=$4 dbtag=$5 logbase=$6 logdir=$7 payload=$8 dbid=$9
. "${payload%%\**}functions.sh"

# A real payload asks the raw catalog for the run's files; every run of the demo has as many events.
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
say "done: $segment segments"
