package dev.highwater.rehearsal.report;

import dev.highwater.rehearsal.Figures;
import dev.highwater.rehearsal.Series;
import java.util.ArrayList;
import java.util.List;

/**
 * A chart over time: curves are drawn into an SVG that stretches with the page, labels are text
 * beside it, so that they keep their size on a phone and in print. For one thread.
 */
final class Chart {
  /** Steps drawn at most per curve. */
  static final int STEPS_MAX = 400;

  private static final int WIDTH = 4_000;
  private static final int HEIGHT = 1_000;
  private static final long[] TIME_STEPS = {
    1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1_200, 1_800, 3_600, 7_200, 10_800, 21_600,
    43_200, 86_400, 172_800, 432_000, 604_800, 1_209_600, 2_592_000
  };
  private static final int TIME_TICKS_MAX = 10;

  private record Curve(
      String name, String color, Series series, Series told, boolean steps, boolean area) {
    Curve(String name, String color, Series series, boolean steps) {
      this(name, color, series, series, steps, false);
    }
  }

  private record Level(String name, String color, double value) {}

  private record Region(double from, double until, double fadedUntil) {}

  private record Mark(double at, String color) {}

  private final String title;
  private final double seconds;
  private final List<Curve> curves = new ArrayList<>();
  private final List<Level> levels = new ArrayList<>();
  private final List<Region> regions = new ArrayList<>();
  private final List<Mark> marks = new ArrayList<>();
  private boolean tall;
  private boolean bare;
  private boolean logarithmic;
  private double lowest;
  private double highest;

  /**
   * An empty chart.
   *
   * @param seconds shown, from the moment users come
   */
  Chart(String title, double seconds) {
    this.title = title;
    this.seconds = Math.max(1, seconds);
  }

  Chart tall() {
    tall = true;
    return this;
  }

  /** Without times, which the next chart shows. */
  Chart bare() {
    bare = true;
    return this;
  }

  /** A curve through the means; the range of each step is a shade behind it. */
  Chart line(String name, String color, Series series) {
    curves.add(new Curve(name, color, series.thinned(STEPS_MAX), false));
    return this;
  }

  /** A curve of something that holds its value until it changes. */
  Chart steps(String name, String color, Series series) {
    curves.add(new Curve(name, color, series.thinned(STEPS_MAX), true));
    return this;
  }

  /**
   * A filled curve; the first given lies behind.
   *
   * @param top where it ends
   * @param told what it stands for
   */
  Chart area(String name, String color, Series top, Series told) {
    Series own = told.thinned(STEPS_MAX);
    curves.add(new Curve(name, color, top.thinned(STEPS_MAX), own, true, true));
    return this;
  }

  /** A horizontal line. */
  Chart level(String name, String color, double value) {
    levels.add(new Level(name, color, value));
    return this;
  }

  Chart moments(Moments shown) {
    for (Moments.Moment moment : shown.all()) {
      if (moment.declared()) {
        regions.add(new Region(moment.from(), moment.until(), moment.fadedUntil()));
      } else {
        marks.add(new Mark(moment.from(), moment.color()));
      }
    }
    return this;
  }

  /** The chart as a figure. */
  String html() {
    scale();
    Html out = new Html();
    out.raw(bare ? "<figure class='chart bare'>" : "<figure class='chart'>")
        .raw("<figcaption><b>")
        .text(title)
        .raw("</b>");
    for (Curve curve : curves) {
      out.raw(
          "<span class='key'><i class='" + (curve.area ? "swatch " : "") + curve.color + "'></i>");
      out.text(curve.name).raw("</span>");
    }
    for (Level level : levels) {
      out.raw("<span class='key'><i class='dash " + level.color + "'></i>");
      out.text(level.name).raw("</span>");
    }
    if (logarithmic) {
      out.raw("<span class='key'>logarithmic</span>");
    }
    out.raw("</figcaption><div class='plot" + (tall ? " tall" : "") + "' data-seconds='");
    out.raw(Long.toString(Math.round(seconds))).raw("'>");
    out.raw(
        "<svg viewBox='0 0 " + WIDTH + " " + HEIGHT + "' preserveAspectRatio='none' role='img'");
    out.raw(" aria-label='").text(description()).raw("'>");
    draw(out);
    out.raw("</svg>");
    labels(out);
    return out.raw("</div></figure>\n").toString();
  }

