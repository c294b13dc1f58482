package dev.highwater.launcher.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.highwater.rehearsal.Figures;
import dev.highwater.rehearsal.RunResult;
import dev.highwater.workload.Fidelity;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;

/** The scaling benchmark's rows and verdicts, for people and as JSON. Immutable. */
record ScalingFigures(int peakReplicas, Fidelity fidelity, boolean warmNodes) {

  ObjectNode json(List<ScalingRow> rows) {
    ObjectNode figures = JsonNodeFactory.instance.objectNode();
    figures.put("peakReplicas", peakReplicas);
    figures.put("fidelity", word(fidelity));
    figures.put("nodes", word(warmNodes));
    ArrayNode table = figures.putArray("rows");
    ArrayNode goals = figures.putArray("goals");
    rows.forEach(row -> json(row, table, goals));
    return figures;
  }

  private void json(ScalingRow row, ArrayNode table, ArrayNode goals) {
    for (RunResult result : row.results()) {
      ObjectNode node = table.addObject();
      node.put("series", row.line().series());
      node.put("declared", row.line().declared());
      node.put("seconds", result.seconds());
      node.put("bootSeconds", row.bootSeconds());
      node.put("fidelity", word(fidelity));
      node.put("admission", row.admission());
      node.put("interpolation", row.line().interpolation());
      node.put("policy", result.policy());
      node.put("sloViolationRatio", result.violationRatio());
      node.put("beyondPromiseRatio", result.beyondPromiseRatio());
      node.put("sloViolationMinutes", result.violationMinutes());
      node.put("replicaHours", result.replicaHours());
      put(node, "hoursOverOracle", row.hoursOverOracle(result));
      put(node, "coverageError", result.coverage().error());
    }
    for (ScalingGoals.Verdict verdict : ScalingGoals.of(row.line(), row.results())) {
      ObjectNode node = goals.addObject();
      node.put("series", row.line().label());
      node.put("bootSeconds", row.bootSeconds());
      node.put("goal", verdict.goal());
      node.put("hoped", verdict.hoped());
      node.put("got", verdict.got());
      node.put("met", verdict.met());
      put(node, "missedBy", verdict.missedBy());
    }
  }

  private static void put(ObjectNode node, String field, double value) {
    if (Double.isFinite(value)) {
      node.put(field, value);
    } else {
      node.putNull(field);
    }
  }

  static String word(Fidelity fidelity) {
    return fidelity.name().toLowerCase(Locale.ROOT);
  }

  static String word(boolean warmNodes) {
    return warmNodes ? "warm" : "cold";
  }

  private static SortedSet<Integer> boots(List<ScalingRow> rows) {
    SortedSet<Integer> boots = new TreeSet<>();
    rows.forEach(row -> boots.add(row.bootSeconds()));
    return boots;
  }

  static void head(PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "%-36s %4s %-8s %-4s %-7s %-22s %12s %12s %10s %8s %10s%n",
        "series",
        "boot",
        "fidelity",
        "adm.",
        "interp.",
        "policy",
        "violations %",
        "beyond %",
        "replica-h",
        "/ oracle",
        "coverage");
    out.flush();
  }

  void table(ScalingRow row, PrintWriter out) {
    for (RunResult result : row.results()) {
      out.printf(
          Locale.ROOT,
          "%-36s %4d %-8s %-4s %-7s %-22s %12s %12s %10s %8s %10s%n",
          row.line().series() + (row.line().declared().isEmpty() ? "" : " declared"),
          row.bootSeconds(),
          word(fidelity),
          row.admission() ? "on" : "off",
          row.line().interpolation(),
          result.policy(),
          Figures.plain(100 * result.violationRatio()),
          Figures.plain(100 * result.beyondPromiseRatio()),
          Figures.fixed(result.replicaHours(), 1),
          Figures.fixed(row.hoursOverOracle(result), 3),
          Figures.plain(100 * result.coverage().error()));
    }
    out.flush();
  }

  static void goals(List<ScalingRow> rows, PrintWriter out) {
    out.printf("%nGoals%n");
    for (int boot : boots(rows)) {
      List<Double> hours = new ArrayList<>();
      for (ScalingRow row : rows) {
        if (row.bootSeconds() != boot) {
          continue;
        }
        hours.add(ScalingFrontier.of(row.results()).hoursAtEqualQuality());
        for (ScalingGoals.Verdict v : ScalingGoals.of(row.line(), row.results())) {
          out.printf(
              Locale.ROOT,
              "%-6s boot %2d s  %s: %s %s, got %s%s%n",
              v.met() ? "met" : "missed",
              boot,
              row.line().label(),
              v.goal(),
              v.hoped(),
              v.got(),
              v.met() || Double.isNaN(v.missedBy())
                  ? ""
                  : ", too much by " + Figures.plain(100 * v.missedBy()) + " %");
        }
      }
      hours.removeIf(value -> Double.isNaN(value));
      out.printf(
          Locale.ROOT,
          "boot %2d s: median replica-hours at equal quality %s%n",
          boot,
          Figures.fixed(ScalingGoals.median(hours), 3));
    }
  }
}
