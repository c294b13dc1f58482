package dev.highwater.launcher.bench;

import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.ScheduleFloor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Which runs the scaling benchmark makes of which series, and what is hoped for: lines of {@code
 * deploy/scenarios/scaling.csv}. Immutable.
 */
record ScalingPlan(List<Line> lines) {
  private static final String HEADER =
      "series,interpolation,admission,from,for,violationsMax,hoursMax,equalHours,declare,schedule";

  private static final int LINES_MAX = 1_000;

  ScalingPlan {
    lines = List.copyOf(lines);
  }

  /**
   * One run.
   *
   * @param length how much of the series; null for all of it
   * @param violationsMax hoped-for violations in percent; NaN for none
   * @param hoursMax hoped-for replica-hours in times the oracle's; NaN for none
   * @param equalHours whether perfect-reactive at equal replica-hours must not be better
   * @param declared an event in the form of {@code --declare}; empty for none
   * @param schedule the same for a policy that reads schedules instead of events; null for none
   */
  record Line(
      String series,
      String interpolation,
      boolean admission,
      @Nullable String from,
      @Nullable String length,
      double violationsMax,
      double hoursMax,
      boolean equalHours,
      String declared,
      @Nullable ScheduleFloor schedule) {
    static Line of(String series) {
      return new Line(series, "linear", false, null, null, Double.NaN, Double.NaN, false, "", null);
    }

    /** The same run of the series from its first sample to its last. */
    Line wholeSeries() {
      return new Line(
          series,
          interpolation,
          admission,
          null,
          null,
          violationsMax,
          hoursMax,
          equalHours,
          declared,
          schedule);
    }

    /** The series and what sets this run apart from others of it. */
    String label() {
      return series
          + (interpolation.equals("step") ? " step" : "")
          + (declared.isEmpty() ? "" : " declared " + declared.replace(',', ' '));
    }
  }

  static ScalingPlan read(Path file) throws IOException {
    List<Line> lines = new ArrayList<>();
    boolean headed = false;
    int number = 0;
    for (String text : Files.readAllLines(file)) {
      number++;
      if (text.isBlank() || text.startsWith("#")) {
        continue;
      }
      if (!headed) {
        if (!text.strip().equals(HEADER)) {
          throw wrong(file, number, text, "must begin with the header " + HEADER);
        }
        headed = true;
        continue;
      }
      lines.add(line(file, number, text));
      if (lines.size() > LINES_MAX) {
        throw wrong(file, number, text, "must have at most " + LINES_MAX + " lines");
      }
    }
    return new ScalingPlan(lines);
  }

  private static Line line(Path file, int number, String text) {
    String[] cells = text.split(",", -1);
    if (cells.length != HEADER.split(",").length) {
      throw wrong(file, number, text, "must have the columns " + HEADER);
    }
    if (!List.of("linear", "step", "exclude").contains(cells[1])) {
      throw wrong(file, number, cells[1], "interpolation must be linear, step or exclude");
    }
    return new Line(
        cells[0],
        cells[1],
        cells[2].equals("on"),
        cells[3].isEmpty() ? null : cells[3],
        cells[4].isEmpty() ? null : cells[4],
        number(file, number, cells[5]),
        number(file, number, cells[6]),
        cells[7].equals("yes"),
        cells[8].strip().replace(' ', ','),
        cells[9].isBlank() ? null : schedule(file, number, cells[9]));
  }

  private static ScheduleFloor schedule(Path file, int line, String text) {
    String[] parts = text.split(";", -1);
    if (parts.length != 3) {
      throw wrong(file, line, text, "schedule must be START;END;REPLICAS, cron expressions in UTC");
    }
    int replicas = (int) number(file, line, parts[2].strip());
    return new ScheduleFloor("UTC", parts[0].strip(), parts[1].strip(), replicas);
  }

  private static double number(Path file, int line, String text) {
    try {
      return text.isEmpty() ? Double.NaN : Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw wrong(file, line, text, "must be a number or empty");
    }
  }

  private static InvalidInputException wrong(Path file, int line, String value, String remedy) {
    return new InvalidInputException(
        ErrorCode.INVALID_VALUE, file + " line " + line, value, remedy);
  }

  /**
   * The runs of these files, by the plan's order; files that it does not name come last.
   *
   * @param whole whether each is of all of its series, whatever part the plan names
   */
  List<Line> runs(SortedMap<String, Path> files, boolean whole) {
    List<Line> runs = new ArrayList<>();
    for (Line line : lines) {
      if (files.containsKey(line.series) && !line.interpolation.equals("exclude")) {
        runs.add(whole ? line.wholeSeries() : line);
      }
    }
    for (Map.Entry<String, Path> file : files.entrySet()) {
      if (lines.stream().noneMatch(line -> line.series.equals(file.getKey()))) {
        runs.add(Line.of(file.getKey()));
      }
    }
    return runs;
  }
}
