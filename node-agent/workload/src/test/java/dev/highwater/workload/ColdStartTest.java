package dev.highwater.workload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.Cell;
import dev.highwater.model.Command;
import dev.highwater.model.NodePool;
import dev.highwater.model.Service;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Goal: a fresh replica is slow until its caches are warm; one that stood before users is not. */
class ColdStartTest {
  private static final NodePool POOL = NodePool.named("east", "std");
  private static final Service ORDER = Service.named("shop", "order");
  private static final long WINDOW_MS = 200;
  private static final TrafficSpec.ReplicaBehaviour COLD =
      new TrafficSpec.ReplicaBehaviour(1, 3, 20_000, 1, 0.5);

  /** Four replicas, of which each is far from busy, so that all of the latency is service time. */
  private static SimulatedCell cell(Fidelity fidelity, boolean fresh) {
    TrafficSpec of = TrafficSpec.of(ORDER.id(), TrafficProfile.steady(100));
    SimulatedCell cell =
        new SimulatedCell(
            new SimulatedCell.Setup(
                Cell.named("east"),
                5,
                1_000_000,
                WINDOW_MS,
                fidelity,
                List.of(POOL),
                List.of(ORDER),
                List.of(
                    new TrafficSpec(
                        of.service(),
                        of.profile(),
                        of.mix(),
                        of.calls(),
                        of.retry(),
                        null,
                        null,
                        COLD,
                        of.patienceMs(),
                        0,
                        null,
                        null))));
    cell.bootAtOnce(true);
    cell.prepare(1_000);
    assertThat(cell.obey(new Command.NodeTarget(1, 1, POOL, 1, List.of())).obeyed()).isTrue();
    cell.prepare(2_000);
    if (!fresh) {
      start(cell);
      cell.prepare(3_000);
    }
    cell.begin(4_000);
    cell.step();
    if (fresh) {
      start(cell);
    }
    cell.step();
    return cell;
  }

  private static void start(SimulatedCell cell) {
    List<Command.ReplicaOrder> four =
        List.of(0L, 1L, 2L, 3L).stream()
            .map(ordinal -> new Command.ReplicaOrder(ORDER.id(), ordinal))
            .toList();
    assertThat(
            cell.obey(new Command.RunReplicas(1, 1, cell.nodes().get(0), four, List.of(ORDER)))
                .obeyed())
        .isTrue();
  }

  /** Mean latency, in ms, of what is answered in the time that passes now. */
  private static double meanMs(SimulatedCell cell, long ms) {
    LatencyHistogram before = new LatencyHistogram();
    before.addAll(cell.door().latencies(ORDER.id()));
    for (long t = 0; t < ms; t += WINDOW_MS) {
      cell.step();
    }
    return cell.door().latencies(ORDER.id()).minus(before).meanNanos() / 1e6;
  }

  @ParameterizedTest
  @EnumSource(Fidelity.class)
  void aFreshReplicaIsSlowUntilItIsWarmAndOneThatStoodBeforeIsNot(Fidelity fidelity) {
    assertThat(meanMs(cell(fidelity, false), 2_000)).isBetween(36.0, 44.0);

    SimulatedCell fresh = cell(fidelity, true);
    // Three times 40 ms at first, falling to once within 20 s: 2.9 in the mean of the first two.
    assertThat(meanMs(fresh, 2_000)).isBetween(104.0, 124.0);
    assertThat(meanMs(fresh, 8_000)).as("2 to 10 s").isBetween(84.0, 104.0);
    assertThat(meanMs(fresh, 10_000)).as("10 to 20 s").isBetween(54.0, 68.0);
    assertThat(meanMs(fresh, 10_000)).as("warm").isBetween(36.0, 44.0);
  }
}
