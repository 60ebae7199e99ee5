"""Merges Parquet files with pyarrow, as PyIceberg reads and writes them: files to Arrow, Arrow to one file, zstd.

in (stdin, JSON):  {"files": [path], "target": path}
out (stdout, JSON): {"cpuSeconds": s, "wallSeconds": s, "peakRssMb": n, "version": text}
"""
import json
import resource
import sys
import time

import pyarrow
import pyarrow.parquet as pq


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def merge(files, target):
    with pq.ParquetWriter(target, pq.read_schema(files[0]), compression="zstd") as writer:
        for file in files:
            writer.write_table(pq.read_table(file), row_group_size=122880)


def main():
    request = json.load(sys.stdin)
    pyarrow.set_cpu_count(2)
    cpu_before, wall_before = cpu(), time.monotonic()
    merge(request["files"], request["target"])
    taken = (cpu() - cpu_before, time.monotonic() - wall_before)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    json.dump({"cpuSeconds": taken[0], "wallSeconds": taken[1], "peakRssMb": peak, "version": pyarrow.__version__}, sys.stdout)


main()
