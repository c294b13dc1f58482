package dev.highwater.server.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.Cell;
import dev.highwater.model.SpecKind;
import dev.highwater.server.session.CellInbox;
import dev.highwater.server.store.AuditEntry;
import dev.highwater.server.store.CellEpoch;
import dev.highwater.server.store.ImpatientStore;
import dev.highwater.server.store.SpecEdit;
import dev.highwater.server.store.SpecRows;
import dev.highwater.server.store.Store;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members with a clock that the test turns; their loops do nothing but live and beat. */
class OwnershipTest {
  private static final String CELL = "east";

  private Path directory;
  private Store store;
  private final AtomicLong clockMs = new AtomicLong();
  private final AtomicReference<List<String>> living = new AtomicReference<>(List.of("a", "b"));
  private final List<Ownership> duties = new ArrayList<>();

  /** A loop that decides until it is told not to. */
  private static final class StillLoop implements CellLoop {
    private final CellEpoch taken;
    private final CellInbox inbox = new CellInbox();

    StillLoop(CellEpoch taken) {
      this.taken = taken;
    }

    @Override
    public String cell() {
      return taken.cell();
    }

    @Override
    public long epoch() {
      return taken.epoch();
    }

    @Override
    public CellInbox inbox() {
      return inbox;
    }

    @Override
    public CompletionStage<CellDecider.WhatIf> whatIf() {
      return CompletableFuture.failedFuture(new IllegalStateException("decides nothing"));
    }

    @Override
    public boolean deciding() {
      return !inbox.closed();
    }

    @Override
    public void close() {
      inbox.close();
    }
  }

  @BeforeEach
  void open(@TempDir Path folder) throws Exception {
    directory = folder;
    store = ImpatientStore.open(folder);
    store
        .specs()
        .write(
            List.of(SpecRows.put(Cell.named(CELL), SpecEdit.ABSENT)),
            new AuditEntry(0, "root", "put", "cell east", ""));
  }

  @AfterEach
  void close() {
    duties.forEach(Ownership::close);
    store.close();
  }

  private Ownership member(String id) {
    Ownership duty =
        new Ownership(store, id, () -> id + ":8080", living::get, StillLoop::new, clockMs::get);
    duties.add(duty);
    return duty;
  }

  private String first() {
    return Rendezvous.rank(CELL, "a", List.of("a", "b")) == 0 ? "a" : "b";
  }

  private String second() {
    return first().equals("a") ? "b" : "a";
  }

  @Test
  void theRoutesAreOwnedLikeACellOnceThereAreTwo() throws Exception {
    living.set(List.of("a"));
    Ownership only = member("a");
    only.step();
    assertThat(only.routed()).as("nothing to decide with one cell").isFalse();
    assertThat(only.owned(Cell.ROUTES)).isNull();
    store
        .specs()
        .write(
            List.of(SpecRows.put(Cell.named("west"), SpecEdit.ABSENT)),
            new AuditEntry(0, "root", "put", "cell west", ""));
    only.step();
    assertThat(only.owned(Cell.ROUTES)).isNotNull();
    assertThat(only.epochs().keySet()).as("they are no cell").containsExactly(CELL, "west");
    assertThat(store.epochs().list())
        .as("the store is their arbiter too")
        .anyMatch(row -> row.cell().equals(Cell.ROUTES) && row.owner().equals("a"));
    store
        .specs()
        .write(
            List.of(SpecEdit.delete(SpecRows.key(SpecKind.CELL, "west"), SpecEdit.ANY)),
            new AuditEntry(0, "root", "delete", "cell west", ""));
    only.step();
    assertThat(only.owned(Cell.ROUTES)).as("users must come back to the last cell").isNotNull();
  }

  @Test
  void theFirstInOrderTakesANewCellAndTheOtherKnowsWhere() throws Exception {
    Ownership one = member(first());
    Ownership two = member(second());
    two.step();
    one.step();
    two.step();

    assertThat(one.owned(CELL)).isNotNull();
    assertThat(two.owned(CELL)).isNull();
    assertThat(two.ownerAddress(CELL)).isEqualTo(first() + ":8080");
    assertThat(one.ownerAddress(CELL)).isNull();
  }

  @Test
  void theSecondTakesANewCellWhenTheFirstDoesNot() throws Exception {
    Ownership two = member(second());
    two.step();
    clockMs.addAndGet(Ownership.TURN_MS);
    two.step();
    assertThat(two.owned(CELL)).isNotNull();
  }

  @Test
  void releasedCellIsTakenWithoutWaiting() throws Exception {
    Ownership one = member(first());
    Ownership two = member(second());
    one.step();
    two.step();
    assertThat(store.epochs().release(CELL, 1)).isTrue();
    living.set(List.of(second()));
    two.step();
    assertThat(two.owned(CELL)).isNotNull();
    assertThat(store.epochs().release(CELL, 1)).as("the epoch is over").isFalse();
  }

