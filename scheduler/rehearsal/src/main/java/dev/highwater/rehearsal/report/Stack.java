package dev.highwater.rehearsal.report;

import dev.highwater.rehearsal.Series;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Parts of a whole over time, drawn on each other. Stateless. */
final class Stack {
  /** There are eight colours, and one is the whole's. */
  private static final int PARTS_MAX = 7;

  private Stack() {}

  /**
   * Adds areas to a chart, from the whole down to the first part, so that each hides what is not
   * its own; what is too many to tell apart is drawn as one.
   *
   * @param parts by name, the most important first
   */
  static void draw(Chart chart, List<Map.Entry<String, Series>> parts) {
    int named = parts.size() > PARTS_MAX ? PARTS_MAX - 1 : parts.size();
    List<String> names = new ArrayList<>();
    List<double[]> own = new ArrayList<>();
    double step = 1;
    int steps = 0;
    for (int i = 0; i < parts.size(); i++) {
      Series series = parts.get(i).getValue();
      step = series.stepSeconds();
      steps = Math.max(steps, series.size());
      int at = Math.min(i, named);
      if (at == names.size()) {
        names.add(i < named ? parts.get(i).getKey() : (parts.size() - named) + " others");
        own.add(new double[Chart.STEPS_MAX]);
      }
      for (int t = 0; t < series.size(); t++) {
        own.get(at)[t] += series.mean(t);
      }
    }
    List<Series> tops = new ArrayList<>();
    List<Series> alone = new ArrayList<>();
    double[] below = new double[steps];
    for (double[] values : own) {
      Series top = new Series(steps, step, Chart.STEPS_MAX);
      Series part = new Series(steps, step, Chart.STEPS_MAX);
      for (int t = 0; t < steps; t++) {
        below[t] += values[t];
        top.add(below[t]);
        part.add(values[t]);
      }
      tops.add(top);
      alone.add(part);
    }
    for (int i = names.size() - 1; i >= 0; i--) {
      chart.area(names.get(i), "c" + (i + 1) % 8, tops.get(i), alone.get(i));
    }
  }
}
