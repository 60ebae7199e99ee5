"""Reads a table of a pipeline with PyIceberg, both ways, and says what it saw.

in:  {"metadata": uri, "rest": uri, "table": [namespace, name], "columns": [...], "filter": row filter text, "s3": {...}}
out: {"static": seen, "rest": seen} with seen = {"rows": [[...]], "files": n, "filtered_rows": n, "filtered_files": n, "snapshots": n}
"""
import json
import sys

from pyiceberg.catalog import load_catalog
from pyiceberg.table import StaticTable


def seen(table, columns, row_filter):
    rows = table.scan(selected_fields=tuple(columns)).to_arrow().to_pylist()
    filtered = table.scan(row_filter=row_filter)
    return {
        "rows": sorted([[str(row[column]) for column in columns] for row in rows]),
        "files": len(list(table.scan().plan_files())),
        "filtered_rows": filtered.to_arrow().num_rows,
        "filtered_files": len(list(filtered.plan_files())),
        "snapshots": len(table.metadata.snapshots),
    }


request = json.load(sys.stdin)
s3 = request["s3"]
properties = {
    "s3.endpoint": s3["endpoint"],
    "s3.access-key-id": s3["accessKeyId"],
    "s3.secret-access-key": s3["secretAccessKey"],
    "s3.region": s3["region"],
    "s3.path-style-access": "true",
    "py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO",
}
static = StaticTable.from_metadata(request["metadata"], properties)
rest = load_catalog("lake", type="rest", uri=request["rest"], warehouse="warehouse", **properties).load_table(tuple(request["table"]))
json.dump({name: seen(table, request["columns"], request["filter"]) for name, table in (("static", static), ("rest", rest))}, sys.stdout)
