package dev.highwater.client;

import java.net.ConnectException;
import java.net.URI;

/** Says that no server answered, or that what answered is none of ours. Immutable. */
public final class UnreachableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param server where it was looked for
   * @param why what happened instead
   */
  public UnreachableException(URI server, String why, Throwable cause) {
    super("no Highwater server answers at " + server + ": " + why, cause);
  }

  /**
   * What to tell a person: the message and, where nobody listens, the way out.
   *
   * @param start the command that starts what was looked for, such as {@code highwater dev}
   * @param option the option by which the command that failed is told another address
   */
  public String advising(String start, String option) {
    return getCause() instanceof ConnectException
        ? getMessage() + "; start one with `" + start + "`, or name another with " + option
        : String.valueOf(getMessage());
  }
}
