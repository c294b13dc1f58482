package dev.highwater.server.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.http.ControlPlane.Subscription;
import dev.highwater.http.StreamListener;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.json.ModelJson;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two members' ends on one event bus. */
class StreamsTest {
  private static final long WAIT_S = 10;
  private static final CellSnapshot SNAPSHOT =
      new CellSnapshot(
          "east", 1, "a", 1_000, 1, 1, 0, List.of(), List.of(), List.of(), List.of(), 0, 0, 0, 0);

  private final Vertx vertx = Vertx.vertx();
  private volatile boolean declared = true;
  private final Streams first = new Streams(vertx, "a", () -> false, cell -> true);
  private final Streams second = new Streams(vertx, "b", () -> false, cell -> declared);

  /** Keeps what it hears, in order. */
  private static final class Listener implements StreamListener {
    final BlockingQueue<Object> heard = new LinkedBlockingQueue<>();

    @Override
    public void onSnapshot(CellSnapshot snapshot) {
      heard.add(snapshot);
    }

    @Override
    public void onDecision(Decision decision) {
      heard.add(decision);
    }

    @Override
    public void onCellGone(String cell) {
      heard.add(cell);
    }
  }

  @BeforeEach
  void start() throws Exception {
    first.start().await(WAIT_S, TimeUnit.SECONDS);
    second.start().await(WAIT_S, TimeUnit.SECONDS);
  }

  @AfterEach
  void close() throws Exception {
    vertx.close().await(WAIT_S, TimeUnit.SECONDS);
  }

  private static Decision decision(long sequence) {
    return new Decision(
        "east", 1, sequence, 1_000, List.of(new Fact.EpochBegun(1, "a")), List.of(), List.of());
  }

  @Test
  void ownListenersHearOnceAndOthersTheSame() throws Exception {
    Listener here = new Listener();
    Listener there = new Listener();
    first.subscribe(here);
    second.subscribe(there);
    first.publish(SNAPSHOT, ModelJson.writeBytes(SNAPSHOT));

    assertThat(there.heard.poll(WAIT_S, TimeUnit.SECONDS)).isEqualTo(SNAPSHOT);
    assertThat(here.heard).containsExactly(SNAPSHOT);
  }

  @Test
  void decisionsArriveInOrder() throws Exception {
    Listener there = new Listener();
    second.subscribe(there);
    for (long sequence = 1; sequence <= 50; sequence++) {
      first.publish(decision(sequence));
    }
    for (long sequence = 1; sequence <= 50; sequence++) {
      assertThat(there.heard.poll(WAIT_S, TimeUnit.SECONDS)).isEqualTo(decision(sequence));
    }
  }

  /** Goal: what was under way when a cell was deleted does not bring it back. */
  @Test
  void deletedCellIsToldOnceAndItsLateSnapshotIsNot() throws Exception {
    Listener there = new Listener();
    second.subscribe(there);
    declared = false;
    second.gone("east");
    first.publish(SNAPSHOT, ModelJson.writeBytes(SNAPSHOT));
    first.publish(decision(1));

    assertThat(there.heard.poll(WAIT_S, TimeUnit.SECONDS)).isEqualTo("east");
    assertThat(there.heard.poll(WAIT_S, TimeUnit.SECONDS)).isEqualTo(decision(1));
  }

  @Test
  void closedSubscriptionHearsNothing() {
    Listener here = new Listener();
    try (Subscription subscription = first.subscribe(here)) {
      assertThat(subscription).isNotNull();
    }
    first.publish(decision(1));
    assertThat(here.heard).isEmpty();
  }
}
