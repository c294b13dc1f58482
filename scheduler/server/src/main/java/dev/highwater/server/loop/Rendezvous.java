package dev.highwater.server.loop;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.List;

/**
 * Highest-random-weight hashing: every member computes for itself who should try to own a cell, and
 * a member that comes or goes moves only its own share of cells. Source: Thaler and Ravishankar,
 * "Using name-based mappings to increase hit rates" (1998). Stateless.
 */
final class Rendezvous {
  private Rendezvous() {}

  /** How many members should try before {@code member} does; 0 = it is first. */
  static int rank(String cell, String member, List<String> members) {
    Comparator<String> order =
        Comparator.comparingLong((String m) -> weight(cell, m)).thenComparing(m -> m);
    return (int) members.stream().filter(other -> order.compare(other, member) > 0).count();
  }

  private static long weight(String cell, String member) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest((cell + "\n" + member).getBytes(StandardCharsets.UTF_8));
      return ByteBuffer.wrap(hash).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
