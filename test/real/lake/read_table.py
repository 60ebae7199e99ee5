"""Reads an Iceberg table with PyIceberg, the outside reader of the tests. Takes one JSON document on stdin, prints one on stdout.

in:  {"mode": "static", "metadata": uri} or {"mode": "rest", "uri": ..., "table": [namespace, name]}, "s3": {endpoint, accessKeyId, secretAccessKey, region},
     "filters": {name: PyIceberg row filter text}, "history": false to leave the rows of older snapshots alone
out: {"rows": [...], "snapshots": [{id, parent, operation, rows}], "filters": {name: {"files": n, "ids": [...]}}, "files": n}
"""
import datetime
import decimal
import json
import sys
import uuid

from pyiceberg.catalog import load_catalog
from pyiceberg.table import StaticTable

EPOCH = datetime.datetime(1970, 1, 1)


def micros(value):
    if value.tzinfo is not None:
        value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    return str((value - EPOCH) // datetime.timedelta(microseconds=1))


def plain(value):
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return value
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, datetime.datetime):
        return micros(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    raise TypeError(f"no plain form for {type(value)}")


def rows_of(scan):
    return sorted((plain(row) for row in scan.to_arrow().to_pylist()), key=lambda row: int(row["id"]))


def main():
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
    if request["mode"] == "static":
        table = StaticTable.from_metadata(request["metadata"], properties)
    else:
        table = load_catalog("lake", type="rest", uri=request["uri"], warehouse="warehouse", **properties).load_table(tuple(request["table"]))
    snapshots = []
    for snapshot in table.metadata.snapshots:
        snapshots.append({
            "id": str(snapshot.snapshot_id),
            "parent": None if snapshot.parent_snapshot_id is None else str(snapshot.parent_snapshot_id),
            "operation": snapshot.summary.operation.value,
            "ids": [row["id"] for row in rows_of(table.scan(snapshot_id=snapshot.snapshot_id))] if request.get("history", True) else [],
        })
    filters = {}
    for name, text in request.get("filters", {}).items():
        scan = table.scan(row_filter=text)
        filters[name] = {"files": len(list(scan.plan_files())), "ids": [row["id"] for row in rows_of(scan)]}
    json.dump({
        "rows": rows_of(table.scan()),
        "snapshots": snapshots,
        "history": [str(entry.snapshot_id) for entry in table.history()],
        "filters": filters,
        "files": len(list(table.scan().plan_files())),
    }, sys.stdout)


main()
