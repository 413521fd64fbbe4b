-- Jobs that were started more than once, submitted again, or climbed to more memory: those in a queue, and those that ended in the time that is shown.
SELECT s.dsttype, RESTARTS()
FROM (STARTS($__timeFilter(a.finished) AND ENDS(a), ON_BOARD(j))) s
GROUP BY 1 ORDER BY 1
