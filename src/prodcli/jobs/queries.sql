-- fragment: FIRST_OF_ALL(rows)
-- Some rows that are found first, by an index: PostgreSQL takes conditions that it cannot judge for met by many rows, and reads all.
WITH found AS MATERIALIZED ({rows}) SELECT * FROM found;

-- name: rows_of_all
-- All jobs of the books.
SELECT * FROM production_jobs;

-- name: rows_of_dbids
-- The jobs with these row ids.
FIRST_OF_ALL(SELECT * FROM production_jobs WHERE id IN (:dbids[int]));

-- name: rows_of_files
-- The jobs of these outputs.
FIRST_OF_ALL(SELECT * FROM production_jobs WHERE filename IN (:files[text]));

-- fragment: OF_CLUSTERS()
-- The job is of one of some clusters, or one of some jobs. Without the span PostgreSQL takes any list for ten clusters.
clusterid BETWEEN CAST(:first_cluster AS bigint) AND CAST(:last_cluster AS bigint) AND clusterid IN (:cluster_ids[int])
AND (CAST(:any_proc AS int) = 1 OR procid IN (:procs[int]));

-- name: rows_of_clusters
-- The jobs of these clusters. An index begins with the schedd; jobs of other tools have none.
WITH found AS MATERIALIZED (
    SELECT * FROM production_jobs
    WHERE schedd IN (SELECT schedd FROM production_harvest UNION SELECT schedd FROM production_claims) AND OF_CLUSTERS()
    UNION ALL
    SELECT * FROM production_jobs WHERE schedd IS NULL AND OF_CLUSTERS())
SELECT * FROM found;

-- name: rows_of_runs
-- The jobs of these runs.
FIRST_OF_ALL(SELECT * FROM production_jobs WHERE runnumber IN (:few_runs[int]));

-- name: rows_between_runs
-- The jobs from the first to the last run.
SELECT * FROM production_jobs WHERE runnumber BETWEEN CAST(:first_run AS int) AND CAST(:last_run AS int);

-- fragment: IN_STATES()
-- The job is in one of some states.
(CAST(status AS text) IN (:states[text]) OR substatus IN (:states[text]));

-- name: rows_in_queue
-- The jobs that have not ended, in these states.
FIRST_OF_ALL(SELECT * FROM production_jobs WHERE status NOT IN ('failed', 'finished') AND IN_STATES());

-- name: rows_failed
-- The jobs that failed, in these states.
FIRST_OF_ALL(SELECT * FROM production_jobs WHERE status = 'failed' AND IN_STATES());

-- name: rows_of_tags
-- The jobs of these tags, which are no longer than what the index has of a tag.
-- The limit leaves out none. Without a limit PostgreSQL may go back through all jobs for the newest ones of a tag.
SELECT * FROM production_jobs WHERE substr(tag, 1, 100) IN (:tags[text]) LIMIT 4611686018427387904;

-- fragment: OF_FILES(j)
-- The job makes one of some output files, if any.
(CAST(:all_files AS int) = 1 OR {j}.filename IN (:files[text]));

-- name: newest_rows
-- Which are the newest of the jobs that are chosen by their rows alone? Nothing is looked up for others.
WITH found AS MATERIALIZED (
    SELECT j.* FROM (/* rows */ SELECT * FROM production_jobs) j
    WHERE CHOSEN_ROW(j) AND OF_FILES(j) ORDER BY j.id DESC LIMIT CAST(:most AS bigint))
SELECT * FROM found;

