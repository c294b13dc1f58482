package dev.highwater.server.session;

/**
 * How agents are let in. Immutable.
 *
 * @param member id of this member, told to agents
 * @param token what an agent must show; empty lets every agent of this host in
 * @param sessionsMax most sessions of this member
 */
public record SessionSettings(String member, String token, int sessionsMax) {
  /** Chosen by us: below the 20,000 file descriptors that one process may commonly have. */
  public static final int SESSIONS_MAX_DEFAULT = 16_000;

  /** Checks the bound. */
  public SessionSettings {
    if (sessionsMax < 1) {
      throw new IllegalArgumentException("sessionsMax must be >= 1: " + sessionsMax);
    }
  }
}
