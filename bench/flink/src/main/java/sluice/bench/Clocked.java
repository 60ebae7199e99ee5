package sluice.bench;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.List;
import java.util.function.Supplier;
import org.apache.flink.table.api.StatementSet;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;

/**
 * Runs statements between two marks. Prints "ready" when the tables exist, waits for a line on standard input, runs, prints
 * "done FIRST_COMMIT_MS JOB_MS" (milliseconds after the line; -1 without a commit) and waits for the end of standard input, so that the
 * caller can read the process's CPU time at both marks: the JVM's start and the making of tables lie before the first.
 */
final class Clocked {
    private Clocked() {}

    static void run(Catalog catalog, List<TableIdentifier> targets, Supplier<StatementSet> statements) throws Exception {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        System.out.println("ready");
        if (input.readLine() == null) return;
        long startedAt = System.currentTimeMillis();
        statements.get().execute().await();
        long endedAt = System.currentTimeMillis();
        long first = firstCommit(catalog, targets);
        System.out.println("done " + (first < 0 ? -1 : first - startedAt) + " " + (endedAt - startedAt));
        while (input.readLine() != null) {}
        System.exit(0);
    }

    private static long firstCommit(Catalog catalog, List<TableIdentifier> targets) {
        long first = -1;
        for (TableIdentifier target : targets)
            for (Snapshot snapshot : catalog.loadTable(target).snapshots())
                if (first < 0 || snapshot.timestampMillis() < first) first = snapshot.timestampMillis();
        return first;
    }
}