-- fragment: ATTRIBUTES()
-- Some jobs with every attribute that people show, sort, choose and count by; times in seconds, memory in MB, disk in bytes.
(SELECT j.id AS dbid, CAST(j.clusterid AS text) || '.' || CAST(j.procid AS text) AS job, j.filename AS file,
     CAST(j.status AS text) AS status,
     CASE WHEN j.substatus = '' THEN CAST(j.status AS text) ELSE j.substatus END AS state, j.tag, j.dsttype, j.dataset,
     j.rulename AS rule, j.runnumber AS run, j.segment, j.schedd, j.clusterid AS cluster, j.procid AS proc, j.attempt, a.step,
     j.jobstarts AS starts, lower(COALESCE(a.node, j.execution_node)) AS node, r.site, r.cpu AS cpu_model, r.cores, r.os,
     COALESCE(a.exit_code, j.exitcode) AS exit_code, r.signal,
     CASE WHEN j.status IN ('held', 'failed') AND a.hold_code IS NOT NULL
          THEN CAST(a.hold_code AS text) || '/' || CAST(COALESCE(a.hold_subcode, 0) AS text) END AS hold_code,
     CASE WHEN j.status IN ('held', 'failed') THEN substr(COALESCE(a.hold_reason, (
-- the last error that the job reported
         SELECT m.text FROM production_messages m WHERE m.dbid = j.id AND m.attempt = j.attempt AND m.level = 'error'
         ORDER BY m.number DESC LIMIT 1)), 1, 2000) END AS reason,
     COALESCE(a.memory_asked, c.memory_asked) AS memory_asked, COALESCE(a.memory_used, j.memoryusage) AS memory_used,
     j.memoryprovisioned AS memory_slot, j.request_cpus AS cpus, CAST(j.request_disk AS bigint) * 1024 AS disk_asked,
     CAST(j.diskusage AS bigint) * 1024 AS disk_used,
     j.xferslots, j.remoteusercpu + j.remotesyscpu AS cpu_time, EPOCH(j.finished) - EPOCH(j.started) AS wall_time,
     CASE WHEN EPOCH(j.finished) > EPOCH(j.started)
          THEN 100.0 * (j.remoteusercpu + j.remotesyscpu)
               / ((EPOCH(j.finished) - EPOCH(j.started)) * COALESCE(NULLIF(j.request_cpus, 0), 1)) END AS efficiency,
     EPOCH(j.started) - EPOCH(j.submitted) AS waited,
     EPOCH(j.submitted) AS submitted, EPOCH(j.started) AS started, EPOCH(j.finished) AS finished,
     COALESCE(EPOCH(a.entered), EPOCH(j.submitted)) AS since, EPOCH(j.submitted) / 86400 * 86400 AS day_submitted,
     EPOCH(j.submitted) % 86400 / 3600 AS hour_submitted, EPOCH(j.finished) / 86400 * 86400 AS day_ended,
     EPOCH(j.finished) % 86400 / 3600 AS hour_ended, j.submission_host AS submit_host,
     c.account AS submitter, c.priority, c.batch_name AS batch,
     j.claim_id AS claim, c.kit, j.mask, j.intriplet AS input_tag, j.indsttype_str AS inputs, j.outputs_per_job AS outputs,
     j.neventsper AS events_per_output, r.events_in, r.events_out, CASE WHEN r.dbid IS NULL THEN 'no' ELSE 'yes' END AS reported,
     s.events AS events_done, s.events_total,
     CASE WHEN s.events_total > 0 THEN 100.0 * CAST(s.events AS float) / s.events_total END AS progress, EPOCH(s.cpu_at) AS last_cpu,
     EPOCH(s.events_at) AS last_event, EPOCH(s.output_at) AS last_output,
     CASE WHEN j.substatus = 'stalled' THEN s.stalled END AS stalled, j.log, j.err, j.out
 FROM (/* rows */ SELECT * FROM production_jobs) j
 LEFT JOIN production_attempts a ON CURRENT_STEP(a, j)
 LEFT JOIN production_claims c ON c.id = j.claim_id
 LEFT JOIN production_reports r ON r.dbid = j.id AND r.attempt = j.attempt
 LEFT JOIN production_signs s ON s.dbid = j.id AND s.attempt = j.attempt AND j.status = 'running'
 WHERE CHOSEN(j, a) AND OF_FILES(j)) x;

