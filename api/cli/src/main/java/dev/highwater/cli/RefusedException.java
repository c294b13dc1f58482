package dev.highwater.cli;

import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import org.jspecify.annotations.Nullable;

/**
 * Says that what was asked for is well written, but does not fit what the server has: a refusal
 * like its own, and unlike wrong input, which is seen before anything is asked. Immutable.
 */
final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RefusedException(String message) {
    super(message);
  }

  /** Worded as {@link InvalidInputException} does. */
  RefusedException(ErrorCode code, String field, @Nullable Object value, String remedy) {
    super(new InvalidInputException(code, field, value, remedy).getMessage());
  }
}
