"""Rewrites a table of small files with PyIceberg: scan to Arrow, overwrite in one commit, the way its users compact.

in (stdin, JSON):  {"files": [path], "directory": path}
out (stdout, JSON): {"files": [path], "cpuSeconds": s, "wallSeconds": s, "peakRssMb": n, "version": text}
"""
import json
import resource
import sys
import time

import pyarrow
import pyarrow.parquet as pq
import pyiceberg
from pyiceberg.catalog.noop import NoopCatalog
from pyiceberg.io.pyarrow import PyArrowFileIO, pyarrow_to_schema
from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC
from pyiceberg.table import CommitTableResponse, Table
from pyiceberg.table.metadata import new_table_metadata
from pyiceberg.table.sorting import UNSORTED_SORT_ORDER
from pyiceberg.table.update import update_table_metadata

THREADS = 2


class OneTable(NoopCatalog):
    """A catalog of one table that lives in this process: commits cost nothing but their metadata."""

    def commit_table(self, table, requirements, updates):
        for requirement in requirements:
            requirement.validate(table.metadata)
        metadata = update_table_metadata(table.metadata, updates, metadata_location=table.metadata_location)
        return CommitTableResponse.model_construct(metadata=metadata, metadata_location=table.metadata_location)


def make_table(files, directory):
    metadata = new_table_metadata(
        schema=pyarrow_to_schema(pq.read_schema(files[0])),
        partition_spec=UNPARTITIONED_PARTITION_SPEC,
        sort_order=UNSORTED_SORT_ORDER,
        location=f"file://{directory}",
        properties={"write.parquet.compression-codec": "zstd"},
    )
    location = f"file://{directory}/metadata/00000.metadata.json"
    table = Table(("bench", "peer"), metadata, location, PyArrowFileIO(), OneTable("bench"))
    table.add_files([f"file://{file}" for file in files])
    return table


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    request = json.load(sys.stdin)
    pyarrow.set_cpu_count(THREADS)
    pyarrow.set_io_thread_count(THREADS)
    table = make_table(request["files"], request["directory"])
    cpu_before, wall_before = cpu(), time.monotonic()
    table.overwrite(table.scan().to_arrow())
    cpu_seconds, wall_seconds = cpu() - cpu_before, time.monotonic() - wall_before
    answer = {
        "files": [task.file.file_path.removeprefix("file://") for task in table.scan().plan_files()],
        "cpuSeconds": cpu_seconds,
        "wallSeconds": wall_seconds,
        "peakRssMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "version": pyiceberg.__version__,
    }
    json.dump(answer, sys.stdout)


main()
