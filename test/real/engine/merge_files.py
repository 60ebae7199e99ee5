"""pyarrow beside the copying path: writes files to be merged, and compares a merged file with its sources.

in:  {"mode": "write", "files": [path], "rows": n, "options": {write_table's}} or {"mode": "compare", "files": [path], "target": path}
out: {"rows": n} or {"rows": n, "differences": [text]}; the second is empty when the target is its sources, one after the other
"""
import datetime
import decimal
import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq


def field(name, kind, number):
    return pa.field(name, kind, metadata={"PARQUET:field_id": str(number)})


SCHEMA = pa.schema([
    field("id", pa.int64(), 1),
    field("small", pa.int32(), 2),
    field("ratio", pa.float32(), 3),
    field("value", pa.float64(), 4),
    field("price", pa.decimal128(12, 3), 5),
    field("born", pa.date32(), 6),
    field("at", pa.timestamp("us", tz="UTC"), 7),
    field("local", pa.timestamp("us"), 8),
    field("name", pa.string(), 9),
    field("raw", pa.binary(), 10),
    field("flag", pa.bool_(), 11),
    field("tags", pa.list_(field("element", pa.string(), 13)), 12),
    field("props", pa.map_(pa.string(), pa.int64()), 14),
    field("place", pa.struct([field("x", pa.int32(), 18), field("y", pa.string(), 19)]), 17),
])


def row(i):
    none = i % 7 == 0
    values = {
        "small": i % 100,
        "ratio": float("nan") if i % 50 == 0 else i / 4,
        "value": i / 3,
        "price": decimal.Decimal(i).scaleb(-3),
        "born": datetime.date(1969, 12, 1) + datetime.timedelta(days=i % 90),
        "at": datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(microseconds=i * 777),
        "local": datetime.datetime(1969, 12, 31, 23) + datetime.timedelta(seconds=i),
        "name": f"few {i % 5}" if i % 3 else f"many {i} " + "\u00e4" * (i % 30),
        "raw": bytes([i % 256, 255, 0]),
        "flag": i % 2 == 0,
        "tags": [] if i % 4 == 0 else [f"t{i}", None],
        "props": [(f"k{i % 9}", i), ("z", None)],
        "place": {"x": i, "y": f"y{i}"},
    }
    return {"id": i, **{name: None if none else value for name, value in values.items()}}


def write(request):
    per_file = request["rows"]
    for index, path in enumerate(request["files"]):
        rows = [row(i) for i in range(index * per_file, (index + 1) * per_file)]
        pq.write_table(pa.Table.from_pylist(rows, SCHEMA), path, **request["options"])
    return {"rows": per_file * len(request["files"])}


def column_facts(column):
    facts = column.to_dict()
    for name in ("file_offset", "dictionary_page_offset", "data_page_offset", "index_page_offset", "bloom_filter_offset"):
        facts.pop(name, None)
    return repr(facts)


def group_facts(file):
    metadata = file.metadata
    for g in range(metadata.num_row_groups):
        group = metadata.row_group(g)
        columns = [column_facts(group.column(c)) for c in range(group.num_columns)]
        yield repr((group.num_rows, group.total_byte_size, group.sorting_columns)), columns


def compare(request):
    differences = []
    sources = [pq.ParquetFile(path, page_checksum_verification=True) for path in request["files"]]
    target = pq.ParquetFile(request["target"], page_checksum_verification=True)
    target.metadata.validate() if hasattr(target.metadata, "validate") else None
    for source in sources:
        if not source.schema_arrow.equals(target.schema_arrow, check_metadata=True):
            differences.append(f"schema: {source.schema_arrow} and {target.schema_arrow}")
        if not source.schema.equals(target.schema):
            differences.append("the Parquet schema")
    facts = [fact for source in sources for fact in group_facts(source)]
    found = list(group_facts(target))
    if facts != found:
        differences += [f"row group {i}: {a} and {b}" for i, (a, b) in enumerate(zip(facts, found)) if a != b][:3]
        differences.append(f"{len(facts)} row groups and {len(found)}")
    expected = pa.concat_tables([source.read() for source in sources])
    table = target.read()
    # As text: NaN equals itself there.
    if expected.to_pylist().__repr__() != table.to_pylist().__repr__():
        differences.append("rows")
    for low in (0, table.num_rows // 2):
        wanted = [("id", ">=", low), ("id", "<", low + 10)]
        if pq.read_table(request["target"], filters=wanted).num_rows != pq.read_table(request["files"], filters=wanted).num_rows:
            differences.append(f"rows from {low} by filter")
    return {"rows": table.num_rows, "differences": differences}


request = json.load(sys.stdin)
json.dump(write(request) if request["mode"] == "write" else compare(request), sys.stdout)
