"""The Iceberg tables, through PyIceberg and Nessie's REST catalog."""
import json

from pyiceberg.catalog import load_catalog
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import DayTransform
from pyiceberg.types import LongType, MapType, NestedField, StringType, TimestamptzType

OFFSETS = "kafka.offsets"

RAW = Schema(
    NestedField(1, "user_id", LongType(), required=False),
    NestedField(2, "event_time", TimestamptzType(), required=False),
    NestedField(3, "event_type", StringType(), required=False),
    NestedField(4, "properties", MapType(5, StringType(), 6, StringType(), value_required=False), required=False),
)
BY_DAY = PartitionSpec(PartitionField(source_id=2, field_id=1000, transform=DayTransform(), name="event_time_day"))
WINDOWS = Schema(
    NestedField(1, "window_start", TimestamptzType(), required=False),
    NestedField(2, "window_end", TimestamptzType(), required=False),
    NestedField(3, "user_id", LongType(), required=False),
    NestedField(4, "event_type", StringType(), required=False),
    NestedField(5, "cnt", LongType(), required=False),
    NestedField(6, "last_event", TimestamptzType(), required=False),
)
# A dictionary that grows beyond this gives way to plain values: of columns with many values it costs more than it saves.
PROPERTIES = {"write.parquet.dict-size-bytes": str(64 << 10)}


def open_catalog(options):
    return load_catalog(
        "lake",
        type="rest",
        uri=options["catalog"],
        warehouse="warehouse",
        **{
            "s3.endpoint": options["s3"]["endpoint"],
            "s3.access-key-id": options["s3"]["accessKeyId"],
            "s3.secret-access-key": options["s3"]["secretAccessKey"],
            "s3.region": options["s3"]["region"],
            "s3.path-style-access": "true",
            "py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO",
        },
    )


def open_table(catalog, name, schema, spec=PartitionSpec()):
    catalog.create_namespace_if_not_exists(name.split(".")[0])
    return catalog.create_table_if_not_exists(name, schema=schema, partition_spec=spec, properties=PROPERTIES)


def committed_offsets(table):
    """Next offset by partition, from the last commit; empty for a table without one."""
    snapshot = table.current_snapshot()
    text = snapshot.summary.additional_properties.get(OFFSETS) if snapshot else None
    return {int(partition): offset for partition, offset in json.loads(text or "{}").items()}


def append(table, rows, offsets):
    """One commit: the rows, and in its summary how far the topic is in the table."""
    table.append(rows, snapshot_properties={OFFSETS: json.dumps(offsets)})
