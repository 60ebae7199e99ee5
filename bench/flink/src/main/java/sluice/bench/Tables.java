package sluice.bench;

import java.util.Map;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.types.Types;

/** The two tables, made by Iceberg's own API: Flink's DDL has no transform for day(event_time). */
final class Tables {
    private static final Schema RAW = new Schema(
            Types.NestedField.optional(1, "user_id", Types.LongType.get()),
            Types.NestedField.optional(2, "event_time", Types.TimestampType.withZone()),
            Types.NestedField.optional(3, "event_type", Types.StringType.get()),
            Types.NestedField.optional(4, "properties", Types.MapType.ofOptional(5, 6, Types.StringType.get(), Types.StringType.get())));
    private static final Schema WINDOWS = new Schema(
            Types.NestedField.optional(1, "window_start", Types.TimestampType.withZone()),
            Types.NestedField.optional(2, "window_end", Types.TimestampType.withZone()),
            Types.NestedField.optional(3, "user_id", Types.LongType.get()),
            Types.NestedField.optional(4, "event_type", Types.StringType.get()),
            Types.NestedField.optional(5, "cnt", Types.LongType.get()),
            Types.NestedField.optional(6, "last_event", Types.TimestampType.withZone()));
    private static final Map<String, String> PROPERTIES = Map.of(
            "format-version", "2",
            "write.format.default", "parquet",
            "write.parquet.compression-codec", "zstd",
            "write.distribution-mode", "none");

    private Tables() {}

    static void create(Catalog catalog, Arguments arguments) {
        Namespace namespace = Namespace.of(arguments.get("namespace"));
        SupportsNamespaces namespaces = (SupportsNamespaces) catalog;
        if (!namespaces.namespaceExists(namespace)) namespaces.createNamespace(namespace);
        String job = arguments.get("job");
        if (!job.equals("J2"))
            catalog.createTable(raw(arguments), RAW, PartitionSpec.builderFor(RAW).day("event_time").build(), PROPERTIES);
        if (!job.equals("J1"))
            catalog.createTable(windows(arguments), WINDOWS, PartitionSpec.unpartitioned(), PROPERTIES);
    }

    static TableIdentifier raw(Arguments arguments) {
        return TableIdentifier.of(arguments.get("namespace"), arguments.get("id") + "_raw");
    }

    static TableIdentifier windows(Arguments arguments) {
        return TableIdentifier.of(arguments.get("namespace"), arguments.get("id") + "_windows");
    }
}
