"""Computes again, with PyIceberg, what the manifests say of each file of a table: partition values from the rows, bounds, counts.
in:  {"metadata": [uri], "s3": {...}}     out: for each, {"files": n, "rows": n, "bounds": n, "differences": [text]}
"""
import json
import sys

from pyiceberg.conversions import from_bytes, to_bytes
from pyiceberg.io.pyarrow import PYARROW_PARQUET_FIELD_ID_KEY, StatsAggregator
from pyiceberg.table import StaticTable
from pyiceberg.types import BinaryType, BooleanType, DateType, DecimalType, DoubleType, FloatType, IntegerType, LongType, PrimitiveType
from pyiceberg.types import StringType, TimestampType, TimestamptzType, UUIDType
from pyiceberg.utils.datetime import date_to_days, datetime_to_micros
import math
import uuid
import pyarrow.parquet as pq

PHYSICAL = {BooleanType: "BOOLEAN", IntegerType: "INT32", DateType: "INT32", LongType: "INT64", TimestampType: "INT64", TimestamptzType: "INT64",
            FloatType: "FLOAT", DoubleType: "DOUBLE", StringType: "BYTE_ARRAY", BinaryType: "BYTE_ARRAY", UUIDType: "FIXED_LEN_BYTE_ARRAY"}


def internal(value, kind):
    """A value as PyIceberg's transforms take it."""
    if value is None:
        return None
    if isinstance(kind, DateType):
        return date_to_days(value)
    if isinstance(kind, TimestamptzType):
        return datetime_to_micros(value)
    if isinstance(kind, TimestampType):
        return datetime_to_micros(value)
    if isinstance(kind, UUIDType) and isinstance(value, bytes):
        return uuid.UUID(bytes=value)
    return value


def partition_of(value):
    return value if not isinstance(value, bytes) else value.hex()


def main():
    request = json.load(sys.stdin)
    json.dump([judge(metadata, request["s3"]) for metadata in request["metadata"]], sys.stdout)


def judge(metadata, s3):
    table = StaticTable.from_metadata(metadata, {
        "s3.endpoint": s3["endpoint"], "s3.access-key-id": s3["accessKeyId"], "s3.secret-access-key": s3["secretAccessKey"],
        "s3.region": s3["region"], "s3.path-style-access": "true", "py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO"})
    schema = table.schema()
    differences, rows, bounds, files = [], 0, 0, 0
    for task in table.scan().plan_files():
        file = task.file
        files += 1
        with table.io.new_input(file.file_path).open() as handle:
            data = pq.read_table(handle)
        rows += data.num_rows

        def check(what, found, expected):
            if found != expected:
                differences.append(f"{file.file_path.rsplit('/', 1)[-1]} {what}: manifest {found!r}, PyIceberg {expected!r}")

        check("record_count", file.record_count, data.num_rows)
        columns = {}
        for field in data.schema:
            columns[int(field.metadata[PYARROW_PARQUET_FIELD_ID_KEY])] = data.column(field.name).to_pylist()
        spec = table.specs()[file.spec_id]
        for position, part in enumerate(spec.fields):
            kind = schema.find_type(part.source_id)
            transform = part.transform.transform(kind)
            found = {partition_of(transform(internal(value, kind))) for value in columns[part.source_id]}
            check(f"partition {part.name}", {partition_of(internal(file.partition[position], part.transform.result_type(kind)))
                                             if not isinstance(file.partition[position], int) else file.partition[position]}, found)
        for field in schema.fields:
            if not isinstance(field.field_type, PrimitiveType) or field.field_id not in columns:
                continue
            kind, values = field.field_type, columns[field.field_id]
            present = [value for value in values if value is not None]
            check(f"{field.name} value_count", file.value_counts.get(field.field_id), len(values))
            check(f"{field.name} null_count", file.null_value_counts.get(field.field_id), len(values) - len(present))
            if isinstance(kind, (FloatType, DoubleType)):
                present = [value for value in present if not math.isnan(value)]
            if isinstance(kind, UUIDType):
                present = [value if isinstance(value, bytes) else value.bytes for value in present]
            if not present:
                check(f"{field.name} bounds of nothing", (file.lower_bounds.get(field.field_id), file.upper_bounds.get(field.field_id)), (None, None))
                continue
            if isinstance(kind, (DecimalType, UUIDType)):
                least, greatest = min(present), max(present)
                expected = (least, greatest) if isinstance(kind, UUIDType) else (to_bytes(kind, least), to_bytes(kind, greatest))
            else:
                statistics = StatsAggregator(kind, PHYSICAL[type(kind)], 16 if isinstance(kind, (StringType, BinaryType)) else None)
                statistics.update_min(min(present))
                statistics.update_max(max(present))
                expected = (statistics.min_as_bytes(), statistics.max_as_bytes())
            bounds += 1
            for side, stored, computed in (("lower", file.lower_bounds, expected[0]), ("upper", file.upper_bounds, expected[1])):
                found = stored.get(field.field_id)
                if isinstance(kind, (LongType, FloatType, DoubleType)) and found is not None and computed is not None:
                    # Bounds keep the width of the type that the file was written with (spec, appendix D); a zero at the edge has either sign.
                    written = {LongType: IntegerType(), DoubleType: FloatType()}.get(type(kind)) if len(found) == 4 else None
                    found, computed = from_bytes(written or kind, found), from_bytes(kind, computed)
                check(f"{field.name} {side}", found, computed)
    return {"files": files, "rows": rows, "bounds": bounds, "differences": differences}


main()
