package dev.highwater.server.store;

/**
 * The store did not answer, so whether the attempted write happened is unknown. Checked, because
 * every caller must say what it does then: the control loop repeats the same append, the API
 * refuses the write.
 */
public final class StoreUnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * @param message what was attempted
   * @param cause what the driver said
   */
  public StoreUnavailableException(String message, Throwable cause) {
    super(message + ": " + cause.getMessage(), cause);
  }
}
