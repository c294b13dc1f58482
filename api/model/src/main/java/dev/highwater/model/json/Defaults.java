package dev.highwater.model.json;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.highwater.model.AgentMessage;
import dev.highwater.model.Capacity;
import dev.highwater.model.Cell;
import dev.highwater.model.Command;
import dev.highwater.model.Cordon;
import dev.highwater.model.Explanation;
import dev.highwater.model.Fact;
import dev.highwater.model.ManualOverride;
import dev.highwater.model.NodePool;
import dev.highwater.model.Ownership;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.PlacementRule;
import dev.highwater.model.Residency;
import dev.highwater.model.Resources;
import dev.highwater.model.Scaling;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand;
import dev.highwater.model.Slo;
import dev.highwater.model.Tenant;
import dev.highwater.model.view.Bundle;
import dev.highwater.model.view.EventReadiness;
import dev.highwater.model.view.PlanRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a field means when it is left out, taken from the records' own defaults so that Java and
 * JSON cannot differ. What people write has defaults; what programs say to each other must be
 * complete, but for fields that are younger than records that are kept and agents that still run.
 * Immutable.
 */
final class Defaults {
  private Defaults() {}

  /** The default fields of a type, or null if it has none. */
  static @Nullable ObjectNode of(Class<?> type) {
    return Loaded.BY_TYPE.get(type);
  }

  /** Loaded after the codec, which it uses. */
  private static final class Loaded {
    static final Map<Class<?>, ObjectNode> BY_TYPE = new LinkedHashMap<>();

    static {
      // Left out, it is the tenant's own name, not the example's.
      put(Tenant.named("x"), "name").put("displayName", "");
      put(Service.named("x", "x"), "tenant", "name");
      put(Cell.named("x"), "name");
      put(NodePool.named("x", "x"), "cell", "name");
      put(Cordon.of("x", "x"), "cell", "node");
      put(new PeakEvent("x", 0, 60_000, 300_000, 300_000, List.of()), "name", "startMs", "loads");
      put(Capacity.DEFAULT);
      put(Scaling.DEFAULT);
      put(Slo.DEFAULT);
      put(Residency.ANYWHERE);
      put(PlacementRule.DEFAULT);
      put(Resources.NONE);
      put(PlanRequest.of(List.of(Tenant.named("x"))))
          .putArray("specs"); // one of the lists may be empty
      put(Bundle.of(List.of(Tenant.named("x")), false), "items");
      put(new ManualOverride(ManualOverride.Kind.PIN, 0, 0, "", ""), "kind", "expiresAtMs");
      put(new SimulationCommand.Surge(new ServiceId("x", "x"), 3, 0, 60_000, 0), "service");
      put(
          new SimulationCommand.Fault(SimulationCommand.FaultKind.NODE_CRASH, "local", "x", 0),
          "cell",
          "target");
      put(
          new AgentMessage.Hello(0, AgentMessage.Role.NODE, "x", "x", "", 0, null, List.of()),
          "protocolVersion",
          "role",
          "cell",
          "name");
      // Serial steps had no shards before, so nothing was limited by one.
      put(
          new Explanation.AdmissionView(0, 0, 0, Double.MAX_VALUE, 0),
          "ratePerSecond",
          "readyCapacityPerSecond",
          "serialPerSecond",
          "retryRatio");
      put(
          new Command.AdmissionRate(new ServiceId("x", "x"), 0, Double.MAX_VALUE, 0),
          "service",
          "ratePerSecond",
          "retryRatio");
      // It was not told before what a node held.
      put(new Fact.NodeLost("x", Fact.NodeLossReason.RELEASED, List.of()), "node", "reason");
      // Cells did not tell before what they could bear for others.
      only(
          new EventReadiness(
              "x", "x", Ownership.PRIVATE, false, 0, 0, 0, 0, 0, 0, 0, List.of(), List.of(), null),
          "ownership");
      only(
          new EventReadiness.ServiceReadiness(
              new ServiceId("x", "x"), 0, 0, 0, 0, 0, 0, 0, List.of(), 0, 0, 0, 0, 0, 0, 0, 0, ""),
          "bearsPerSecond",
          "spareLastMomentMs",
          "spareCostPerHour");
    }

    /** Every other field is required. */
    private static void only(Record example, String... optional) {
      ObjectNode fields = (ObjectNode) ModelJson.toTree(example);
      BY_TYPE.put(example.getClass(), fields.retain(optional));
    }

    private static ObjectNode put(Record example, String... required) {
      ObjectNode fields = (ObjectNode) ModelJson.toTree(example);
      fields.remove(List.of(required));
      BY_TYPE.put(example.getClass(), fields);
      return fields;
    }
  }
}
