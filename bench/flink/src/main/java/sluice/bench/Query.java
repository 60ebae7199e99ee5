package sluice.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.api.StatementSet;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.catalog.TableIdentifier;

/**
 * Statements of a file, ended by a line of ";" each: INSERTs are run together and on the clock, all others before it. They write into
 * lake.NAMESPACE.ID, whose making is among the others.
 */
public final class Query {
    private Query() {}

    public static void main(String[] words) throws Exception {
        Arguments arguments = new Arguments(words);
        Catalog catalog = Cluster.catalog(arguments);
        Namespace namespace = Namespace.of(arguments.get("namespace"));
        SupportsNamespaces namespaces = (SupportsNamespaces) catalog;
        if (!namespaces.namespaceExists(namespace)) namespaces.createNamespace(namespace);
        StreamTableEnvironment tables = Cluster.open(arguments);
        List<String> inserts = new ArrayList<>();
        for (String statement : Files.readString(Path.of(arguments.get("sql"))).split("\n;\n")) {
            if (statement.isBlank()) continue;
            if (statement.stripLeading().startsWith("INSERT")) inserts.add(statement);
            else tables.executeSql(statement);
        }
        Clocked.run(catalog, List.of(TableIdentifier.of(namespace, arguments.get("id"))), () -> {
            StatementSet set = tables.createStatementSet();
            inserts.forEach(set::addInsertSql);
            return set;
        });
    }
}
