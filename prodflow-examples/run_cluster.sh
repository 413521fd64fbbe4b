#!/bin/sh
# Clusters: one segment of all hosts -> DST_TRKR_CLUSTER. Segment 2 is a busy one and takes some 40 MB for three seconds,
# so that a job that asked for less is held.
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

say "row $dbid, $buildarg, $dbtag"
if [ "$seg" -eq 2 ]; then
    say "a busy segment: this takes memory"
    LC_ALL=C awk 'BEGIN { hits = "x"; for (i = 0; i < 25; i++) hits = hits hits; system("sleep 3"); exit hits == "" }'
fi
pass
say "done"
