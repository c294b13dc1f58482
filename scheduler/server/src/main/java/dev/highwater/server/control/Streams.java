package dev.highwater.server.control;

import dev.highwater.http.ControlPlane.Subscription;
import dev.highwater.http.StreamListener;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Decision;
import dev.highwater.model.json.ModelJson;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fans out what happens in any cell to the listeners of this member. What happens here goes to them
 * as it is; what other members' cells do comes over the event bus as JSON, best effort and in order
 * per cell, and is read on a worker, because the snapshot of a large cell is megabytes. Listeners
 * are called on the cell's thread or a worker; everything is thread-safe.
 */
final class Streams {
  private static final Logger LOG = LoggerFactory.getLogger(Streams.class);

  /** Header of a message: the member that sent it, which has told its own listeners itself. */
  private static final String FROM = "from";

  private final Vertx vertx;
  private final String self;
  private final BooleanSupplier alone;
  private final Predicate<String> declared;
  private final List<StreamListener> listeners = new CopyOnWriteArrayList<>();

  /**
   * Creates the fan-out of one member.
   *
   * @param self id of this member
   * @param alone whether there is no other member to tell
   * @param declared whether a cell is declared, as far as this member knows
   */
  Streams(Vertx vertx, String self, BooleanSupplier alone, Predicate<String> declared) {
    this.vertx = vertx;
    this.self = self;
    this.alone = alone;
    this.declared = declared;
  }

  /** Listens from now on; the future succeeds once every member knows that. */
  Future<Void> start() {
    Future<Void> snapshots = hear(Channels.SNAPSHOTS, CellSnapshot.class, this::deliver);
    Future<Void> decisions = hear(Channels.DECISIONS, Decision.class, this::deliver);
    return Future.all(snapshots, decisions).mapEmpty();
  }

  private <T> Future<Void> hear(String address, Class<T> type, Consumer<T> deliver) {
    return vertx
        .eventBus()
        .<Buffer>consumer(
            address,
            message -> {
              if (!listeners.isEmpty() && !self.equals(message.headers().get(FROM))) {
                vertx
                    .executeBlocking(() -> ModelJson.read(message.body().getBytes(), type))
                    .onSuccess(deliver::accept)
                    .onFailure(
                        e -> LOG.warn("cannot read what a member streams: {}", e.toString()));
              }
            })
        .completion();
  }

  /** The last that another member or a last tick tells of a deleted cell may come after its end. */
  private synchronized void deliver(CellSnapshot snapshot) {
    if (declared.test(snapshot.cell())) {
      listeners.forEach(listener -> listener.onSnapshot(snapshot));
    }
  }

  private void deliver(Decision decision) {
    listeners.forEach(listener -> listener.onDecision(decision));
  }

  /** Tells the listeners of this member that a cell is not declared any more. */
  synchronized void gone(String cell) {
    listeners.forEach(listener -> listener.onCellGone(cell));
  }

  /** Tells that a cell of this member has a new snapshot, given also as JSON. */
  void publish(CellSnapshot snapshot, byte[] json) {
    deliver(snapshot);
    if (!alone.getAsBoolean()) {
      tell(Channels.SNAPSHOTS, json);
    }
  }

  /** Tells that a cell of this member decided something. */
  void publish(Decision decision) {
    deliver(decision);
    if (!alone.getAsBoolean()) {
      tell(Channels.DECISIONS, ModelJson.writeBytes(decision));
    }
  }

  private void tell(String address, byte[] json) {
    vertx
        .eventBus()
        .publish(address, Buffer.buffer(json), new DeliveryOptions().addHeader(FROM, self));
  }

  Subscription subscribe(StreamListener listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }
}