  private String description() {
    StringBuilder text =
        new StringBuilder(title).append(" over ").append(Words.span((long) (seconds * 1_000)));
    for (Curve curve : curves) {
      text.append("; ")
          .append(curve.name)
          .append(" at most ")
          .append(Words.amount(curve.told.highest()));
    }
    return text.toString();
  }

  private void scale() {
    double most = 0;
    double least = Double.POSITIVE_INFINITY;
    double level = 0;
    for (Level line : levels) {
      level = Math.max(level, line.value);
    }
    for (Curve curve : curves) {
      for (int i = 0; i < curve.series.size(); i++) {
        double high = curve.series.high(i);
        if (!Double.isNaN(high)) {
          most = Math.max(most, high);
        }
        double low = curve.series.low(i);
        if (low > 0) {
          least = Math.min(least, low);
        }
      }
    }
    logarithmic = level > 0 && most > 4 * level;
    if (logarithmic) {
      lowest = decade(Math.min(least, level));
      highest = lowest;
      while (highest < Math.max(most, level)) {
        highest *= 10;
      }
    } else {
      lowest = 0;
      highest = ceiling(Math.max(most, level * 1.15));
    }
  }

  private static double decade(double value) {
    double decade = 1e-3;
    while (decade * 10 <= value) {
      decade *= 10;
    }
    return decade;
  }

  /** Distance between grid lines: 1, 2 or 5 times a power of ten, at most four of them. */
  static double grid(double most) {
    double step = decade(Math.max(most, 1e-2) / 4);
    while (step * 4 < most) {
      if (step * 8 >= most) {
        return step * 2;
      }
      if (step * 20 >= most) {
        return step * 5;
      }
      step *= 10;
    }
    return step;
  }

  /** A little above the highest value, so that a curve does not touch the frame. */
  private static double ceiling(double most) {
    return most <= 0 ? 1 : most * 1.06;
  }

  private double height(double value) {
    if (!logarithmic) {
      return value / highest;
    }
    double floor = StrictMath.log10(lowest);
    return (StrictMath.log10(Math.max(value, lowest)) - floor)
        / (StrictMath.log10(highest) - floor);
  }

  private long x(double second) {
    return Math.round(WIDTH * Math.min(1, Math.max(0, second / seconds)));
  }

  private long y(double value) {
    return Math.round(HEIGHT * (1 - height(value)));
  }

  private List<Double> gridLines() {
    List<Double> lines = new ArrayList<>();
    if (logarithmic) {
      for (double line = lowest * 10; line < highest * 0.99; line *= 10) {
        lines.add(line);
      }
    } else {
      double step = grid(highest);
      for (int i = 1; i * step <= highest * 0.98; i++) {
        lines.add(i * step);
      }
    }
    return lines;
  }

  private void draw(Html out) {
    for (Curve curve : curves) {
      if (curve.area) {
        out.raw("<path class='fill " + curve.color + "'");
        values(out, curve);
        out.raw(" d='" + outline(curve, true) + "'/>");
      }
    }
    for (Region region : regions) {
      long from = x(region.from);
      long until = x(region.until);
      long faded = x(region.fadedUntil);
      out.raw("<path class='region' d='M" + from + " 0H" + until + "V1000H" + from + "z'/>");
      if (faded > until) {
        out.raw("<path class='fade' d='M" + until + " 0H" + faded + "V1000H" + until + "z'/>");
      }
    }
    StringBuilder grid = new StringBuilder();
    for (double line : gridLines()) {
      grid.append('M').append(0).append(' ').append(y(line)).append('h').append(WIDTH);
    }
    for (long t = timeStep(); t < seconds; t += timeStep()) {
      grid.append('M').append(x((double) t)).append(" 0v").append(HEIGHT);
    }
    out.raw("<path class='grid' d='" + grid + "'/>");
    for (Curve curve : curves) {
      if (!curve.area) {
        String range = range(curve);
        if (!range.isEmpty()) {
          out.raw("<path class='range " + curve.color + "' d='" + range + "'/>");
        }
        out.raw("<path class='line " + curve.color + "'");
        values(out, curve);
        out.raw(" d='" + outline(curve, false) + "'/>");
      }
    }
    for (Level level : levels) {
      out.raw(
          "<path class='dash " + level.color + "' d='M0 " + y(level.value) + "h" + WIDTH + "'/>");
    }
    for (Mark mark : marks) {
      out.raw("<path class='mark " + mark.color + "' d='M" + x(mark.at) + " 0V1000'/>");
    }
  }

