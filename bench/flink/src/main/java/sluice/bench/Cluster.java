package sluice.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.catalog.Catalog;

/** Flink in this JVM: two slots, checkpoints, state, and the catalog "lake". */
final class Cluster {
    private Cluster() {}

    static StreamTableEnvironment open(Arguments arguments) {
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.createLocalEnvironment(2, configuration(arguments));
        StreamTableEnvironment tables =
                StreamTableEnvironment.create(environment, EnvironmentSettings.newInstance().inStreamingMode().build());
        tables.getConfig().setLocalTimeZone(java.time.ZoneOffset.UTC);
        if (arguments.flag("tuned")) tables.getConfig().set("table.optimizer.agg-phase-strategy", "ONE_PHASE");
        tables.executeSql("CREATE CATALOG lake WITH ('type'='iceberg'," + catalogProperties(arguments).entrySet().stream()
                .map(entry -> quoted(entry.getKey()) + "=" + quoted(entry.getValue())).collect(Collectors.joining(",")) + ")");
        return tables;
    }

    /** The same catalog by Iceberg's own API. */
    static Catalog catalog(Arguments arguments) {
        Map<String, String> properties = catalogProperties(arguments);
        return CatalogUtil.loadCatalog(
                properties.get("catalog-impl"), "lake", properties, new org.apache.hadoop.conf.Configuration());
    }

    static String quoted(String text) {
        return "'" + text.replace("'", "''") + "'";
    }

    /** The secret comes by the environment. */
    private static Map<String, String> catalogProperties(Arguments arguments) {
        Map<String, String> properties = new LinkedHashMap<>();
        properties.put("catalog-impl", "org.apache.iceberg.nessie.NessieCatalog");
        properties.put("uri", arguments.get("nessie"));
        properties.put("ref", arguments.get("branch"));
        properties.put("warehouse", arguments.get("warehouse"));
        properties.put("io-impl", "org.apache.iceberg.aws.s3.S3FileIO");
        properties.put("s3.endpoint", arguments.get("s3"));
        properties.put("s3.path-style-access", arguments.get("path-style"));
        properties.put("client.region", arguments.get("region"));
        properties.put("s3.access-key-id", System.getenv("AWS_ACCESS_KEY_ID"));
        properties.put("s3.secret-access-key", System.getenv("AWS_SECRET_ACCESS_KEY"));
        return properties;
    }

    private static Configuration configuration(Arguments arguments) {
        String checkpoints = "file://" + arguments.get("directory") + "/checkpoints";
        boolean rocksdb = arguments.get("state").equals("rocksdb");
        Configuration configuration = new Configuration();
        configuration.setString("execution.checkpointing.interval", arguments.get("checkpoint-seconds") + " s");
        configuration.setString("execution.checkpointing.mode", "EXACTLY_ONCE");
        configuration.setString("execution.checkpointing.storage", "filesystem");
        configuration.setString("execution.checkpointing.dir", checkpoints);
        configuration.setString("execution.checkpointing.incremental", Boolean.toString(rocksdb));
        configuration.setString("state.backend.type", rocksdb ? "rocksdb" : "hashmap");
        configuration.setString("restart-strategy.type", "none");
        configuration.setString("taskmanager.numberOfTaskSlots", "2");
        configuration.setString("taskmanager.memory.managed.size", "512m");
        configuration.setString("taskmanager.memory.network.min", "128m");
        configuration.setString("taskmanager.memory.network.max", "128m");
        configuration.setString("io.tmp.dirs", arguments.get("directory"));
        if (arguments.flag("tuned")) configuration.setString("pipeline.object-reuse", "true");
        return configuration;
    }
}
