package dev.highwater.agent;

import dev.highwater.model.ErrorCode;

/** A member refused an agent's session, and says why. */
public final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;
  private final ErrorCode code;

  RefusedException(ErrorCode code, String detail) {
    super(detail);
    this.code = code;
  }

  /** What was wrong. */
  public ErrorCode code() {
    return code;
  }
}
