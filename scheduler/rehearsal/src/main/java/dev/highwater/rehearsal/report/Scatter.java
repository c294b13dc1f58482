package dev.highwater.rehearsal.report;

import dev.highwater.rehearsal.Figures;
import dev.highwater.rehearsal.RunResult;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Runs as points: what they cost to the right, the share of violations upwards. For one thread. */
final class Scatter {
  private static final double LABEL_HEIGHT_PERCENT = 6;
  private static final double LABEL_WIDTH_PERCENT = 18;

  private final String title;
  private final String hint;
  private final String spoken;
  private final List<Dot> dots = new ArrayList<>();

  private record Dot(RunResult result, String color, double cost, double violations) {}

  /** A dot in percent of the plot's width and height. */
  private record Point(Dot dot, double x, double y) {}

  /**
   * @param hint how to read it
   * @param spoken the same in words
   */
  Scatter(String title, String hint, String spoken) {
    this.title = title;
    this.hint = hint;
    this.spoken = spoken;
  }

  Scatter point(RunResult result, String color, double cost) {
    return point(result, color, cost, result.violationRatio());
  }

  Scatter point(RunResult result, String color, double cost, double violations) {
    dots.add(new Dot(result, color, cost, violations));
    return this;
  }

  String html() {
    double dearest = 0;
    double worst = 0;
    double best = Double.POSITIVE_INFINITY;
    for (Dot dot : dots) {
      dearest = Math.max(dearest, dot.cost);
      worst = Math.max(worst, dot.violations);
      if (dot.violations > 0) {
        best = Math.min(best, dot.violations);
      }
    }
    boolean some = worst > 0;
    double top = 1e-6;
    while (some && top < worst) {
      top *= 10;
    }
    double bottom = top / 10;
    while (some && bottom >= best) {
      bottom /= 10;
    }
    top *= 2; // room for the names of the highest points
    double right = dearest == 0 ? 1 : dearest * 1.12;
    Html out = new Html();
    out.raw("<figure class='chart'><figcaption><b>").text(title).raw("</b>");
    out.raw("<span class='key'>").text(hint).raw("</span>");
    out.raw("</figcaption><div class='plot scatter'><svg viewBox='0 0 1000 1000'");
    out.raw(" preserveAspectRatio='none' role='img' aria-label='").text(spoken).raw("'>");
    StringBuilder grid = new StringBuilder();
    Html labels = new Html();
    for (double line = bottom; line <= top; line *= 10) {
      double y = share(line, bottom, top);
      grid.append("M0 ").append(Math.round(1_000 - 1_000 * y)).append("h1000");
      labels.raw("<span class='y' style='bottom:" + Figures.fixed(100 * y, 2) + "%'>");
      labels.raw(Figures.plain(100 * line) + "%").raw("</span>");
    }
    double step = Chart.grid(right);
    for (int i = 0; i * step <= right; i++) {
      double x = i * step / right;
      grid.append('M').append(Math.round(1_000 * x)).append(" 0v1000");
      labels.raw("<span class='x' style='left:" + Figures.fixed(100 * x, 2) + "%'>");
      labels.raw(Words.brief(i * step)).raw("</span>");
    }
    out.raw("<path class='grid' d='" + grid + "'/></svg>").raw(labels.toString());
    List<Point> points = new ArrayList<>();
    for (Dot dot : dots) {
      double y = dot.violations == 0 ? 0 : share(dot.violations, bottom, top);
      points.add(new Point(dot, 100 * dot.cost / right, 100 * y));
    }
    points(out, points);
    return out.raw("</div></figure>\n").toString();
  }

  private static double share(double value, double bottom, double top) {
    return StrictMath.log10(value / bottom) / StrictMath.log10(top / bottom);
  }

  /** Points with their names; names that would lie on one another move apart. */
  private static void points(Html out, List<Point> points) {
    points.sort(Comparator.comparingDouble(Point::y));
    List<double[]> taken = new ArrayList<>();
    for (Point p : points) {
      double at = p.y;
      for (double[] other : taken) {
        if (Math.abs(other[0] - p.x) < LABEL_WIDTH_PERCENT) {
          at = Math.max(at, other[1] + LABEL_HEIGHT_PERCENT);
        }
      }
      taken.add(new double[] {p.x, at});
      String policy = p.dot.result.policy();
      boolean bound = policy.startsWith("oracle") || policy.startsWith("perfect");
      out.raw("<span class='point " + p.dot.color + (bound ? " bound" : ""));
      out.raw((p.x > 66 ? " left" : "") + "' style='left:" + Figures.fixed(p.x, 2) + "%;bottom:");
      out.raw(Figures.fixed(p.y, 2) + "%'><span style='margin-top:-");
      out.raw(Figures.fixed((at - p.y) * 3, 0) + "px'>").text(policy);
      out.raw("</span></span>");
    }
  }
}
