-- Catalogs without rows in SQLite: the tables as the field has them, as far as prodcli and people look at them.

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
