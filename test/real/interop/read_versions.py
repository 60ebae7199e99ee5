"""Counts and sums of a table at snapshots, by PyIceberg from metadata files.
in:  {"reads": [{"metadata": uri, "snapshot": "id", "column": name}], "s3": {...}}     out: [{"rows": n, "sum": n}]
"""
import json
import sys

import pyarrow.compute as pc
from pyiceberg.table import StaticTable


def main():
    request = json.load(sys.stdin)
    s3 = request["s3"]
    properties = {
        "s3.endpoint": s3["endpoint"], "s3.access-key-id": s3["accessKeyId"], "s3.secret-access-key": s3["secretAccessKey"],
        "s3.region": s3["region"], "s3.path-style-access": "true", "py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO"}
    out = []
    for read in request["reads"]:
        table = StaticTable.from_metadata(read["metadata"], properties)
        rows = table.scan(snapshot_id=int(read["snapshot"]), selected_fields=(read["column"],)).to_arrow()
        out.append({"rows": str(rows.num_rows), "sum": str(pc.sum(rows.column(read["column"])).as_py())})
    json.dump(out, sys.stdout)


main()
