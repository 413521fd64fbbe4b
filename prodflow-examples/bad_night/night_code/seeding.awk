# The bad night's stand-in for a seeding module: a seed needs at least so many hits of its five.
BEGIN {
    least = 3
    for (hits = 5; hits >= least; hits--) seeds++
    if (seeds == 0) {
        print "PHCASeeding.cc:214: int PHCASeeding::process_event(PHCompositeNode*): Assertion `seeds > 0' failed." > "/dev/stderr"
        exit 1
    }
}
