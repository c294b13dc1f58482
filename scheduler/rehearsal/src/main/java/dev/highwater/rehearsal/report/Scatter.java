package dev.highwater.rehearsal.report;

import dev.highwater.rehearsal.Figures;
import dev.highwater.rehearsal.RunResult;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Runs as points: what they cost to the right, the share of violations upwards. For one thread. */
final class Scatter {
  /** A name's line in the plot of a screen, 300 px high; in print it is less. */
  private static final double NAME_HEIGHT_PERCENT = 7;

  /** Widths on a phone, where the plot is narrowest; where many are shown, on half a screen. */
  private static final double LETTER_WIDTH_PERCENT = 2;

  private static final double LETTER_OF_MANY_PERCENT = 1;

  private static final double DOT_WIDTH_LETTERS = 2.5;

  /** More names than that have no room one above the other. */
  private static final int MANY = 8;

  private final String title;
  private final String hint;
  private final String spoken;
  private final List<Dot> dots = new ArrayList<>();
  private boolean logarithmic;

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

  /**
   * Shows costs, too, on a logarithmic scale, where the dearest would press all others together.
   */
  Scatter logarithmic() {
    logarithmic = true;
    return this;
  }

  Scatter point(RunResult result, String color, double cost) {
    return point(result, color, cost, result.violationRatio());
  }

  Scatter point(RunResult result, String color, double cost, double violations) {
    dots.add(new Dot(result, color, cost, violations));
    return this;
  }

  String html() {
    double cheapest = Double.POSITIVE_INFINITY;
    double dearest = 0;
    double worst = 0;
    double best = Double.POSITIVE_INFINITY;
    for (Dot dot : dots) {
      cheapest = dot.cost > 0 ? Math.min(cheapest, dot.cost) : cheapest;
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
    double left = logarithmic && dearest > 0 ? cheapest / 1.3 : 0;
    double right = dearest == 0 ? 1 : dearest * (left > 0 ? 1.3 : 1.12);
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
    for (double line : costLines(left, right)) {
      double x = along(line, left, right);
      grid.append('M').append(Math.round(1_000 * x)).append(" 0v1000");
      labels.raw("<span class='x' style='left:" + Figures.fixed(100 * x, 2) + "%'>");
      labels.raw(Words.brief(line)).raw("</span>");
    }
    out.raw("<path class='grid' d='" + grid + "'/></svg>").raw(labels.toString());
    List<Point> points = new ArrayList<>();
    for (Dot dot : dots) {
      double y = dot.violations == 0 ? 0 : share(dot.violations, bottom, top);
      points.add(new Point(dot, 100 * along(dot.cost, left, right), 100 * y));
    }
    points(out, points);
    return out.raw("</div></figure>\n").toString();
  }

  /** Where vertical lines stand: at even steps, or at 1, 2 and 5 of each power of ten. */
  private static List<Double> costLines(double left, double right) {
    List<Double> lines = new ArrayList<>();
    if (left == 0) {
      double step = Chart.grid(right);
      for (int i = 0; i * step <= right; i++) {
        lines.add(i * step);
      }
      return lines;
    }
    double power = StrictMath.pow(10, Math.floor(StrictMath.log10(left)));
    for (; power <= right; power *= 10) {
      for (int digit : new int[] {1, 2, 5}) {
        if (digit * power >= left && digit * power <= right) {
          lines.add(digit * power);
        }
      }
    }
    return lines;
  }

  /** Part of the way from left to right; on a logarithmic scale when it does not begin at 0. */
  private static double along(double cost, double left, double right) {
    return left == 0 ? cost / right : share(Math.max(left, cost), left, right);
  }

  private static double share(double value, double bottom, double top) {
    return StrictMath.log10(value / bottom) / StrictMath.log10(top / bottom);
  }

  /** Points, then their names, which are apart from one another and below the title. */
  private static void points(Html out, List<Point> points) {
    points.sort(Comparator.comparingDouble(Point::y));
    List<Name> names = new ArrayList<>();
    for (Point p : points) {
      String policy = p.dot.result.policy();
      boolean bound = policy.startsWith("oracle") || policy.startsWith("perfect");
      out.raw("<span class='point " + p.dot.color + (bound ? " bound" : ""));
      out.raw("' style='" + place(p.x, p.y) + "'></span>");
      names.add(new Name(p, policy, points.size() > MANY));
    }
    // Upwards from the lowest; what was pushed over the edge comes down again from the highest.
    for (int i = 0; i < names.size(); i++) {
      Name name = names.get(i);
      for (Name below : names.subList(0, i)) {
        if (name.besides(below)) {
          name.y = Math.max(name.y, below.y + NAME_HEIGHT_PERCENT);
        }
      }
    }
    names.sort(Comparator.comparingDouble((Name name) -> name.y).reversed());
    for (int i = 0; i < names.size(); i++) {
      Name name = names.get(i);
      name.y = Math.min(name.y, 100 - NAME_HEIGHT_PERCENT / 2);
      for (Name above : names.subList(0, i)) {
        if (name.besides(above)) {
          name.y = Math.min(name.y, above.y - NAME_HEIGHT_PERCENT);
        }
      }
    }
    for (Name name : names) {
      out.raw("<span class='name " + name.of.dot.color + (name.toTheLeft ? " left" : ""));
      out.raw("' style='" + place(name.of.x, name.y) + "'>").text(name.text).raw("</span>");
    }
  }

  private static String place(double x, double y) {
    return "left:" + Figures.fixed(x, 2) + "%;bottom:" + Figures.fixed(y, 2) + "%";
  }

  /** A point's name, beside it on the side where it has room, at a height that may change. */
  private static final class Name {
    final Point of;
    final String text;
    final boolean toTheLeft;
    private final double from;
    private final double until;
    double y;

    Name(Point of, String text, boolean ofMany) {
      this.of = of;
      this.text = text;
      double letter = ofMany ? LETTER_OF_MANY_PERCENT : LETTER_WIDTH_PERCENT;
      double width = letter * (DOT_WIDTH_LETTERS + text.length());
      toTheLeft = of.x + width > 100;
      from = toTheLeft ? of.x - width : of.x;
      until = toTheLeft ? of.x : of.x + width;
      y = of.y;
    }

    /** Whether they share a stretch of the plot's width. */
    boolean besides(Name other) {
      return from < other.until && other.from < until;
    }
  }
}
