# Functions of the demo's payload scripts; POSIX sh. They use the variables that a script has read from its arguments.

# say WORDS: a line for the log.
say() {
    printf '%s-%d-%d: %s\n' "$outbase" "$run" "$seg" "$*"
}

# write_dst SEGMENT EVENTS WORDS: make a DST; WORDS tell what it was made of.
# Nobody ever sees half a file: it gets its name when it is complete.
write_dst() {
    name=$(printf '%s-%08d-%05d.root' "$outbase" "$run" "$1")
    printf '%s\n' "demo DST $name" "run: $run" "segment: $1" "events: $2" "build: $buildarg" "conditions: $dbtag" \
        "row: $dbid" "made of: $3" >"$outdir/$name.part"
    mv "$outdir/$name.part" "$outdir/$name"
    say "wrote $name"
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
        say "no input of tag $intriplet" >&2
        return 3
    fi
    count=$(printf '%s\n' "$inputs" | wc -l)
    say "read $((count)) files of tag $intriplet"
    write_dst "$seg" "$neventsper" "$inputs"
}
