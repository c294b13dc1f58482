package dev.highwater.launcher.rehearse;

import com.fasterxml.jackson.databind.JsonNode;
import dev.highwater.model.json.ModelJson;
import dev.highwater.rehearsal.report.Report.Predicted;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What was predicted beside what happened, figure by figure. Stateless. */
final class SideBySide {
  /** Figures of a run and of a service in the documented JSON form that are set side by side. */
  private static final List<String> RUN_FIGURES =
      List.of(
          "requests",
          "violations",
          "sloViolationRatio",
          "sloViolationMinutes",
          "p50Ms",
          "p99Ms",
          "p999Ms",
          "refused",
          "replicaHours",
          "nodeHours",
          "nodesPeak",
          "cost",
          "adaptations",
          "auditViolations");

  private static final List<String> SERVICE_FIGURES =
      List.of(
          "requests",
          "offeredPeakPerSecond",
          "sloViolationRatio",
          "p99Ms",
          "targetPeak",
          "replicasPeak",
          "replicaHours",
          "cost");

  /** Figures that do not grow with the span that they tell of. */
  private static final List<String> SPANLESS =
      List.of("seconds", "sloViolationRatio", "p50Ms", "p99Ms", "p999Ms", "auditViolations");

  /** Spans that differ by no more are the same: a recording ends between two seconds. */
  private static final double SPAN_TOLERANCE = 0.01;

  private SideBySide() {}

  /** Figures of both, by their names in the documented JSON form. */
  static List<Predicted> figures(@Nullable JsonNode predicted, JsonNode happened) {
    JsonNode root = predicted == null ? ModelJson.toTree(List.of()) : predicted;
    JsonNode before = first(root);
    JsonNode after = first(happened);
    List<Predicted> figures = new ArrayList<>();
    figures.add(figure("seconds", root.path("durationSeconds"), happened.path("durationSeconds")));
    boolean sameSpan = !(Math.abs(figures.get(0).apart()) > SPAN_TOLERANCE);
    for (String name : RUN_FIGURES) {
      figures.add(figure(name, before.path(name), after.path(name)));
    }
    for (String by : List.of("costByTenant", "costByEvent")) {
      after
          .path(by)
          .fields()
          .forEachRemaining(
              one ->
                  figures.add(
                      figure(
                          "cost of " + one.getKey(),
                          before.path(by).path(one.getKey()),
                          one.getValue())));
    }
    after
        .path("services")
        .fields()
        .forEachRemaining(
            service -> {
              JsonNode expected = before.path("services").path(service.getKey());
              for (String name : SERVICE_FIGURES) {
                figures.add(
                    figure(
                        service.getKey() + " " + name,
                        expected.path(name),
                        service.getValue().path(name)));
              }
              service
                  .getValue()
                  .path("readyAtStart")
                  .fields()
                  .forEachRemaining(
                      ready ->
                          figures.add(
                              figure(
                                  service.getKey() + " ready when " + ready.getKey() + " began",
                                  expected.path("readyAtStart").path(ready.getKey()),
                                  ready.getValue())));
            });
    return sameSpan ? figures : figures.stream().map(SideBySide::ofAnotherSpan).toList();
  }

  private static Predicted ofAnotherSpan(Predicted figure) {
    String name = figure.figure().substring(figure.figure().lastIndexOf(' ') + 1);
    return new Predicted(
        figure.figure(), figure.predicted(), figure.happened(), SPANLESS.contains(name));
  }

  private static JsonNode first(JsonNode root) {
    var policies = root.path("policies").elements();
    return policies.hasNext() ? policies.next() : root.path("policies");
  }

  private static Predicted figure(String name, JsonNode predicted, JsonNode happened) {
    return new Predicted(
        name,
        predicted.isNumber() ? predicted.asDouble() : Double.NaN,
        happened.isNumber() ? happened.asDouble() : Double.NaN,
        true);
  }
}
