"""One-minute windows per (user_id, event_type): DuckDB over the Arrow rows of a commit and those of windows that were open before it."""
import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from events import TIME, WITHOUT_PROPERTIES

MINUTE = 60_000_000
# How far out of order events may come, in microseconds.
BOUND = 5_000_000

# DuckDB gives times the zone of its session.
CLOSED_COLUMNS = pa.schema(
    {"window_start": TIME, "window_end": TIME, "user_id": pa.int64(), "event_type": pa.string(), "cnt": pa.int64(), "last_event": TIME}
)
CLOSED = f"""
select make_timestamptz(minute * {MINUTE}) as window_start, make_timestamptz((minute + 1) * {MINUTE}) as window_end,
  user_id, event_type, cnt, last_event
from (
  select epoch_us(event_time) // {MINUTE} as minute, user_id, event_type, count(*) as cnt, max(event_time) as last_event
  from rows group by all
)"""


class Windows:
    """A window closes when every partition has shown an event 5 s behind its end; rows for a closed one are dropped, as Flink does."""

    def __init__(self, partitions):
        self.newest = dict.fromkeys(partitions)
        self.closed_until = 0
        self.open = WITHOUT_PROPERTIES.empty_table()
        self.database = duckdb.connect()

    def see(self, rows, partitions):
        """Notes the newest event time of each partition; `partitions` has one number per row."""
        times = pa.table({"partition": pa.array(partitions, pa.int32()), "time": rows.column("event_time").cast(pa.int64())})
        newest = times.group_by("partition").aggregate([("time", "max")])
        for partition, time in zip(newest.column("partition").to_pylist(), newest.column("time_max").to_pylist()):
            known = self.newest[partition]
            self.newest[partition] = time if known is None else max(known, time)

    def boundary(self):
        """Windows that end up to this time, in microseconds, are closed by what was seen."""
        if any(time is None for time in self.newest.values()):
            return self.closed_until
        return max(self.closed_until, (min(self.newest.values()) - BOUND) // MINUTE * MINUTE)

    def close(self, tables, until):
        """Rows of the windows up to `until`, a boundary, given the rows that came since the last call; keeps those of open windows."""
        rows = pa.concat_tables([self.open, *(table.select(WITHOUT_PROPERTIES.names) for table in tables)])
        times = rows.column("event_time")
        is_open = pc.greater_equal(times, pa.scalar(until, TIME))
        self.open = rows.filter(is_open)
        in_time = pc.greater_equal(times, pa.scalar(self.closed_until, TIME))
        rows = rows.filter(pc.and_not(in_time, is_open))
        self.closed_until = until
        self.database.register("rows", rows)
        try:
            return self.database.sql(CLOSED).to_arrow_table().cast(CLOSED_COLUMNS)
        finally:
            self.database.unregister("rows")
