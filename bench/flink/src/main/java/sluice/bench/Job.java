package sluice.bench;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.api.StatementSet;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;

/** J1, J2 or J3 over what the topic holds. */
public final class Job {
    private Job() {}

    public static void main(String[] words) throws Exception {
        Arguments arguments = new Arguments(words);
        Catalog catalog = Cluster.catalog(arguments);
        Tables.create(catalog, arguments);
        List<TableIdentifier> targets = new ArrayList<>();
        if (!arguments.get("job").equals("J2")) targets.add(Tables.raw(arguments));
        if (!arguments.get("job").equals("J1")) targets.add(Tables.windows(arguments));
        Clocked.run(catalog, targets, () -> statements(arguments));
    }

    private static StatementSet statements(Arguments arguments) {
        StreamTableEnvironment tables = Cluster.open(arguments);
        tables.executeSql("CREATE TEMPORARY TABLE ev (user_id BIGINT, event_time TIMESTAMP_LTZ(3), event_type STRING,"
                + " properties MAP<STRING,STRING>, WATERMARK FOR event_time AS event_time - INTERVAL '5' SECOND) WITH ("
                + "'connector'='kafka','topic'=" + Cluster.quoted(arguments.get("topic"))
                + ",'properties.bootstrap.servers'=" + Cluster.quoted(arguments.get("brokers"))
                + ",'properties.group.id'=" + Cluster.quoted(arguments.get("id"))
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

    private static String target(TableIdentifier name) {
        return "lake.`" + name.namespace() + "`.`" + name.name() + "`";
    }
}
