# The demo's stand-in for ROOT: the events of a DST, the first and the last, as stageout.sh wants them.
/^events: / { events = $2 }
/^first event: / { first = $3 }
END { print "entries", events; print "first event", first; print "last event", first + events - 1 }
