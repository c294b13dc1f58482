package dev.highwater.launcher.rehearse;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.WishSource;
import dev.highwater.model.json.ModelJson;
import dev.highwater.rehearsal.Elasticity;
import dev.highwater.rehearsal.Estimate;
import dev.highwater.rehearsal.Figures;
import dev.highwater.rehearsal.RunResult;
import dev.highwater.rehearsal.Series;
import dev.highwater.rehearsal.ServiceResult;
import dev.highwater.rehearsal.Trial;
import dev.highwater.rehearsal.Variation;
import dev.highwater.rehearsal.report.VariedTable;
import dev.highwater.rehearsal.scenario.OtherFidelity;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.TimeSpan;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The results of a rehearsal, as a table and as JSON. Immutable.
 *
 * @param variations at least one; the first policy of each is the one that expectations are about
 * @param notBegun runs left out because the command was stopped
 * @param wallSeconds that it took on this machine
 */
record Rehearsed(List<Variation> variations, int notBegun, double wallSeconds) {
  /** Services in the table for people; JSON has all. */
  private static final int SERVICES_SHOWN = 40;

  Rehearsed {
    variations = List.copyOf(variations);
  }

  private Scenario scenario() {
    return variations.get(0).scenario();
  }

  /** One result per policy, of the first values and the first seed. */
  private List<RunResult> results() {
    return variations.get(0).trials().stream().map(Trial::first).toList();
  }

  private Stream<RunResult> all() {
    return variations.stream().flatMap(v -> v.trials().stream()).flatMap(t -> t.runs().stream());
  }

  /** Whether everything was run to its end and no expectation was missed under the first policy. */
  boolean holds() {
    return notBegun == 0
        && all().allMatch(RunResult::complete)
        && variations.stream().allMatch(v -> v.trials().get(0).missing() == 0);
  }

  private boolean complete() {
    return notBegun == 0 && all().allMatch(RunResult::complete);
  }

