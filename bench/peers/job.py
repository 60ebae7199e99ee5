"""The work behind the polls: parse, commit, each in a thread of its own."""
import time
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa

import lake
from events import parse
from say import say
from windows import Windows


class Job:
    """Parses in one thread and commits in one per table, while the main thread polls."""

    def __init__(self, options, partitions):
        catalog = lake.open_catalog(options)
        job = options["job"]
        self.raw = lake.open_table(catalog, options["raw"], lake.RAW, lake.BY_DAY) if job != "J2" else None
        self.windows = Windows(partitions) if job != "J1" else None
        self.window_table = lake.open_table(catalog, options["windows"], lake.WINDOWS) if self.windows else None
        if self.window_table and (self.window_table.current_snapshot() or (self.raw and self.raw.current_snapshot())):
            raise SystemExit("the tables hold rows: windows that were open are not known any more; name new tables")
        self.start = lake.committed_offsets(self.raw) if self.raw else {}
        self.parser, self.raw_writer, self.window_writer = (ThreadPoolExecutor(1) for _ in range(3))
        self.rows = []
        self.parsing = []
        self.writing = []
        self.started = time.monotonic()

    def take(self, values, partitions):
        """Hands messages to the parser; waits when it is two calls behind."""
        self.parsing.append(self.parser.submit(self.parse, values, partitions))
        if len(self.parsing) > 2:
            self.parsing.pop(0).result()

    def parse(self, values, partitions):
        rows = parse(values, self.raw is not None)
        self.rows.append(rows)
        if self.windows:
            self.windows.see(rows, partitions)

    def commit(self, offsets):
        """Commits all that was taken, behind the commit before."""
        self.wait()
        self.parsing = []
        tables, self.rows = self.rows, []
        if not tables:
            return
        if self.raw:
            self.writing.append(self.raw_writer.submit(self.append, self.raw, lambda: pa.concat_tables(tables), offsets))
        if self.windows:
            until = self.windows.boundary()
            rows = lambda: self.windows.close(tables, until)
            self.writing.append(self.window_writer.submit(self.append, self.window_table, rows, offsets))

    def append(self, table, rows, offsets):
        rows = rows()
        if len(rows) == 0:
            return
        lake.append(table, rows, offsets)
        say(at="commit", table=".".join(table.name()), rows=len(rows), seconds=time.monotonic() - self.started)

    def wait(self):
        for task in self.parsing + self.writing:
            task.result()
        self.writing = []
