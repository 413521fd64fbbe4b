-- The rows of the demo's catalogs.

-- name: insert_run
-- Adds a run to the daq database.
INSERT INTO run (runnumber, runtype, brtimestamp, ertimestamp, updatetimestamp, eventsinrun)
VALUES (:runnumber, :runtype, :begin, :finish, :finish, :events);

-- name: insert_host
-- Adds a host that took part in a run.
INSERT INTO hostinfo (runnumber, hostname, serverid) VALUES (:runnumber, :hostname, :serverid);

-- name: insert_filelist
-- Adds a raw file as the daq knows it.
INSERT INTO filelist (filename, runnumber, hostname, serverid, sequence, firstevent, lastevent, events, size, md5sum,
    transferred_to_sdcc, atime, btime)
VALUES (:filename, :runnumber, :hostname, :serverid, :segment, :firstevent, :lastevent, :events, :size, :md5, 1, :time, :time);

-- name: insert_raw
-- Adds a raw file to the catalog of raw files.
INSERT INTO datasets (filename, runnumber, segment, size, dataset, dsttype, daqhost, events, firstevent, lastevent, status,
    transferred_to_hpss)
VALUES (:filename, :runnumber, :segment, :size, :runtype, 'raw', :daqhost, :events, :firstevent, :lastevent, :status, 1);

-- name: insert_raw_file
-- Adds the place of a raw file.
INSERT INTO files (lfn, full_host_name, full_file_path, time, size, md5)
VALUES (:filename, 'lustre', :path, :time, :size, :md5);