-- fragment: TEXT_OF(key)
-- The attribute of a job that has this name, as text.
CASE {key} WHEN 'dbid' THEN CAST(x.dbid AS text) WHEN 'job' THEN x.job WHEN 'file' THEN x.file WHEN 'status' THEN x.status
    WHEN 'state' THEN x.state WHEN 'tag' THEN x.tag WHEN 'dsttype' THEN x.dsttype WHEN 'dataset' THEN x.dataset
    WHEN 'rule' THEN x.rule WHEN 'run' THEN CAST(x.run AS text) WHEN 'segment' THEN CAST(x.segment AS text)
    WHEN 'schedd' THEN x.schedd WHEN 'cluster' THEN CAST(x.cluster AS text) WHEN 'proc' THEN CAST(x.proc AS text)
    WHEN 'attempt' THEN CAST(x.attempt AS text) WHEN 'step' THEN CAST(x.step AS text)
    WHEN 'starts' THEN CAST(x.starts AS text) WHEN 'node' THEN x.node WHEN 'site' THEN x.site
    WHEN 'cpu_model' THEN x.cpu_model WHEN 'cores' THEN CAST(x.cores AS text) WHEN 'os' THEN x.os
    WHEN 'exit_code' THEN CAST(x.exit_code AS text) WHEN 'signal' THEN CAST(x.signal AS text) WHEN 'hold_code' THEN x.hold_code
    WHEN 'reason' THEN x.reason WHEN 'memory_asked' THEN CAST(x.memory_asked AS text)
    WHEN 'memory_used' THEN CAST(x.memory_used AS text) WHEN 'memory_slot' THEN CAST(x.memory_slot AS text)
    WHEN 'cpus' THEN CAST(x.cpus AS text) WHEN 'disk_asked' THEN CAST(x.disk_asked AS text)
    WHEN 'disk_used' THEN CAST(x.disk_used AS text) WHEN 'xferslots' THEN CAST(x.xferslots AS text)
    WHEN 'cpu_time' THEN CAST(x.cpu_time AS text) WHEN 'wall_time' THEN CAST(x.wall_time AS text)
    WHEN 'efficiency' THEN CAST(x.efficiency AS text) WHEN 'waited' THEN CAST(x.waited AS text)
    WHEN 'submitted' THEN CAST(x.submitted AS text) WHEN 'started' THEN CAST(x.started AS text)
    WHEN 'finished' THEN CAST(x.finished AS text) WHEN 'since' THEN CAST(x.since AS text)
    WHEN 'day_submitted' THEN CAST(x.day_submitted AS text) WHEN 'hour_submitted' THEN CAST(x.hour_submitted AS text)
    WHEN 'day_ended' THEN CAST(x.day_ended AS text) WHEN 'hour_ended' THEN CAST(x.hour_ended AS text)
    WHEN 'submit_host' THEN x.submit_host WHEN 'submitter' THEN x.submitter WHEN 'priority' THEN CAST(x.priority AS text)
    WHEN 'batch' THEN x.batch WHEN 'claim' THEN x.claim WHEN 'kit' THEN x.kit
    WHEN 'mask' THEN x.mask WHEN 'input_tag' THEN x.input_tag WHEN 'inputs' THEN x.inputs
    WHEN 'outputs' THEN CAST(x.outputs AS text) WHEN 'events_per_output' THEN CAST(x.events_per_output AS text)
    WHEN 'events_in' THEN CAST(x.events_in AS text) WHEN 'events_out' THEN CAST(x.events_out AS text)
    WHEN 'reported' THEN x.reported WHEN 'events_done' THEN CAST(x.events_done AS text)
    WHEN 'events_total' THEN CAST(x.events_total AS text) WHEN 'progress' THEN CAST(x.progress AS text)
    WHEN 'last_cpu' THEN CAST(x.last_cpu AS text) WHEN 'last_event' THEN CAST(x.last_event AS text)
    WHEN 'last_output' THEN CAST(x.last_output AS text) WHEN 'stalled' THEN x.stalled WHEN 'log' THEN x.log WHEN 'err' THEN x.err WHEN 'out' THEN x.out END;

-- fragment: AGREES(w)
-- The job agrees with the condition w: a value, a part of the text, or a span of numbers.
CASE WHEN {w}.low IS NOT NULL THEN CAST(TEXT_OF({w}.attribute) AS float) BETWEEN {w}.low AND {w}.high
     WHEN {w}.part IS NOT NULL THEN lower(TEXT_OF({w}.attribute)) LIKE lower({w}.part) ESCAPE '!'
     ELSE COALESCE(TEXT_OF({w}.attribute), '') = {w}.value END;

-- fragment: MEETS_CONDITIONS()
-- The job agrees with one alternative of each condition on attributes, and with nothing that is ruled out.
(CAST(:conditions AS int) = 0
 OR (SELECT COUNT(DISTINCT w.number)
     FROM RECORDS(:wanted) AS w(number int, attribute text, value text, part text, low float, high float)
     WHERE AGREES(w)) = CAST(:conditions AS int))
AND (CAST(:exceptions AS int) = 0
 OR NOT EXISTS (SELECT 1 FROM RECORDS(:unwanted) AS w(attribute text, value text, part text, low float, high float)
                WHERE AGREES(w)));

-- name: listed_jobs
-- Which jobs are chosen, in the order of some attributes?
SELECT /* columns */ * FROM ATTRIBUTES() WHERE MEETS_CONDITIONS() ORDER BY /* order */ x.dbid DESC LIMIT CAST(:most AS bigint);

-- fragment: IN_TROUBLE(x)
-- How many jobs, since when, which is the newest, and with which memory?
COUNT(*) AS jobs, MIN({x}.since) AS first, MAX({x}.since) AS last, MAX({x}.dbid) AS example,
    MIN({x}.memory_asked) AS asked_min, MAX({x}.memory_asked) AS asked_max,
    MIN({x}.memory_used) AS used_min, MAX({x}.memory_used) AS used_max;

