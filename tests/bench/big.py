"""Large catalogs in PostgreSQL, made by the server itself."""

from tests.support.catalog import CREATE
from tests.support.oracle import leaf_of
from tests.support.postgres_server import Cluster
from tests.support.rule_files import STREAMING

TPC = [f"ebdc{n:02d}{server}" for server in ("", ":1") for n in range(24)]
HOSTS = [*(f"intt{n}" for n in range(8)), *(f"mvtx{n}" for n in range(6)), *TPC, "ebdc39"]
FIRST_RUN = 66456
_RUNS = """
INSERT INTO run (runnumber, runtype, eventsinrun, brtimestamp, ertimestamp)
SELECT r, 'physics', {segments} * 10000, timestamp '2025-06-01', timestamp '2025-06-01 01:00:00'
FROM generate_series({first}, {last}) r;
ANALYZE;
"""
_RAW = """
INSERT INTO datasets (filename, runnumber, daqhost, segment, status, dataset)
SELECT h || '-' || r || '-' || s, r, h, s, 1, 'physics'
FROM generate_series({first}, {last}) r, unnest(CAST('{{{hosts}}}' AS text[])) h, generate_series(0, 2) s;
ANALYZE;
"""
_FILES = """
INSERT INTO datasets (filename, runnumber, segment, size, dataset, dsttype, status, tag)
SELECT 'DST_STREAMING_EVENT_' || l || '_run3auau_{tag}-' || lpad(CAST(r AS text), 8, '0') || '-'
       || lpad(CAST(s AS text), 5, '0') || '.root', r, s, 900000000, 'run3auau', 'DST_STREAMING_EVENT_' || l, 1, '{tag}'
FROM generate_series({first}, {last}) r, generate_series(0, {segments} - 1) s, unnest(CAST('{{{leaves}}}' AS text[])) l;
VACUUM ANALYZE;
"""
_PLACES = """
INSERT INTO files (lfn, full_host_name, full_file_path, time, size, md5)
SELECT filename, 'lustre', '/sphenix/lustre01/sphnxpro/production/run3auau/physics/{tag}/' || dsttype || '/run_00066400_00066500/'
       || filename, now(), size, md5(filename) FROM datasets;
VACUUM ANALYZE;
"""


def place_files(cluster: Cluster, prefix: str) -> None:
    """Give each file of a big catalog a place on disk."""
    cluster.psql(f"{prefix}_filecatalog", _PLACES.format(tag=STREAMING))


def big_catalog(cluster: Cluster, prefix: str, runs: int, segments: int) -> dict[str, str]:
    """Make catalogs of complete runs: runs x segments x 63 streaming files; returns URLs by database."""
    values = {
        "first": FIRST_RUN,
        "last": FIRST_RUN + runs - 1,
        "segments": segments,
        "tag": STREAMING,
        "hosts": ",".join(["gl1daq", *HOSTS]),
        "leaves": ",".join(leaf_of(host) for host in HOSTS),
    }
    urls = {}
    for role, fill in (("daq", _RUNS), ("raw", _RAW), ("filecatalog", _FILES)):
        name = f"{prefix}_{role}"
        cluster.create(name)
        cluster.psql(name, CREATE[role] + fill.format(**values))
        urls[role] = cluster.odbc(name)
    return urls
