-- name: data_of_cluster
-- Of which data are the jobs of a cluster?
SELECT DISTINCT j.dataset, j.tag, j.dsttype, j.runnumber AS run FROM production_jobs j WHERE CHOSEN_ROW(j)
ORDER BY j.dsttype, j.runnumber;
