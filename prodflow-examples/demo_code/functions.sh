# Functions of the demo's payload scripts; POSIX sh. They use the variables that a script has read from its arguments.

# say WORDS: a line for the log.
say() {
    printf '[%s-%08d-%05d] %s\n' "$outbase" "$run" "$seg" "$*"
}

# write_dst SEGMENT: stdin becomes a DST. Nobody ever sees half a file: it gets its name when it is complete.
write_dst() {
    name=$(printf '%s-%08d-%05d.root' "$outbase" "$run" "$1") &&
        cat >"$outdir/$name.part" &&
        mv "$outdir/$name.part" "$outdir/$name" &&
        say "wrote $name"
}

# header SEGMENT EVENTS INPUTS: the first lines of every DST.
header() {
    printf '%s\n' "demo DST" "made of: $3" "build: $buildarg" "conditions: $dbtag" "row: $dbid"
    printf 'run: %d\nsegment: %d\nevents: %d\n' "$run" "$1" "$2"
}

# list_inputs: the files of this run and segment, one name a line, of those dsttypes that have one.
# A real payload asks the file catalog; the demo looks beside its own output: ROOT/TRIPLET/LEAF/RUNGROUP.
list_inputs() {
    rungroup=${outdir##*/}
    top=${outdir%/*/*/*}
    suffix=$(printf '%s-%08d-%05d.root' "${dataset}_$intriplet" "$run" "$seg")
    (
        IFS=,
        for dsttype in $indsttype; do
            file="$top/$intriplet/$dsttype/$rungroup/${dsttype}_$suffix"
            if [ -f "$file" ]; then printf '%s\n' "$file"; fi
        done
    )
}

# pass: all inputs of this segment -> one DST.
pass() {
    inputs=$(list_inputs)
    if [ -z "$inputs" ]; then
        say "no input of tag $intriplet for run $run segment $seg" >&2
        return 3
    fi
    count=$(printf '%s\n' "$inputs" | wc -l)
    say "reading $((count)) input files of tag $intriplet"
    {
        header "$seg" "$neventsper" "$((count)) files of $intriplet"
        printf '%s\n' "$inputs" | sed 's|.*/|input: |'
    } | write_dst "$seg"
}
