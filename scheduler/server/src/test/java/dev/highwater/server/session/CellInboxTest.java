package dev.highwater.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.NodeDescriptor;
import dev.highwater.model.Observation;
import dev.highwater.model.Resources;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class CellInboxTest {
  private final CellInbox inbox = new CellInbox();

  @Test
  void keepsOrder() {
    inbox.add(report("a", 1));
    inbox.add(new Observation.NodeDisconnected(2, "a"));
    inbox.add(report("b", 3));
    assertThat(inbox.drain().observations())
        .containsExactly(report("a", 1), new Observation.NodeDisconnected(2, "a"), report("b", 3));
    assertThat(inbox.drain().observations()).isEmpty();
  }

  @Test
  void whenFullOlderReportsGoBeforeAnythingElse() {
    inbox.add(new Observation.NodeDisconnected(0, "z"));
    int rounds = CellInbox.CAPACITY / 100;
    for (int round = 0; round <= rounds; round++) {
      for (int node = 0; node < 100; node++) {
        inbox.add(report("n" + node, round));
      }
    }
    List<Observation> kept = inbox.drain().observations();
    assertThat(kept)
        .hasSizeLessThan(CellInbox.CAPACITY)
        .contains(new Observation.NodeDisconnected(0, "z"));
    for (int node = 0; node < 100; node++) {
      assertThat(kept).contains(report("n" + node, rounds));
    }
    assertThat(inbox.droppedTotal()).isPositive();
  }

  @Test
  void neverHoldsMoreThanItsBound() {
    for (int i = 0; i < 3 * CellInbox.CAPACITY; i++) {
      inbox.add(new Observation.NodeDisconnected(i, "n" + i));
    }
    assertThat(inbox.size()).isLessThanOrEqualTo(CellInbox.CAPACITY);
  }

  @Test
  void onlyWhatMattersWakesTheOwner() throws Exception {
    inbox.add(report("a", 1));
    long startedNanos = System.nanoTime();
    inbox.await(50);
    assertThat(System.nanoTime() - startedNanos).isGreaterThanOrEqualTo(45_000_000L);
    inbox.add(new Observation.FrontDoorReport(1, 1, List.of()));
    inbox.await(60_000); // returns at once, or the test runs into its time limit
    assertThat(inbox.size()).isEqualTo(2);
    inbox.drain();
    inbox.add(new Observation.NodeDisconnected(2, "a"));
    inbox.await(60_000);
    inbox.drain();
    inbox.add(new Observation.NodeConnected(3, node("a"), List.of()));
    inbox.await(60_000);
    assertThat(inbox.size()).isEqualTo(1);
  }

  @Test
  void closedInboxTakesNothing() throws Exception {
    inbox.close();
    inbox.await(60_000);
    inbox.add(report("a", 1));
    assertThat(inbox.size()).isZero();
  }

  private static NodeDescriptor node(String name) {
    return new NodeDescriptor(
        "cell", name, "cell/pool", "a", Resources.of(1_000, 1_024), new TreeMap<>(), List.of());
  }

  private static Observation report(String node, long atMs) {
    return new Observation.NodeReport(atMs, node, 1, 1, 0, List.of());
  }
}
