package dev.highwater.launcher.dev;

import dev.highwater.http.StreamListener;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.CellSnapshot.NodeState;
import dev.highwater.model.CellSnapshot.NodeStatus;
import dev.highwater.model.CellSnapshot.PoolStatus;
import dev.highwater.model.CellSnapshot.ServiceStatus;
import dev.highwater.model.Decision;
import dev.highwater.rehearsal.scenario.Scenario;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Knows when the nodes and first replicas of some cells stand. Thread-safe. */
final class Standing implements StreamListener {
  /**
   * Longest wait until nodes and first replicas stand; seconds, unless the machine is very busy.
   */
  private static final int SECONDS_MAX = 120;

  private final Set<String> cells;
  private final int services;
  private final CountDownLatch ready;
  private final Map<String, Integer> standing = new TreeMap<>();
  private final Set<String> stood = new TreeSet<>();

  /**
   * @param cells names of those that are waited for
   */
  Standing(Scenario scenario, Set<String> cells) {
    this.cells = cells;
    services = scenario.services().size();
    ready = new CountDownLatch(cells.size());
  }

  @Override
  public synchronized void onSnapshot(CellSnapshot snapshot) {
    if (!cells.contains(snapshot.cell())) {
      return;
    }
    // Twice in a row: the tick that sees the first replicas may still want more nodes.
    int inRow = stands(snapshot) ? standing.getOrDefault(snapshot.cell(), 0) + 1 : 0;
    standing.put(snapshot.cell(), inRow);
    if (inRow == 2 && stood.add(snapshot.cell())) {
      ready.countDown();
    }
  }

  private static boolean stands(NodeStatus node) {
    return node.state() == NodeState.READY || node.state() == NodeState.CORDONED;
  }

  private boolean stands(CellSnapshot snapshot) {
    for (PoolStatus pool : snapshot.pools()) {
      if (pool.ready() < pool.target()) {
        return false;
      }
    }
    for (ServiceStatus service : snapshot.services()) {
      if (service.ready() < service.target() || service.pending() > 0) {
        return false;
      }
    }
    return snapshot.services().size() >= services
        && snapshot.nodes().stream().allMatch(Standing::stands);
  }

  @Override
  public void onDecision(Decision decision) {
    // Snapshots tell what stands.
  }

  void await() throws CannotRunException, InterruptedException {
    if (!ready.await(SECONDS_MAX, TimeUnit.SECONDS)) {
      throw new CannotRunException(
          "nodes and first replicas did not stand after " + SECONDS_MAX + " s");
    }
  }
}