-- name: counted_errors
-- How many of the chosen jobs are in trouble, for which reason, since when, and which is the newest?
SELECT x.state, x.hold_code, x.exit_code, x.reason, IN_TROUBLE(x)
FROM ATTRIBUTES()
WHERE x.status IN ('held', 'failed', 'evicted') AND MEETS_CONDITIONS()
GROUP BY x.state, x.hold_code, x.exit_code, x.reason;

-- name: counted_errors_by_signature
-- As counted_errors, by the signature of what the jobs died of, too; and when did the newest failure begin?
SELECT f.signature_id AS signature, MAX(EPOCH(f.entered)) AS newest, x.state, x.hold_code, x.exit_code, x.reason, IN_TROUBLE(x)
FROM ATTRIBUTES()
LEFT JOIN production_failures f ON f.dbid = x.dbid AND f.attempt = x.attempt AND f.step = x.step
WHERE x.status IN ('held', 'failed', 'evicted') AND MEETS_CONDITIONS()
GROUP BY f.signature_id, x.state, x.hold_code, x.exit_code, x.reason;

-- name: trouble_by_run
-- Of what are how many jobs of each run held, evicted or failed now? The name or text of their signature, else reason, state and code.
SELECT j.tag, j.dsttype, j.dataset, j.runnumber AS run,
    CASE WHEN s.id IS NOT NULL THEN s.state WHEN j.substatus = '' THEN CAST(j.status AS text) ELSE j.substatus END AS state,
    CASE WHEN s.id IS NOT NULL THEN s.code WHEN a.exit_code IS NOT NULL THEN 'exit ' || CAST(a.exit_code AS text)
         WHEN a.hold_code IS NOT NULL THEN CAST(a.hold_code AS text) || '/' || CAST(COALESCE(a.hold_subcode, 0) AS text)
         ELSE '' END AS code,
    COALESCE(NULLIF(s.name, ''), s.text, '') AS error, CASE WHEN s.id IS NULL THEN a.hold_reason END AS reason, COUNT(*) AS jobs
FROM (SELECT * FROM production_jobs WHERE status NOT IN ('failed', 'finished') AND status IN ('held', 'evicted')
      UNION ALL SELECT * FROM production_jobs WHERE status = 'failed') j
LEFT JOIN production_attempts a ON CURRENT_STEP(a, j)
LEFT JOIN production_failures f ON f.dbid = j.id AND f.attempt = j.attempt AND f.step = a.step
LEFT JOIN production_signatures s ON s.id = f.signature_id
WHERE OF_TAGS(j)
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;

-- name: reasons
-- Which reasons do the chosen jobs have?
SELECT DISTINCT x.reason FROM ATTRIBUTES() WHERE x.reason IS NOT NULL AND MEETS_CONDITIONS();

-- fragment: VALUES_OF(kinds, name, x)
-- The number of chosen jobs for each value of an attribute, from kinds of jobs that were counted before.
SELECT {name} AS attribute, CAST({x} AS text) AS value, CAST(SUM(jobs) AS bigint) AS jobs FROM {kinds} GROUP BY 2;

-- fragment: EACH_VALUE(name, x)
-- The number of chosen jobs for each value of an attribute in which jobs of a kind differ.
SELECT {name} AS attribute, CAST({x} AS text) AS value, COUNT(*) AS jobs FROM chosen GROUP BY 2;

-- name: counted_values
-- How many of the chosen jobs have which value, attribute by attribute? Numbers with many values are counted in steps.
-- Jobs of a cluster are much alike, and so are those of a node: they are counted as kinds first, and kinds are few.
WITH chosen AS MATERIALIZED (
    SELECT status, state, tag, dsttype, dataset, rule, run, segment, schedd, cluster, attempt, step, starts, node, site, cpu_model,
        cores, os, exit_code, signal, hold_code, reason, memory_asked, memory_used, cpus, disk_asked, xferslots, wall_time,
        waited, day_submitted, hour_submitted, day_ended, hour_ended, submit_host, submitter,
        priority, kit, mask, input_tag, outputs,
        events_per_output, reported
    FROM ATTRIBUTES() WHERE MEETS_CONDITIONS()),
