package dev.highwater.server.cluster;

import java.util.List;

/**
 * How a member finds the others. Immutable.
 *
 * @param clusterName members of other names are ignored
 * @param host the one address that Hazelcast and the event bus bind to and advertise
 * @param port first port that Hazelcast tries; the next free one is taken
 * @param seeds {@code host} or {@code host:port} of other members; itself may be among them
 * @param silentSeconds a member not heard of for so long leaves the member set, 3 to 60
 */
public record ClusterSettings(
    String clusterName, String host, int port, List<String> seeds, int silentSeconds) {
  /**
   * Chosen by measurement: with three members on two cores, pauses of 3 s do happen; a hung owner
   * is then replaced within 10 s.
   */
  public static final int SILENT_SECONDS_DEFAULT = 5;

  /** Hazelcast's own first port. */
  public static final int PORT_DEFAULT = 5701;

  /** Checks the numbers. */
  public ClusterSettings {
    seeds = List.copyOf(seeds);
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("port must be 1 to 65535: " + port);
    }
    if (silentSeconds < 3 || silentSeconds > 60) {
      throw new IllegalArgumentException("silentSeconds must be 3 to 60: " + silentSeconds);
    }
  }

  /** A member on the loopback address that finds others there on the first ten ports. */
  public static ClusterSettings loopback(String clusterName) {
    return new ClusterSettings(
        clusterName, "127.0.0.1", PORT_DEFAULT, List.of("127.0.0.1"), SILENT_SECONDS_DEFAULT);
  }
}
