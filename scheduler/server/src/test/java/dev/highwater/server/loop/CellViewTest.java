package dev.highwater.server.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.highwater.kernel.Kernel;
import dev.highwater.kernel.account.Ledger;
import dev.highwater.kernel.state.CellState;
import dev.highwater.model.Cell;
import dev.highwater.model.CellSnapshot.NodeStatus;
import dev.highwater.model.CellSnapshot.PoolStatus;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.NodeDescriptor;
import dev.highwater.model.NodePool;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecKind;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Goal: a cell is shown as people read it. */
class CellViewTest {
  private static final CellDecider.SnapshotFrame FRAME =
      new CellDecider.SnapshotFrame("member-1", 1, 1, 0);

  private final CellView view = new CellView(new Ledger());
  private final CellState state = state();

  @Test
  void nodesComeAsPeopleCount() {
    for (int number : List.of(10, 2, 0, 1)) {
      state.evolve(
          new Fact.NodeJoined(
              new NodeDescriptor(
                  "east",
                  "p-" + number,
                  "east/p",
                  "a",
                  NodePool.named("east", "p").shape(),
                  new TreeMap<>(),
                  List.of())));
    }
    assertThat(view.of(state, FRAME).nodes())
        .extracting(NodeStatus::node)
        .containsExactly("p-0", "p-1", "p-2", "p-10");
  }

  @Test
  void nodesOfAPoolThatWasDeletedAreShownAndCost() {
    state.evolve(
        new Fact.NodeJoined(
            new NodeDescriptor(
                "east",
                "p-0",
                "east/p",
                "a",
                NodePool.named("east", "p").shape(),
                new TreeMap<>(),
                List.of())));
    double before = view.of(state, FRAME).costPerHour();
    assertThat(before).isPositive();
    state.evolve(new Fact.SpecApplied(SpecKind.NODE_POOL, "east/p", 2, 2, null));
    assertThat(view.of(state, FRAME).costPerHour()).isEqualTo(before);
    assertThat(view.of(state, FRAME).pools())
        .extracting(PoolStatus::pool, PoolStatus::ready, PoolStatus::nodesMax)
        .containsExactly(tuple("east/p", 1, 0));
  }

  @Test
  void costIsCountedFromTheFirstTickOfThisOwner() {
    for (long nowMs : new long[] {5_000, 6_000}) {
      new Kernel().observe(state, new Input("east", 1, nowMs, nowMs, List.of(), List.of()));
      assertThat(view.of(state, FRAME).costSinceMs()).isEqualTo(5_000);
    }
  }

  private static CellState state() {
    CellState state = new CellState("east");
    state.evolve(new Fact.EpochBegun(1, "a"));
    for (Spec spec : List.of(Cell.named("east"), NodePool.named("east", "p"))) {
      state.evolve(new Fact.SpecApplied(SpecKind.of(spec), spec.key(), 1, 1, spec));
    }
    return state;
  }
}
