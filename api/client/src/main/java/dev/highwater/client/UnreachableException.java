package dev.highwater.client;

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
}