  /** The documented JSON form. */
  ObjectNode json() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("scenario", scenario().name());
    root.put("wallSeconds", wallSeconds);
    root.put("simulatedRequests", all().mapToLong(RunResult::simulatedRequests).sum());
    root.put("complete", complete());
    if (variations.get(0).edits().isEmpty()) {
      put(root, variations.get(0));
    } else {
      ArrayNode rows = root.putArray("rows");
      for (Variation variation : variations) {
        ObjectNode row = rows.addObject();
        ObjectNode values = row.putObject("values");
        variation.edits().forEach(edit -> values.put(edit.path(), edit.value()));
        put(row, variation);
      }
    }
    return root;
  }

  private static void put(ObjectNode node, Variation variation) {
    Scenario scenario = variation.scenario();
    RunResult first = variation.trials().get(0).first();
    node.put("seed", scenario.seed());
    node.put("fidelity", ModelJson.toTree(scenario.fidelity()).asText());
    ArrayNode others = node.putArray("otherFidelities");
    for (OtherFidelity other : OtherFidelity.of(scenario)) {
      ObjectNode one = others.addObject();
      ArrayNode services = one.putArray("services");
      other.services().forEach(service -> services.add(service.toString()));
      one.put("fidelity", ModelJson.toTree(other.fidelity()).asText());
      one.put("startSeconds", other.startMs() / 1e3);
      one.put("endSeconds", other.endMs() / 1e3);
    }
    node.put("admission", scenario.admission());
    node.put("startsAt", scenario.startsAt());
    node.put("durationSeconds", first.seconds());
    put(node, "sloViolationFloor", first.sloViolationFloor());
    Elasticity baseline = baseline(variation);
    ObjectNode policies = node.putObject("policies");
    for (Trial trial : variation.trials()) {
      ObjectNode policy = policies.putObject(trial.policy());
      put(policy, trial.first(), scenario, trial.first().complete() ? baseline : null);
      if (trial.runs().size() > 1) {
        ObjectNode seeds = policy.putObject("seeds");
        seeds.put("count", trial.runs().size());
        seeds.put("confidence", Estimate.CONFIDENCE);
        seeds.put("missing", trial.missing());
        put(seeds, "sloViolationRatio", trial.of(RunResult::violationRatio));
        put(seeds, "sloViolationMinutes", trial.of(run -> (double) run.violationMinutes()));
        put(seeds, "p99Ms", trial.of(RunResult::p99Ms));
        put(seeds, "replicaHours", trial.of(RunResult::replicaHours));
        put(seeds, "nodeHours", trial.of(RunResult::nodeHours));
        put(seeds, "cost", trial.of(RunResult::cost));
        put(seeds, "adaptations", trial.of(run -> (double) run.adaptations()));
      }
    }
  }

  private static void put(ObjectNode seeds, String field, Estimate estimate) {
    ObjectNode node = seeds.putObject(field);
    put(node, "mean", estimate.mean());
    put(node, "standardDeviation", estimate.standardDeviation());
    put(node, "halfWidth", estimate.halfWidth());
  }

  private static void put(
      ObjectNode node, RunResult result, Scenario scenario, @Nullable Elasticity baseline) {
    node.put("decisionLogSha256", result.decisionLogSha256());
    node.put("complete", result.complete());
    node.put("requests", result.requests());
    node.put("violations", result.violations());
    put(node, "sloViolationRatio", result.violationRatio());
    put(node, "beyondPromiseRatio", result.beyondPromiseRatio());
    node.put("sloViolationMinutes", result.violationMinutes());
    put(node, "p50Ms", result.p50Ms());
    put(node, "p99Ms", result.p99Ms());
    put(node, "p999Ms", result.p999Ms());
    put(node, "coverageError", result.coverage().error());
    put(node, "replicaHours", result.replicaHours());
    put(node, "nodeHours", result.nodeHours());
    put(node, "cost", result.cost());
    money(node.putObject("costByTenant"), result.costByTenant());
    money(node.putObject("costByEvent"), result.costByEvent());
    node.put("adaptations", result.adaptations());
    node.put("attempts", result.attempts());
    node.put("served", result.served());
    node.put("refused", result.refused());
    put(node, "attemptsPerRequest", result.attemptsPerRequest());
    node.put("nodesPeak", result.nodesPeak());
    node.put("auditViolations", result.auditViolations());
    ObjectNode wishes = node.putObject("decisionsByWish");
    for (Map.Entry<WishSource, Long> wish : result.decisionsByWish().entrySet()) {
      wishes.put(ModelJson.toTree(wish.getKey()).asText(), wish.getValue());
    }
    elasticity(node.putObject("elasticity"), result.elasticity(), baseline);
    ObjectNode services = node.putObject("services");
    for (ServiceResult service : result.services()) {
      ObjectNode one = services.putObject(service.service().toString());
      service(one, service);
      readyAtStart(one.putObject("readyAtStart"), service, scenario);
    }
    result.misses().forEach(node.putArray("missedExpectations")::add);
    ArrayNode hitNothing = node.putArray("faultsThatHitNothing");
    result.hitNothing().forEach(fault -> hitNothing.add(fault.inWords()));
  }

  private static void money(ObjectNode node, SortedMap<String, Double> costs) {
    costs.forEach((name, cost) -> put(node, name, cost));
  }

  private static @Nullable Elasticity baseline(Variation variation) {
    for (Trial trial : variation.trials()) {
      if (trial.policy().equals("hpa") && trial.first().complete()) {
        return trial.first().elasticity();
      }
    }
    return null;
  }

  private static void elasticity(
      ObjectNode node, Elasticity elasticity, @Nullable Elasticity baseline) {
    put(node, "thetaU", elasticity.thetaU());
    put(node, "thetaO", elasticity.thetaO());
    put(node, "tauU", elasticity.tauU());
    put(node, "tauO", elasticity.tauO());
    put(node, "upsilon", elasticity.upsilon());
    if (baseline != null) {
      put(node, "epsilon", elasticity.epsilon(baseline));
    }
  }

  private static void service(ObjectNode node, ServiceResult service) {
    node.put("requests", service.requests());
    node.put("violations", service.violations());
    put(node, "sloViolationRatio", service.violationRatio());
    node.put("sloViolationMinutes", service.violationMinutes());
    put(node, "servedRatio", service.servedRatio());
    node.put("refused", service.refused());
    put(node, "p50Ms", service.p50Ms());
    put(node, "p99Ms", service.p99Ms());
    put(node, "p999Ms", service.p999Ms());
    put(node, "replicaHours", service.replicaHours());
    put(node, "cost", service.cost());
    node.put("replicasPeak", service.replicasPeak());
    node.put("adaptations", service.adaptations());
    node.put("waitingMost", service.door().waitingMost());
    node.put("lineMost", service.door().lineMost());
    node.put("longestWaitMs", service.door().longestWaitMs());
    put(node, "soldRatio", service.door().soldRatio());
    put(node, "targetPeak", service.timeline().target().highest());
    put(node, "offeredPeakPerSecond", service.timeline().offered().highest());
  }

  /**
   * Ready replicas when each event that asks for the service began: the fewest in the step of the
   * chart that holds that second, which is the second itself in runs of up to twenty minutes.
   */
  private static void readyAtStart(ObjectNode node, ServiceResult service, Scenario scenario) {
    Series ready = service.timeline().ready();
    for (PeakEvent event : scenario.events()) {
      int step = (int) ((event.startMs() / 1_000 - 1) / ready.stepSeconds());
      if (event.startMs() >= 1_000
          && step < ready.size()
          && event.loads().stream().anyMatch(l -> l.service().equals(service.service()))) {
        put(node, event.name(), ready.low(step));
      }
    }
  }

  /** What the dearer of two policies buys with its money. */
  private static String trade(RunResult first, RunResult other) {
    if (!first.complete() || !other.complete()) {
      return first.policy()
          + " and "
          + other.policy()
          + " are not compared: a partial run ended at a moment of its own";
    }
    boolean dearer = first.cost() >= other.cost();
    RunResult buyer = dearer ? first : other;
    RunResult saver = dearer ? other : first;
    long avoided = saver.violations() - buyer.violations();
    double money = buyer.cost() - saver.cost();
    String more = Figures.fixed(money, 2) + " more";
    if (avoided <= 0) {
      return buyer.policy() + " costs " + more + " than " + saver.policy() + " and avoids nothing";
    }
    return buyer.policy()
        + " avoids "
        + Figures.grouped(avoided)
        + " violations of "
        + saver.policy()
        + " for "
        + more
        + (money > 0
            ? ": " + Figures.grouped(Math.round(avoided / money)) + " for one unit of money"
            : "");
  }

  /** JSON has no NaN: what is unknown is null. */
  static void put(ObjectNode node, String field, double value) {
    if (Double.isFinite(value)) {
      node.put(field, value);
    } else {
      node.putNull(field);
    }
  }

  /** The form for people. */
  void table(PrintWriter out) {
    Scenario scenario = scenario();
    List<RunResult> results = results();
    out.println(
        scenario.name()
            + (scenario.title().isEmpty() ? "" : ": " + scenario.title())
            + "; "
            + TimeSpan.write(results.get(0).seconds() * 1_000)
            + (complete() ? "" : " (stopped early, results are partial)")
            + ", seed "
            + scenario.seed()
            + ", fidelity "
            + OtherFidelity.inWords(scenario)
            + (scenario.admission() ? ", admission on" : ", admission off"));
    out.println();
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "policy",
            "requests",
            "violations",
            "violations %",
            "minutes",
            "p50 ms",
            "p99 ms",
            "p99.9 ms",
            "replica-h",
            "node-h",
            "cost",
            "changes",
            "decision log"));
    for (RunResult r : results) {
      rows.add(
          List.of(
              r.policy() + (r.complete() ? "" : " (partial)"),
              Figures.grouped(r.requests()),
              Figures.grouped(r.violations()),
              Figures.plain(100 * r.violationRatio()),
              Figures.grouped(r.violationMinutes()),
              Figures.fixed(r.p50Ms(), 1),
              Figures.fixed(r.p99Ms(), 1),
              Figures.fixed(r.p999Ms(), 1),
              Figures.fixed(r.replicaHours(), 2),
              Figures.fixed(r.nodeHours(), 2),
              Figures.fixed(r.cost(), 2),
              Figures.grouped(r.adaptations()),
              r.decisionLogSha256().substring(0, 12)));
    }
    print(out, rows);
    if (results.size() > 1) {
      out.println();
      results.stream().skip(1).forEach(other -> out.println(trade(results.get(0), other)));
    }
    VariedTable varied = VariedTable.of(variations);
    if (!varied.isEmpty()) {
      out.println();
      List<List<String>> varying = new ArrayList<>(List.of(varied.head()));
      varying.addAll(varied.rows());
      print(out, varying);
      out.println();
      out.println(varied.note());
    }
    RunResult first = results.get(0);
    if (first.services().size() > 1) {
      out.println();
      services(out, first);
    }
    out.println();
    out.println(
        "Floor of violations by service times alone "
            + Figures.plain(100 * first.sloViolationFloor())
            + " %; "
            + Figures.grouped(all().mapToLong(RunResult::simulatedRequests).sum())
            + " requests simulated one by one in "
            + Figures.fixed(wallSeconds, 1)
            + " s.");
    verdict(out, first);
  }

  private static void services(PrintWriter out, RunResult first) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            first.policy() + ": service",
            "requests",
            "violations %",
            "refused",
            "p50 ms",
            "p99 ms",
            "replicas at most",
            "replica-h",
            "changes"));
    List<ServiceResult> shown = new ArrayList<>(first.services());
    if (shown.size() > SERVICES_SHOWN) {
      shown.sort(Comparator.comparingLong(ServiceResult::requests).reversed());
      shown = shown.subList(0, SERVICES_SHOWN);
    }
    for (ServiceResult s : shown) {
      rows.add(
          List.of(
              s.service().toString(),
              Figures.grouped(s.requests()),
              Figures.plain(100 * s.violationRatio()),
              Figures.grouped(s.refused()),
              Figures.fixed(s.p50Ms(), 1),
              Figures.fixed(s.p99Ms(), 1),
              Figures.grouped(s.replicasPeak()),
              Figures.fixed(s.replicaHours(), 2),
              Figures.grouped(s.adaptations())));
    }
    print(out, rows);
    shown.forEach(s -> s.doorInWords().forEach(out::println));
    int more = first.services().size() - shown.size();
    if (more > 0) {
      out.println("and " + Figures.grouped(more) + " services with fewer requests: see --json");
    }
  }

  private void verdict(PrintWriter out, RunResult first) {
    first.auditMessages().forEach(message -> out.println("audit: " + message));
    first.hitNothing().forEach(fault -> out.println("hit nothing: " + fault.inWords()));
    for (RunResult result : results()) {
      if (first.complete()
          && !result.policy().equals(first.policy())
          && !result.misses().isEmpty()) {
        out.println(result.policy() + " would miss " + result.misses().size() + " expectations");
      }
    }
    if (notBegun > 0) {
      out.println(notBegun == 1 ? "1 run was not begun." : notBegun + " runs were not begun.");
    }
    if (!first.complete()) {
      out.println("Stopped early: expectations are not judged.");
    } else if (!first.misses().isEmpty()) {
      first.misses().forEach(miss -> out.println("missed: " + miss));
    } else if (scenario().expect().any()) {
      out.println("All expectations of the scenario hold.");
    }
  }

  /** First column to the left, the others to the right, two spaces between. */
  private static void print(PrintWriter out, List<List<String>> rows) {
    int columns = rows.get(0).size();
    int[] width = new int[columns];
    for (List<String> row : rows) {
      for (int c = 0; c < columns; c++) {
        width[c] = Math.max(width[c], row.get(c).length());
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int c = 0; c < columns; c++) {
        String pad = " ".repeat(width[c] - row.get(c).length());
        line.append(c == 0 ? row.get(c) + pad : "  " + pad + row.get(c));
      }
      out.println(line.toString().stripTrailing());
    }
  }
}
