-- The demo's catalogs in SQLite: the tables as the field has them, as far as prodcli and people look at them.

-- name: create_daq
-- Makes the tables of the daq database.
CREATE TABLE run (
    runnumber int PRIMARY KEY, runtype text, brtimestamp timestamp, ertimestamp timestamp, updatetimestamp timestamp,
    eventsinrun bigint, marked_invalid int DEFAULT 0);
CREATE TABLE hostinfo (runnumber int, hostname text, serverid int DEFAULT 0, PRIMARY KEY (runnumber, hostname, serverid));
CREATE TABLE filelist (
    filename text PRIMARY KEY, runnumber int, hostname text, serverid int, sequence int, firstevent bigint,
    lastevent bigint, events bigint, size bigint, md5sum text, transferred_to_sdcc boolean, atime timestamp,
    btime timestamp);
CREATE INDEX filelist_run ON filelist (runnumber);

-- name: create_raw
-- Makes the tables of the catalog of raw files.
CREATE TABLE datasets (
    filename text, runnumber int, segment int, size bigint, dataset text, dsttype text, daqhost text, events bigint,
    firstevent bigint, lastevent bigint, status int, transferred_to_hpss boolean, PRIMARY KEY (filename, dataset));
CREATE TABLE files (
    lfn text, full_host_name text, full_file_path text, time timestamp, size bigint, md5 text,
    PRIMARY KEY (lfn, full_host_name, full_file_path));
CREATE INDEX datasets_run_host ON datasets (runnumber, daqhost);

-- name: create_filecatalog
-- Makes the tables of the file catalog.
CREATE TABLE datasets (
    filename text, runnumber int, segment int, size bigint, dataset text, dsttype text, events bigint, firstevent bigint,
    lastevent bigint, status int DEFAULT 1, tag text, PRIMARY KEY (filename, dataset));
CREATE TABLE files (
    lfn text, full_host_name text, full_file_path text, time timestamp, size bigint, md5 text,
    PRIMARY KEY (lfn, full_host_name, full_file_path));
CREATE INDEX datasets_run ON datasets (runnumber);
CREATE INDEX datasets_dsttype_tag_run ON datasets (dsttype, tag, runnumber);

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
