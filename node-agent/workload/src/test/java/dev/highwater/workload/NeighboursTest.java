package dev.highwater.workload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.Cell;
import dev.highwater.model.Command;
import dev.highwater.model.NodePool;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Goal: who shares a node with busy others is slower, and nobody else is. */
class NeighboursTest {
  private static final NodePool POOL = NodePool.named("east", "std");
  private static final Service ORDER = service("order", 4_000);
  private static final Service BATCH = service("batch", 12_000);
  private static final TrafficSpec.ReplicaBehaviour MINDS =
      new TrafficSpec.ReplicaBehaviour(1, 1, 0, 3, 0.3);

  private static Service service(String name, long cpuMilli) {
    return ServiceBuilder.service("shop", name).resources(Resources.of(cpuMilli, 1_024)).build();
  }

  private static TrafficSpec load(Service service, double perSecond, boolean minds) {
    TrafficSpec of = TrafficSpec.of(service.id(), TrafficProfile.steady(perSecond));
    return new TrafficSpec(
        of.service(),
        of.profile(),
        of.mix(),
        of.calls(),
        of.retry(),
        null,
        null,
        minds ? MINDS : of.behaviour(),
        of.patienceMs(),
        0,
        null,
        null);
  }

  /** Mean latency of an order, in ms, beside a batch replica of 12 of the node's 16 cores. */
  private static double orderMs(Fidelity fidelity, double batchPerSecond, boolean together) {
    SimulatedCell cell =
        new SimulatedCell(
            new SimulatedCell.Setup(
                Cell.named("east"),
                5,
                1_000_000,
                200,
                fidelity,
                List.of(POOL),
                List.of(ORDER, BATCH),
                List.of(load(ORDER, 40, true), load(BATCH, batchPerSecond, false))));
    cell.bootAtOnce(true);
    cell.prepare(1_000);
    assertThat(cell.obey(new Command.NodeTarget(1, 1, POOL, 2, List.of())).obeyed()).isTrue();
    cell.prepare(2_000);
    String first = cell.nodes().get(0);
    String second = cell.nodes().get(1);
    if (together) {
      assertThat(cell.obey(run(first, ORDER, BATCH)).obeyed()).isTrue();
    } else {
      assertThat(cell.obey(run(first, ORDER)).obeyed()).isTrue();
      assertThat(cell.obey(run(second, BATCH)).obeyed()).isTrue();
    }
    cell.prepare(3_000);
    cell.begin(4_000);
    for (int i = 0; i < 150; i++) {
      cell.step();
    }
    return cell.door().latencies(ORDER.id()).meanNanos() / 1e6;
  }

  private static Command.RunReplicas run(String node, Service... services) {
    return new Command.RunReplicas(
        1,
        1,
        node,
        List.of(services).stream().map(s -> new Command.ReplicaOrder(s.id(), 0)).toList(),
        List.of(services));
  }

  @ParameterizedTest
  @EnumSource(Fidelity.class)
  void aBusyNeighbourSlowsAndAnIdleOrDistantOneDoesNot(Fidelity fidelity) {
    // 200/s of 40 ms keep the eight places full: 12 of 16 cores, 0.45 over 0.3 of 0.7.
    double alone = orderMs(fidelity, 200, false);
    double idle = orderMs(fidelity, 1, true);
    double crowded = orderMs(fidelity, 200, true);
    assertThat(alone).isBetween(38.0, 44.0);
    assertThat(idle).isEqualTo(alone);
    // 1 + 2 x sensitivity x 0.64 with the node's own sensitivity of 0.5 to 1.5.
    assertThat(crowded / alone).isBetween(1.6, 3.0);
    assertThat(orderMs(fidelity, 200, true)).as("the same again").isEqualTo(crowded);
  }

  @Test
  void theFactorBeginsAtTheThresholdAndGrowsWithTheNodesSensitivity() {
    assertThat(MINDS.crowded(0.3, 1)).isEqualTo(1);
    assertThat(MINDS.crowded(1, 1)).isEqualTo(3);
    assertThat(MINDS.crowded(0.65, 0.5)).isEqualTo(1.5);
    assertThat(TrafficSpec.ReplicaBehaviour.AS_DECLARED.crowded(1, 1.5)).isEqualTo(1);
  }
}
