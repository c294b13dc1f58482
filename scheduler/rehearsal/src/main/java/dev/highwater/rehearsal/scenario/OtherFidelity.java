package dev.highwater.rehearsal.scenario;

import dev.highwater.model.ServiceId;
import dev.highwater.model.json.ModelJson;
import dev.highwater.workload.Fidelity;
import dev.highwater.workload.TrafficSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * Services that are simulated in another way than the rest of the scenario, for a part of the run
 * or all of it. Every result names them, since its figures depend on it. Immutable.
 *
 * @param services in the order of the scenario's loads
 * @param startMs since the start of the run
 * @param endMs at most the end of the run
 */
public record OtherFidelity(List<ServiceId> services, Fidelity fidelity, long startMs, long endMs) {
  /** Services that are named; of more they are counted. */
  private static final int NAMED_MAX = 6;

  public OtherFidelity {
    services = List.copyOf(services);
  }

  /** Those of a scenario, in the order of its loads. */
  public static List<OtherFidelity> of(Scenario scenario) {
    List<OtherFidelity> all = new ArrayList<>();
    for (Load load : scenario.loads()) {
      Fidelity usual = load.fidelity() == null ? scenario.fidelity() : load.fidelity();
      TrafficSpec.CloseUp closeUp = load.closeUp();
      long endMs = scenario.durationMs();
      if (usual != scenario.fidelity()) {
        add(all, load.service(), usual, 0, endMs);
      }
      if (closeUp != null && closeUp.fidelity() != usual) {
        long untilMs = closeUp.startMs() + closeUp.durationMs();
        add(
            all,
            load.service(),
            closeUp.fidelity(),
            Math.max(0, closeUp.startMs()),
            Math.min(untilMs, endMs));
      }
    }
    return all;
  }

  private static void add(
      List<OtherFidelity> all, ServiceId service, Fidelity fidelity, long startMs, long endMs) {
    if (startMs >= endMs) {
      return; // in no part of this run
    }
    for (int i = 0; i < all.size(); i++) {
      OtherFidelity same = all.get(i);
      if (same.fidelity == fidelity && same.startMs == startMs && same.endMs == endMs) {
        List<ServiceId> services = new ArrayList<>(same.services);
        services.add(service);
        all.set(i, new OtherFidelity(services, fidelity, startMs, endMs));
        return;
      }
    }
    all.add(new OtherFidelity(List.of(service), fidelity, startMs, endMs));
  }

  /**
   * How a scenario is simulated: {@code fluid}, or {@code fluid; shop/order, shop/payment by
   * request 60m-120m}.
   */
  public static String inWords(Scenario scenario) {
    StringBuilder words = new StringBuilder(code(scenario.fidelity()));
    for (OtherFidelity other : of(scenario)) {
      int more = other.services.size() - NAMED_MAX;
      String names =
          String.join(
              ", ", other.services.stream().limit(NAMED_MAX).map(ServiceId::toString).toList());
      words.append("; ").append(names);
      words.append(more > 0 ? " and " + more + " more by " : " by ").append(code(other.fidelity));
      if (other.startMs > 0 || other.endMs < scenario.durationMs()) {
        words.append(' ').append(clock(other.startMs)).append('-').append(clock(other.endMs));
      }
    }
    return words.toString();
  }

  /** Both ends in one unit as far as it goes: 120m and not 2h. */
  private static String clock(long ms) {
    return ms % 60_000 == 0 ? ms / 60_000 + "m" : TimeSpan.write(ms);
  }

  private static String code(Fidelity fidelity) {
    return ModelJson.toTree(fidelity).asText();
  }
}
