#!/usr/bin/env bash
# A payload script without inputs: the seed makes the events, so that a job that runs again makes the same ones.
set -euo pipefail
run=$1 segment=$2 seed=$3 events=$4 outdir=$5 logbase=$6

awk -v seed="$seed" -v events="$events" 'BEGIN { srand(seed); for (i = 0; i < events; i++) print i, rand() }' >events.txt
mkdir -p "$outdir"
mv events.txt "$outdir/$logbase.root"
echo "run $run, segment $segment: $events events of seed $seed"
