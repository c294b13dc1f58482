package dev.highwater.server.testing;

import dev.highwater.http.PageRequest;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import dev.highwater.server.Member;
import dev.highwater.server.loop.CellLoop;
import dev.highwater.server.loop.Ownership;
import dev.highwater.server.store.CellEpoch;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Waits until a member that is alone decides for all cells that are declared, and for no other, and
 * knows that it does.
 *
 * <p>It exists because questions to owners (a plan, an event's readiness, a surge) are asked of all
 * cells, as of the member's last poll of the store. A snapshot says less: an owner shows its first
 * one before the next poll finds out who owns the cell. For the thread of a test.
 */
public final class OwnedCells {
  private static final int WAIT_S = 20;
  private static final int LOOK_MS = 50;

  private OwnedCells() {}

  /** Returns when it does, and fails after {@value #WAIT_S} seconds of looking. */
  public static void await(Member member) throws Exception {
    Set<String> declared =
        member
            .controlPlane()
            .specs(SpecKind.CELL, new PageRequest(PageRequest.LIMIT_MAX, "", ""))
            .await(WAIT_S, TimeUnit.SECONDS)
            .items()
            .stream()
            .map(SpecChange::key)
            .collect(Collectors.toCollection(TreeSet::new));
    for (int look = 0; look < WAIT_S * 1_000 / LOOK_MS; look++) {
      if (decides(member.ownership(), member.id(), declared)) {
        return;
      }
      member.vertx().timer(LOOK_MS, TimeUnit.MILLISECONDS).await(WAIT_S, TimeUnit.SECONDS);
    }
    throw new AssertionError(
        "of cells " + declared + " it knows owners " + member.ownership().epochs());
  }

  private static boolean decides(Ownership ownership, String member, Set<String> cells) {
    Set<String> deciding =
        ownership.loops().stream()
            .map(CellLoop::cell)
            .collect(Collectors.toCollection(TreeSet::new));
    return ownership.epochs().keySet().equals(cells)
        && ownership.epochs().values().stream().map(CellEpoch::owner).allMatch(member::equals)
        && deciding.containsAll(cells);
  }
}
