-- The rows of the bad night's catalogs.

-- name: insert_run
-- Adds a run to the daq database.
INSERT INTO run (runnumber, runtype, brtimestamp, ertimestamp, updatetimestamp, eventsinrun)
VALUES (:runnumber, :runtype, :begin, :finish, :finish, :events);

-- name: insert_made
-- Adds a file that an earlier production made to the file catalog.
INSERT INTO datasets (filename, runnumber, segment, size, dataset, dsttype, events, firstevent, lastevent, status, tag)
VALUES (:filename, :runnumber, :segment, :size, :dataset, :dsttype, :events, :firstevent, :lastevent, 1, :tag);

-- name: insert_made_file
-- Adds the place of a file that an earlier production made.
INSERT INTO files (lfn, full_host_name, full_file_path, time, size, md5)
VALUES (:filename, 'lustre', :path, :time, :size, :md5);
