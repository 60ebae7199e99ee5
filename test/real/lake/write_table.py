"""Writes to an Iceberg table through Nessie's REST endpoint, as a foreign program would. One JSON document on stdin:
{"uri", "table": [namespace, name], "create": bool, "s3": {...}}. Appends the rows (1, "a") and (2, "b") twice, as two commits, and then deletes id 1.
"""
import json
import sys

import pyarrow as pa
from pyiceberg.catalog import load_catalog
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import LongType, NestedField, StringType


def main():
    request = json.load(sys.stdin)
    s3 = request["s3"]
    catalog = load_catalog(
        "lake",
        type="rest",
        uri=request["uri"],
        warehouse="warehouse",
        **{
            "s3.endpoint": s3["endpoint"],
            "s3.access-key-id": s3["accessKeyId"],
            "s3.secret-access-key": s3["secretAccessKey"],
            "s3.region": s3["region"],
            "s3.path-style-access": "true",
            "py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO",
        },
    )
    name = tuple(request["table"])
    if request["create"]:
        schema = Schema(NestedField(1, "id", LongType(), required=True), NestedField(2, "name", StringType(), required=False))
        spec = PartitionSpec(PartitionField(source_id=2, field_id=1000, transform=IdentityTransform(), name="name"))
        table = catalog.create_table(name, schema=schema, partition_spec=spec)
    else:
        table = catalog.load_table(name)
    arrow = pa.schema([pa.field("id", pa.int64(), nullable=False), pa.field("name", pa.string())])
    for rows in ([(1, "a"), (2, "b")], [(3, "a"), (4, None)]):
        table.append(pa.Table.from_pylist([{"id": i, "name": n} for i, n in rows], schema=arrow))
    if request["create"]:
        table.delete("id == 1")


main()