  @Test
  void deadOwnerIsReplacedOnceItsBeatStandsStill() throws Exception {
    Ownership one = member(first());
    Ownership two = member(second());
    one.step();
    two.step();
    living.set(List.of(second()));
    clockMs.addAndGet(Ownership.SILENT_MS - 1);
    two.step();
    assertThat(two.owned(CELL)).as("not before its time").isNull();
    clockMs.addAndGet(1);
    two.step();
    assertThat(two.owned(CELL)).isNotNull();
    assertThat(store.epochs().list().get(0).epoch()).isEqualTo(2);

    one.step();
    assertThat(one.ownerAddress(CELL)).isEqualTo(second() + ":8080");
  }

  @Test
  void livingOwnerThatOthersCannotSeeKeepsItsCell() throws Exception {
    Ownership one = member(first());
    Ownership two = member(second());
    one.step();
    two.step();
    living.set(List.of(second()));
    for (int second = 0; second < 30; second++) {
      clockMs.addAndGet(1_000);
      assertThat(store.epochs().beat(CELL, 1)).isTrue();
      two.step();
    }
    assertThat(two.owned(CELL)).isNull();
  }

  @Test
  void hungOwnerThatIsStillAMemberIsReplacedLater() throws Exception {
    Ownership one = member(first());
    Ownership two = member(second());
    one.step();
    two.step();
    clockMs.addAndGet(Ownership.SILENT_MEMBER_MS);
    two.step();
    assertThat(two.owned(CELL)).as("the first in order would be asked before it").isNull();
    clockMs.addAndGet(Ownership.TURN_MS);
    two.step();
    assertThat(two.owned(CELL)).isNotNull();
    assertThat(Ownership.SILENT_MEMBER_MS + Ownership.TURN_MS)
        .as("budget of the design for a hung member")
        .isLessThan(10_000);
  }

  @Test
  void cellMovesToTheFirstInOrderWhenMembersHaveSettled() throws Exception {
    living.set(List.of(second()));
    Ownership two = member(second());
    two.step();
    assertThat(two.owned(CELL)).isNotNull();

    living.set(List.of("a", "b"));
    Ownership one = member(first());
    one.step();
    for (int second = 0; second < 9; second++) {
      clockMs.addAndGet(1_000);
      store.epochs().beat(CELL, 1);
      one.step();
    }
    assertThat(one.owned(CELL)).as("a member set that still changes moves nothing").isNull();
    clockMs.addAndGet(1_000);
    store.epochs().beat(CELL, 1);
    one.step();
    assertThat(one.owned(CELL)).isNotNull();
    two.step();
    assertThat(two.owned(CELL)).isNull();
  }

  @Test
  void aMemberThatWasHeldLeavesItsCellToWhoTookItUntilMembersSettle() throws Exception {
    Ownership one = member(first());
    Ownership two = member(second());
    one.step();
    two.step();
    for (int second = 0; second < 20; second++) {
      clockMs.addAndGet(1_000);
      two.step(); // the first is held
    }
    assertThat(two.owned(CELL)).isNotNull();

    one.step();
    assertThat(one.owned(CELL)).as("it knows of no change, but it was away").isNull();
    for (int second = 0; second < 10; second++) {
      clockMs.addAndGet(1_000);
      assertThat(store.epochs().beat(CELL, 2)).isTrue();
      assertThat(one.owned(CELL)).isNull();
      one.step();
    }
    assertThat(one.owned(CELL)).as("first in order, and nothing changed since").isNotNull();
  }

  @Test
  void aMemberThatWasHeldDoesNotTakeItsOwnPauseForTheOwnersSilence() throws Exception {
    Ownership one = member(first());
    Ownership two = member(second());
    one.step();
    two.step();
    clockMs.addAndGet(60_000);
    two.step();
    assertThat(two.owned(CELL)).as("both may have been held").isNull();
  }

  @Test
  void loopThatEndedByADefectIsBegunAgainAfterAPause() throws Exception {
    Ownership one = member(first());
    one.step();
    one.loops().get(0).close();
    one.step();
    assertThat(one.owned(CELL)).isNull();
    clockMs.addAndGet(Ownership.SILENT_MS);
    one.step();
    assertThat(one.owned(CELL)).isNotNull();
    assertThat(store.epochs().list().get(0).epoch()).isEqualTo(2);
  }

  @Test
  void removedCellIsLetGo() throws Exception {
    Ownership one = member(first());
    one.step();
    store
        .specs()
        .write(
            List.of(SpecEdit.delete(SpecRows.key(SpecKind.CELL, CELL), -1)),
            new AuditEntry(0, "root", "delete", "cell east", ""));
    one.step();
    assertThat(one.owned(CELL)).isNull();
    assertThat(one.loops()).isEmpty();
  }

  @Test
  void silenceDuringAStoreOutageIsNotDeath() throws Exception {
    Ownership one = member(first());
    Ownership two = member(second());
    one.step();
    two.step();
    living.set(List.of(second()));
    Store lost = store;
    lost.close(); // nobody can read or beat
    two.step();
    assertThat(two.storeAnswered()).isFalse();
    clockMs.addAndGet(60_000);
    two.step();
    assertThat(two.owned(CELL)).isNull();
    store = ImpatientStore.open(directory);
    assertThat(store.epochs().list().get(0).epoch()).isEqualTo(1);
  }
}
