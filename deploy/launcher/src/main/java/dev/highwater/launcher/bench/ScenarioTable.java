package dev.highwater.launcher.bench;

import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The table of {@code bench scenarios} as it stands in a file: rows by scenario, in the order of
 * their names, and what is said before them.
 *
 * <p>It exists so that a run of some scenarios leaves the rows of the others alone, and so that a
 * run of all, which takes long, has written what it knows when it is stopped. For one thread.
 */
final class ScenarioTable {
  static final String BEGIN = "<!-- begin of bench scenarios -->";
  static final String END = "<!-- end of bench scenarios -->";

  private static final String HEAD =
      """
      | scenario | policy | violations % | minutes | replica-h | node-h | cost | expectations |
      |---|---|--:|--:|--:|--:|--:|---|
      """;

  private final String before;
  private final String after;
  private final StringBuilder text = new StringBuilder();
  private final SortedMap<String, String> rows = new TreeMap<>();

  /**
   * Reads a file's table.
   *
   * @param file text with both markers
   */
  ScenarioTable(String file) {
    int begin = file.indexOf(BEGIN) + BEGIN.length();
    int end = file.indexOf(END);
    before = file.substring(0, begin);
    after = file.substring(end);
    String scenario = "";
    boolean inside = false;
    for (String line : file.substring(begin, end).strip().lines().toList()) {
      inside |= line.startsWith("|");
      if (!inside) {
        text.append(line).append('\n');
      } else if (line.contains("<br>")) {
        scenario = line.substring(1, line.indexOf("<br>")).strip();
      }
      if (!scenario.isEmpty()) {
        rows.merge(scenario, line + "\n", String::concat);
      }
    }
  }

  /** Whether a text has both markers in their order. */
  static boolean isIn(String file) {
    return file.contains(BEGIN) && file.indexOf(END) > file.indexOf(BEGIN);
  }

  /** Replaces a scenario's rows, each of which ends with a new line. */
  void put(String scenario, String newRows) {
    rows.put(scenario, newRows);
  }

  /** Rows by scenario; may be changed. */
  SortedMap<String, String> rows() {
    return rows;
  }

  /** What is said before the table. */
  String said() {
    return text.toString().strip();
  }

  /** Replaces what is said before the table. */
  void say(String sentence) {
    text.setLength(0);
    text.append(sentence).append('\n');
  }

  /** The table and what is said before it. */
  String table() {
    return (said().isEmpty() ? "" : said() + "\n\n") + HEAD + String.join("", rows.values());
  }

  /** The whole file. */
  String file() {
    return before + "\n\n" + table() + "\n" + after;
  }
}
