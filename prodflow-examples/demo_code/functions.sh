# Functions of the demo's payload scripts. They use the variables that the worker kit has read from the arguments.

# say WORDS: a line for the log.
say() {
    printf '%s-%d-%d: %s\n' "$outbase" "$run" "$seg" "$*"
}

# write_dst SEGMENT EVENTS WORDS: make a DST in the scratch folder; WORDS tell what it was made of.
write_dst() {
    printf -v name '%s-%08d-%05d.root' "$outbase" "$run" "$1"
    printf '%s\n' "demo DST $name" "run: $run" "segment: $1" "events: $2" "first event: $(($1 * neventsper))" \
        "build: $buildarg" "conditions: $dbtag" "row: $dbid" "made of: $3" >"$name"
    say "wrote $name"
}

# pass: all inputs of this segment -> one DST. A line of infile_paths.list is `path md5 size host`.
pass() {
    inputs=$(sed 's/\( [^ ]*\)\{3\}$//' infile_paths.list)
    say "read $(wc -l <infile.list) files of tag $intriplet"
    write_dst "$seg" "$neventsper" "$inputs"
}
