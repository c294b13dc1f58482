package dev.highwater.server.control;

import dev.highwater.http.ControlPlane.Subscription;
import dev.highwater.http.StreamListener;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Decision;
import dev.highwater.model.json.ModelJson;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Fans out what happens in any cell to the listeners of this member, over the event bus: best
 * effort, in order per cell. Listeners are called on one event loop; everything else is
 * thread-safe.
 */
final class Streams {
  private final Vertx vertx;
  private final List<StreamListener> listeners = new CopyOnWriteArrayList<>();

  Streams(Vertx vertx) {
    this.vertx = vertx;
  }

  /** Listens from now on; the future succeeds once every member knows that. */
  Future<Void> start() {
    Future<Void> snapshots =
        vertx
            .eventBus()
            .<Buffer>consumer(Channels.SNAPSHOTS, message -> onSnapshot(message.body()))
            .completion();
    Future<Void> decisions =
        vertx
            .eventBus()
            .<Buffer>consumer(Channels.DECISIONS, message -> onDecision(message.body()))
            .completion();
    return Future.all(snapshots, decisions).mapEmpty();
  }

  void publish(byte[] snapshot) {
    vertx.eventBus().publish(Channels.SNAPSHOTS, Buffer.buffer(snapshot));
  }

  void publish(Decision decision) {
    vertx.eventBus().publish(Channels.DECISIONS, Buffer.buffer(ModelJson.writeBytes(decision)));
  }

  private void onSnapshot(Buffer json) {
    if (!listeners.isEmpty()) {
      CellSnapshot snapshot = ModelJson.read(json.getBytes(), CellSnapshot.class);
      listeners.forEach(listener -> listener.onSnapshot(snapshot));
    }
  }

  private void onDecision(Buffer json) {
    if (!listeners.isEmpty()) {
      Decision decision = ModelJson.read(json.getBytes(), Decision.class);
      listeners.forEach(listener -> listener.onDecision(decision));
    }
  }

  Subscription subscribe(StreamListener listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }
}
