package dev.highwater.server.control;

import dev.highwater.http.UnavailableException;
import dev.highwater.model.SpecChange;
import dev.highwater.model.json.ModelJson;
import dev.highwater.model.view.EventReadiness;
import dev.highwater.model.view.Plan.CellPlan;
import dev.highwater.server.loop.CellDecider.WhatIf;
import dev.highwater.server.loop.CellLoop;
import dev.highwater.server.loop.Ownership;
import dev.highwater.server.store.CellEpoch;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Asks the owners of cells what would be, whichever member they are. The owner's thread only makes
 * a copy of its state; the answer is computed on a worker. Thread-safe; nothing blocks the caller.
 */
final class WhatIfs {
  /** A tick within a second, and a few decisions on the largest cell. */
  private static final long ANSWER_MS = 8_000;

  /** An hour ahead of a cell of a thousand nodes; the client waits a little longer. */
  private static final long SPAN_ANSWER_MS = 50_000;

  private final Vertx vertx;
  private final String self;
  private final Ownership ownership;

  WhatIfs(Vertx vertx, String self, Ownership ownership) {
    this.vertx = vertx;
    this.self = self;
    this.ownership = ownership;
  }

  /**
   * What is asked.
   *
   * @param event asks for its readiness; null asks for a plan of the changes
   * @param forMs for how long ahead the plan looks besides
   */
  record Question(String cell, List<SpecChange> changes, @Nullable String event, long forMs) {}

  /** Answers other members' questions from now on; succeeds once every member knows that. */
  Future<Void> start() {
    return vertx.eventBus().<Buffer>consumer(Channels.whatIf(self), this::onQuestion).completion();
  }

  /** What a cell would decide under changed specs, and for how long ahead besides. */
  Future<CellPlan> plan(String cell, List<SpecChange> changes, long forMs) {
    return ask(new Question(cell, changes, null, forMs))
        .compose(json -> vertx.executeBlocking(() -> read(json, CellPlan.class), false));
  }

  /** Whether a cell can meet a declared event; empty when it does not know the event. */
  Future<Optional<EventReadiness>> readiness(String cell, String event) {
    return ask(new Question(cell, List.of(), event, 0))
        .map(
            json ->
                json.length() == 0
                    ? Optional.empty()
                    : Optional.of(read(json, EventReadiness.class)));
  }

  private static <T> T read(Buffer json, Class<T> type) {
    return ModelJson.read(json.getBytes(), type);
  }

  private Future<Buffer> ask(Question question) {
    CellEpoch row = ownership.epochs().get(question.cell());
    if (row == null || row.owner().isEmpty()) {
      return Future.failedFuture(
          new UnavailableException(
              "nobody decides for cell " + question.cell(), "try again in a few seconds"));
    }
    return vertx
        .executeBlocking(() -> Buffer.buffer(ModelJson.writeBytes(question)), false)
        .compose(
            json ->
                vertx
                    .eventBus()
                    .<Buffer>request(
                        Channels.whatIf(row.owner()),
                        json,
                        new DeliveryOptions()
                            .setSendTimeout(question.forMs() > 0 ? SPAN_ANSWER_MS : ANSWER_MS)))
        .map(Message::body)
        .recover(
            e ->
                Future.failedFuture(
                    new UnavailableException(
                        "the owner of cell " + question.cell() + " does not answer",
                        question.forMs() > 0
                            ? "ask for a shorter span, or again in a few seconds; deciding goes on"
                                + " meanwhile"
                            : "try again in a few seconds; deciding goes on meanwhile")));
  }

  private void onQuestion(Message<Buffer> message) {
    vertx
        .executeBlocking(() -> read(message.body(), Question.class), false)
        .compose(
            question ->
                Future.fromCompletionStage(loop(question.cell()).whatIf())
                    .compose(copy -> vertx.executeBlocking(() -> answer(copy, question), false)))
        .onSuccess(message::reply)
        .onFailure(e -> message.fail(0, String.valueOf(e.getMessage())));
  }

  private CellLoop loop(String cell) {
    return ownership.loops().stream()
        .filter(loop -> loop.cell().equals(cell))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("not the owner of cell " + cell));
  }

  private static Buffer answer(WhatIf copy, Question question) {
    String event = question.event();
    Object answer =
        event == null ? copy.plan(question.changes(), question.forMs()) : copy.readiness(event);
    return answer == null ? Buffer.buffer() : Buffer.buffer(ModelJson.writeBytes(answer));
  }
}
