package sluice.bench;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.StatementSet;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;

/**
 * One job over what the topic holds, in this JVM. Prints "ready" when the tables exist, waits for a line on standard input, runs, prints
 * "done FIRST_COMMIT_MS JOB_MS" (milliseconds after the line; -1 without a commit) and waits for the end of standard input, so that the
 * caller can read the process's CPU time at both marks: the JVM's start and the making of tables lie before the first.
 */
public final class Job {
    private Job() {}

    public static void main(String[] words) throws Exception {
        Arguments arguments = new Arguments(words);
        Map<String, String> properties = Tables.catalogProperties(arguments);
        Catalog catalog = Tables.open(properties);
        Tables.create(catalog, arguments);
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        System.out.println("ready");
        if (input.readLine() == null) return;
        long startedAt = System.currentTimeMillis();
        statements(arguments, properties).execute().await();
        long endedAt = System.currentTimeMillis();
        long first = firstCommit(catalog, arguments);
        System.out.println("done " + (first < 0 ? -1 : first - startedAt) + " " + (endedAt - startedAt));
        while (input.readLine() != null) {}
        System.exit(0);
    }

    private static StatementSet statements(Arguments arguments, Map<String, String> properties) {
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.createLocalEnvironment(2, configuration(arguments));
        StreamTableEnvironment tables =
                StreamTableEnvironment.create(environment, EnvironmentSettings.newInstance().inStreamingMode().build());
        tables.getConfig().setLocalTimeZone(java.time.ZoneOffset.UTC);
        if (arguments.flag("tuned")) tables.getConfig().set("table.optimizer.agg-phase-strategy", "ONE_PHASE");
        tables.executeSql("CREATE CATALOG lake WITH ('type'='iceberg'," + properties.entrySet().stream()
                .map(entry -> quoted(entry.getKey()) + "=" + quoted(entry.getValue())).collect(Collectors.joining(",")) + ")");
        tables.executeSql("CREATE TEMPORARY TABLE ev (user_id BIGINT, event_time TIMESTAMP_LTZ(3), event_type STRING,"
                + " properties MAP<STRING,STRING>, WATERMARK FOR event_time AS event_time - INTERVAL '5' SECOND) WITH ("
                + "'connector'='kafka','topic'=" + quoted(arguments.get("topic"))
                + ",'properties.bootstrap.servers'=" + quoted(arguments.get("brokers"))
                + ",'properties.group.id'=" + quoted(arguments.get("id"))
                + ",'scan.startup.mode'='earliest-offset','scan.bounded.mode'='latest-offset','format'='json',"
                + "'json.timestamp-format.standard'='ISO-8601','json.ignore-parse-errors'='false')");
        StatementSet set = tables.createStatementSet();
        String job = arguments.get("job");
        if (!job.equals("J2"))
            set.addInsertSql("INSERT INTO " + target(Tables.raw(arguments)) + " SELECT user_id, event_time, event_type, properties FROM ev");
        if (!job.equals("J1"))
            set.addInsertSql("INSERT INTO " + target(Tables.windows(arguments))
                    + " SELECT CAST(window_start AS TIMESTAMP_LTZ(6)), CAST(window_end AS TIMESTAMP_LTZ(6)), user_id, event_type, COUNT(*),"
                    + " MAX(CAST(event_time AS TIMESTAMP_LTZ(3)))"
                    + " FROM TABLE(TUMBLE(TABLE ev, DESCRIPTOR(event_time), INTERVAL '1' MINUTE))"
                    + " GROUP BY window_start, window_end, user_id, event_type");
        return set;
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

    private static long firstCommit(Catalog catalog, Arguments arguments) {
        List<TableIdentifier> names = new ArrayList<>();
        if (!arguments.get("job").equals("J2")) names.add(Tables.raw(arguments));
        if (!arguments.get("job").equals("J1")) names.add(Tables.windows(arguments));
        long first = -1;
        for (TableIdentifier name : names) {
            Table table = catalog.loadTable(name);
            for (Snapshot snapshot : table.snapshots())
                if (first < 0 || snapshot.timestampMillis() < first) first = snapshot.timestampMillis();
        }
        return first;
    }

    private static String target(TableIdentifier name) {
        return "lake.`" + name.namespace() + "`.`" + name.name() + "`";
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "''") + "'";
    }
}