  /** What the page's script shows under the pointer. */
  private static void values(Html out, Curve curve) {
    Series s = curve.told;
    out.raw(" data-name='").text(curve.name).raw("' data-step='");
    out.raw(Figures.fixed(s.stepSeconds(), 3)).raw("' data-v='");
    for (int i = 0; i < s.size(); i++) {
      double value = s.mean(i);
      out.raw(i == 0 ? "" : " ").raw(Double.isNaN(value) ? "" : Words.brief(rounded(value)));
    }
    out.raw("'");
  }

  private static double rounded(double value) {
    return value >= 100 ? StrictMath.rint(value) : value;
  }

  /** The path of a curve; one that is closed at the bottom draws highest values. */
  private String outline(Curve curve, boolean closed) {
    Series s = curve.series;
    StringBuilder path = new StringBuilder();
    boolean drawing = false;
    long atX = 0;
    long atY = 0;
    for (int i = 0; i < s.size(); i++) {
      double value = closed ? s.high(i) : s.mean(i);
      if (Double.isNaN(value)) {
        if (drawing && closed) {
          path.append("V1000z");
        }
        drawing = false;
        continue;
      }
      long toX = x(curve.steps ? i * s.stepSeconds() : (i + 0.5) * s.stepSeconds());
      long toY = y(value);
      if (!drawing) {
        path.append('M').append(toX).append(' ').append(closed ? HEIGHT : toY);
        if (closed) {
          path.append('V').append(toY);
        }
      } else if (curve.steps) {
        path.append('h').append(toX - atX);
        if (toY != atY) {
          path.append('v').append(toY - atY);
        }
      } else {
        path.append('l').append(toX - atX).append(' ').append(toY - atY);
      }
      atX = toX;
      atY = toY;
      if (curve.steps) {
        long end = x((i + 1) * s.stepSeconds());
        if (i + 1 == s.size() || Double.isNaN(s.mean(i + 1))) {
          path.append('H').append(end);
        }
      }
      drawing = true;
    }
    if (drawing && closed) {
      path.append("V1000z");
    }
    return path.toString();
  }

  /** The shade from lowest to highest; empty when every step has one value. */
  private String range(Curve curve) {
    Series s = curve.series;
    boolean wide = false;
    StringBuilder path = new StringBuilder();
    int i = 0;
    while (i < s.size()) {
      if (Double.isNaN(s.high(i))) {
        i++;
        continue;
      }
      int end = i;
      while (end < s.size() && !Double.isNaN(s.high(end))) {
        wide |= s.high(end) > s.low(end);
        end++;
      }
      for (int j = i; j < end; j++) {
        path.append(j == i ? 'M' : 'L')
            .append(x(j * s.stepSeconds()))
            .append(' ')
            .append(y(s.high(j)));
        path.append('H').append(x((j + 1) * s.stepSeconds()));
      }
      for (int j = end - 1; j >= i; j--) {
        path.append('L').append(x((j + 1) * s.stepSeconds())).append(' ').append(y(s.low(j)));
        path.append('H').append(x(j * s.stepSeconds()));
      }
      path.append('z');
      i = end;
    }
    return wide ? path.toString() : "";
  }

  private void labels(Html out) {
    out.raw(
        "<span class='y' style='bottom:0'>"
            + (logarithmic ? Words.brief(lowest) : "0")
            + "</span>");
    for (double line : gridLines()) {
      out.raw("<span class='y' style='bottom:" + percent(height(line)) + "'>");
      out.raw(Words.brief(line)).raw("</span>");
    }
    long step = timeStep();
    int n = 0;
    for (long t = 0; t <= seconds && !bare; t += step) {
      String kind = (n++ % 2 == 1 ? " odd" : "") + (t > 0.97 * seconds ? " end" : "");
      out.raw("<span class='x" + kind + "' style='left:" + percent(t / seconds) + "'>");
      out.raw(time(t, step)).raw("</span>");
    }
  }

  private static String percent(double ratio) {
    return Figures.fixed(100 * ratio, 2) + "%";
  }

  private long timeStep() {
    for (long step : TIME_STEPS) {
      if (seconds / step <= TIME_TICKS_MAX) {
        return step;
      }
    }
    return Math.round(seconds / TIME_TICKS_MAX);
  }

  private static String time(long second, long step) {
    if (step < 60) {
      return second + " s";
    }
    if (step < 3_600) {
      return second / 60 + " min";
    }
    return step < 86_400 ? second / 3_600 + " h" : second / 86_400 + " d";
  }
}
