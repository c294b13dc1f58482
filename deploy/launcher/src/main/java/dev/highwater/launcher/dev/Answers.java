package dev.highwater.launcher.dev;

import dev.highwater.model.InvalidInputException;
import io.vertx.core.Future;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for what Vert.x promised. Stateless; never on an event loop. */
final class Answers {
  /** Longest wait for one write or the first welcome; chosen by us, a hundred times the usual. */
  static final int SECONDS_MAX = 20;

  private Answers() {}

  /** Waits for an answer; Vert.x throws whatever a future failed with, checked or not. */
  static <T> T await(Future<T> future) throws CannotRunException, InterruptedException {
    try {
      return future.await(SECONDS_MAX, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new CannotRunException("no answer within " + SECONDS_MAX + " s", e);
    } catch (InvalidInputException e) {
      throw e;
    } catch (Exception e) {
      throw new CannotRunException(Objects.requireNonNullElse(e.getMessage(), "" + e), e);
    }
  }
}
