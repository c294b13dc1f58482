package dev.highwater.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows under upper-case titles, each column as wide as its widest cell; numbers stand right. Not
 * thread-safe.
 */
final class Table {
  private static final String GAP = "  ";
  private final List<String> titles;
  private final List<List<String>> rows = new ArrayList<>();

  Table(String... titles) {
    this.titles = List.of(titles);
  }

  /** Adds a row with a cell for each title. */
  Table row(String... cells) {
    if (cells.length != titles.size()) {
      throw new IllegalArgumentException(
          cells.length + " cells under " + titles.size() + " titles");
    }
    rows.add(List.of(cells));
    return this;
  }

  /** How many rows there are. */
  int size() {
    return rows.size();
  }

  /** Prints titles and rows, or a word in place of both when there is no row. */
  void print(PrintWriter out, String nothing) {
    if (rows.isEmpty()) {
      out.println(nothing);
      return;
    }
    print(out, titles);
    rows.forEach(row -> print(out, row));
  }

  private void print(PrintWriter out, List<String> cells) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < cells.size(); i++) {
      String cell = cells.get(i);
      String padding = " ".repeat(width(i) - cell.length());
      line.append(i == 0 ? "" : GAP);
      line.append(isNumber(i) ? padding + cell : cell + padding);
    }
    out.println(line.toString().stripTrailing());
  }

  private int width(int column) {
    int width = titles.get(column).length();
    for (List<String> row : rows) {
      width = Math.max(width, row.get(column).length());
    }
    return width;
  }

  private boolean isNumber(int column) {
    return rows.stream().allMatch(row -> row.get(column).matches("[-\\d].*|none"))
        && rows.stream().anyMatch(row -> row.get(column).matches("\\d.*"))
        && column > 0
        && !titles.get(column).equals("TIME");
  }
}
