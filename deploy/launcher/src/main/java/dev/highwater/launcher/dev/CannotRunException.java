package dev.highwater.launcher.dev;

/** Says in one line why a cluster cannot run, and what to do. */
final class CannotRunException extends Exception {
  private static final long serialVersionUID = 1L;

  CannotRunException(String message) {
    super(message);
  }

  CannotRunException(String message, Throwable cause) {
    super(message, cause);
  }
}
