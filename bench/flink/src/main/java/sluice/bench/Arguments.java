package sluice.bench;

import java.util.HashMap;
import java.util.Map;

/** Options of the form --name value, all of them needed. */
final class Arguments {
    private final Map<String, String> values = new HashMap<>();

    Arguments(String[] words) {
        if (words.length % 2 != 0) throw new IllegalArgumentException("expected pairs of --name value");
        for (int at = 0; at < words.length; at += 2) {
            if (!words[at].startsWith("--")) throw new IllegalArgumentException("expected --name, found " + words[at]);
            values.put(words[at].substring(2), words[at + 1]);
        }
    }

    String get(String name) {
        String value = values.get(name);
        if (value == null) throw new IllegalArgumentException("expected --" + name);
        return value;
    }

    boolean flag(String name) {
        return Boolean.parseBoolean(get(name));
    }
}
