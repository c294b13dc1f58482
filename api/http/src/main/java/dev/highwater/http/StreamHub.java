package dev.highwater.http;

import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Decision;
import dev.highwater.model.json.ModelJson;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Fans what happens in the cells out to server-sent event streams.
 *
 * <p>Each snapshot is written as JSON once, on a worker, and only while somebody listens. A reader
 * that does not keep up gets the newest snapshot of each cell when it can take more, and a {@code
 * gap} that says how many decisions it missed; nothing is queued for it beyond that. Touched only
 * on the API's event loop, except for the two listener methods.
 */
final class StreamHub implements StreamListener {
  /** Proxies commonly close what is silent for 60 s; chosen by us well below that. */
  private static final long HEARTBEAT_MS = 15_000;

  private static final Buffer HEARTBEAT = Buffer.buffer(":\n\n");

  private final Vertx vertx;
  private final Context context;
  private final History history;
  private final int streamsMax;
  private final Set<Stream> streams = new LinkedHashSet<>();
  private final SortedMap<String, CellSnapshot> latest = new TreeMap<>();

  StreamHub(Vertx vertx, Context context, History history, int streamsMax) {
    this.vertx = vertx;
    this.context = context;
    this.history = history;
    this.streamsMax = streamsMax;
    vertx.setPeriodic(HEARTBEAT_MS, id -> streams.forEach(Stream::beat));
  }

  @Override
  public void onSnapshot(CellSnapshot snapshot) {
    context.runOnContext(
        go -> {
          history.add(snapshot);
          latest.put(snapshot.cell(), snapshot);
          if (!streams.isEmpty()) {
            String cell = snapshot.cell();
            vertx
                .executeBlocking(() -> event("snapshot", snapshot))
                .onSuccess(text -> streams.forEach(stream -> stream.snapshot(cell, text)));
          }
        });
  }

  @Override
  public void onDecision(Decision decision) {
    context.runOnContext(
        go -> {
          if (!streams.isEmpty()) {
            String cell = decision.cell();
            vertx
                .executeBlocking(() -> event("decision", DecisionView.cut(decision, null)))
                .onSuccess(text -> streams.forEach(stream -> stream.decision(cell, text)));
          }
        });
  }

  @Override
  public void onCellGone(String cell) {
    context.runOnContext(
        go -> {
          history.forget(cell);
          latest.remove(cell);
          // On a worker too, so that it comes after the snapshots that are being written there.
          vertx
              .executeBlocking(() -> event("gone", Map.of("cell", cell)))
              .onSuccess(text -> streams.forEach(stream -> stream.snapshot(cell, text)));
        });
  }

  /** Whether there is a snapshot of a cell to begin with. */
  boolean shows(String cell) {
    return latest.containsKey(cell);
  }

  /**
   * Makes a request a stream, which begins with the last snapshot of each cell.
   *
   * @param cell of this cell only, or null
   */
  void open(RoutingContext request, @Nullable String cell) {
    if (streams.size() >= streamsMax) {
      throw new UnavailableException(
          "there are " + streamsMax + " open streams already", "close one, or poll /v1/snapshots");
    }
    HttpServerResponse response =
        request
            .response()
            .setChunked(true)
            .putHeader("Content-Type", "text/event-stream")
            .putHeader("Cache-Control", "no-store");
    Stream stream = new Stream(response, cell);
    streams.add(stream);
    response.closeHandler(closed -> streams.remove(stream));
    response.exceptionHandler(failure -> streams.remove(stream));
    response.write(Buffer.buffer("retry: 1000\n\n"));
    List<CellSnapshot> current = new ArrayList<>(latest.values());
    for (CellSnapshot snapshot : current) {
      vertx
          .executeBlocking(() -> event("snapshot", snapshot))
          .onSuccess(text -> stream.snapshot(snapshot.cell(), text));
    }
  }

  /** Ends every stream; their readers connect again, to another member if need be. */
  void close() {
    for (Stream stream : List.copyOf(streams)) {
      stream.response.end();
    }
    streams.clear();
  }

  private static Buffer event(String name, Object value) {
    return Buffer.buffer("event: " + name + "\ndata: ")
        .appendBytes(ModelJson.writeBytes(value))
        .appendString("\n\n");
  }

  /** One reader. */
  private static final class Stream {
    private final HttpServerResponse response;
    private final @Nullable String cell;
    private final SortedMap<String, Buffer> heldBack = new TreeMap<>();
    private int decisionsMissed;
    private boolean quiet;

    Stream(HttpServerResponse response, @Nullable String cell) {
      this.response = response;
      this.cell = cell;
    }

    /** What the cell is like now, or that it is gone: only the last of it matters. */
    void snapshot(String from, Buffer text) {
      if (cell != null && !cell.equals(from)) {
        return;
      }
      if (response.writeQueueFull()) {
        heldBack.put(from, text);
        response.drainHandler(drained -> catchUp());
      } else {
        write(text);
      }
    }

    void decision(String from, Buffer text) {
      if (cell != null && !cell.equals(from)) {
        return;
      }
      if (response.writeQueueFull() || decisionsMissed > 0) {
        decisionsMissed++;
        response.drainHandler(drained -> catchUp());
      } else {
        write(text);
      }
    }

    private void catchUp() {
      if (decisionsMissed > 0) {
        write(Buffer.buffer("event: gap\ndata: {\"decisionsMissed\":" + decisionsMissed + "}\n\n"));
        decisionsMissed = 0;
      }
      heldBack.values().forEach(this::write);
      heldBack.clear();
    }

    void beat() {
      if (quiet && !response.writeQueueFull()) {
        response.write(HEARTBEAT);
      }
      quiet = true;
    }

    private void write(Buffer text) {
      quiet = false;
      response.write(text);
    }
  }
}
