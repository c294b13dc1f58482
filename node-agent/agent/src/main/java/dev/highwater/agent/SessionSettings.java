package dev.highwater.agent;

import java.net.URI;
import java.util.List;

/**
 * How a session finds its member and how patient it is. Immutable.
 *
 * @param members addresses such as {@code ws://127.0.0.1:8080/agent/v1}, tried in turn; any member
 *     tells the owner of the cell
 * @param token proof that the agent may join; empty where members ask for none
 * @param backoffMinMs pause after the first failure
 * @param backoffMaxMs longest pause; doubled up to it, and shortened by chance so that agents of a
 *     lost member do not return in step
 * @param answerTimeoutMs a member that says nothing for so long is taken for hung
 */
public record SessionSettings(
    List<URI> members, String token, long backoffMinMs, long backoffMaxMs, long answerTimeoutMs) {
  public SessionSettings {
    members = List.copyOf(members);
    if (members.isEmpty()) {
      throw new IllegalArgumentException("members must name at least one address");
    }
    for (URI member : members) {
      String scheme = member.getScheme();
      if (member.getHost() == null || !("ws".equals(scheme) || "wss".equals(scheme))) {
        throw new IllegalArgumentException("members must be ws:// or wss:// addresses: " + member);
      }
    }
    if (backoffMinMs < 1 || backoffMaxMs < backoffMinMs) {
      throw new IllegalArgumentException(
          "backoffMinMs must be >= 1 and at most backoffMaxMs: "
              + backoffMinMs
              + ", "
              + backoffMaxMs);
    }
    if (answerTimeoutMs < 1) {
      throw new IllegalArgumentException("answerTimeoutMs must be >= 1: " + answerTimeoutMs);
    }
  }

  /**
   * The addresses with every default: first pause 50 ms, longest 1 s (a tenth of the lease, so that
   * a node has ten attempts), hung after 4 s (a hung member shall be left in less than 10 s).
   */
  public static SessionSettings to(URI... members) {
    return new SessionSettings(List.of(members), "", 50, 1_000, 4_000);
  }
}