alike AS MATERIALIZED (
    SELECT status, state, tag, dsttype, dataset, rule, run, schedd, cluster, attempt, step, starts, exit_code, signal, hold_code,
        memory_asked, cpus, disk_asked, xferslots, day_submitted, hour_submitted, submit_host, submitter, priority, kit, mask,
        input_tag, outputs, events_per_output, reported, COUNT(*) AS jobs
    FROM chosen
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30),
machines AS MATERIALIZED (
    SELECT node, site, cpu_model, cores, os, COUNT(*) AS jobs FROM chosen GROUP BY 1, 2, 3, 4, 5)
VALUES_OF(alike, 'status', status) UNION ALL VALUES_OF(alike, 'state', state) UNION ALL VALUES_OF(alike, 'tag', tag)
UNION ALL VALUES_OF(alike, 'dsttype', dsttype) UNION ALL VALUES_OF(alike, 'dataset', dataset)
UNION ALL VALUES_OF(alike, 'rule', rule) UNION ALL VALUES_OF(alike, 'run', run) UNION ALL VALUES_OF(alike, 'schedd', schedd)
UNION ALL VALUES_OF(alike, 'cluster', cluster) UNION ALL VALUES_OF(alike, 'attempt', attempt)
UNION ALL VALUES_OF(alike, 'step', step) UNION ALL VALUES_OF(alike, 'starts', starts)
UNION ALL VALUES_OF(alike, 'exit_code', exit_code) UNION ALL VALUES_OF(alike, 'signal', signal)
UNION ALL VALUES_OF(alike, 'hold_code', hold_code) UNION ALL VALUES_OF(alike, 'memory_asked', memory_asked)
UNION ALL VALUES_OF(alike, 'cpus', cpus) UNION ALL VALUES_OF(alike, 'disk_asked', disk_asked)
UNION ALL VALUES_OF(alike, 'xferslots', xferslots) UNION ALL VALUES_OF(alike, 'day_submitted', day_submitted)
UNION ALL VALUES_OF(alike, 'hour_submitted', hour_submitted) UNION ALL VALUES_OF(alike, 'submit_host', submit_host)
UNION ALL VALUES_OF(alike, 'submitter', submitter) UNION ALL VALUES_OF(alike, 'priority', priority)
UNION ALL VALUES_OF(alike, 'kit', kit) UNION ALL VALUES_OF(alike, 'mask', mask)
UNION ALL VALUES_OF(alike, 'input_tag', input_tag) UNION ALL VALUES_OF(alike, 'outputs', outputs)
UNION ALL VALUES_OF(alike, 'events_per_output', events_per_output) UNION ALL VALUES_OF(alike, 'reported', reported)
UNION ALL VALUES_OF(machines, 'node', node) UNION ALL VALUES_OF(machines, 'site', site)
UNION ALL VALUES_OF(machines, 'cpu_model', cpu_model) UNION ALL VALUES_OF(machines, 'cores', cores)
UNION ALL VALUES_OF(machines, 'os', os) UNION ALL EACH_VALUE('segment', segment) UNION ALL EACH_VALUE('reason', reason)
UNION ALL EACH_VALUE('memory_used', memory_used / 512 * 512) UNION ALL EACH_VALUE('wall_time', wall_time / 3600 * 3600)
UNION ALL EACH_VALUE('waited', waited / 3600 * 3600) UNION ALL EACH_VALUE('day_ended', day_ended)
UNION ALL EACH_VALUE('hour_ended', hour_ended);

-- name: counted_main_values
-- As counted_values, of the attributes that an overview names.
WITH chosen AS MATERIALIZED (
    SELECT state, tag, dsttype, rule, run, schedd, node, site, exit_code, hold_code, memory_asked
    FROM ATTRIBUTES() WHERE MEETS_CONDITIONS()),
alike AS MATERIALIZED (
    SELECT state, tag, dsttype, rule, run, schedd, exit_code, hold_code, memory_asked, COUNT(*) AS jobs
    FROM chosen GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9),
machines AS MATERIALIZED (SELECT node, site, COUNT(*) AS jobs FROM chosen GROUP BY 1, 2)
VALUES_OF(alike, 'state', state) UNION ALL VALUES_OF(alike, 'tag', tag) UNION ALL VALUES_OF(alike, 'dsttype', dsttype)
UNION ALL VALUES_OF(alike, 'rule', rule) UNION ALL VALUES_OF(alike, 'run', run) UNION ALL VALUES_OF(alike, 'schedd', schedd)
UNION ALL VALUES_OF(alike, 'exit_code', exit_code) UNION ALL VALUES_OF(alike, 'hold_code', hold_code)
UNION ALL VALUES_OF(alike, 'memory_asked', memory_asked) UNION ALL VALUES_OF(machines, 'node', node)
UNION ALL VALUES_OF(machines, 'site', site);
