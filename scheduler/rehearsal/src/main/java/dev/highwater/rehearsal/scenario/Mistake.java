package dev.highwater.rehearsal.scenario;

/**
 * One mistake in a scenario file: where it is and what to do about it. Immutable.
 *
 * @param line 1 is the first; 0 when the whole file is meant
 * @param path of the field from the file's root, such as {@code services[2].capacity.clientTimeout}
 * @param message what is wrong and what to do
 */
public record Mistake(String file, int line, String path, String message)
    implements Comparable<Mistake> {
  @Override
  public int compareTo(Mistake other) {
    int byLine = Integer.compare(line, other.line);
    return byLine != 0 ? byLine : path.compareTo(other.path);
  }

  @Override
  public String toString() {
    return file
        + (line > 0 ? ":" + line : "")
        + ": "
        + (path.isEmpty() ? "" : path + ": ")
        + message;
  }
}
