package dev.highwater.http;

import java.util.List;

/**
 * How the HTTP API listens, and its bounds. Immutable.
 *
 * @param host address to listen on; only loopback is allowed until TLS and tokens exist; default
 *     {@code 127.0.0.1}
 * @param port 1 to 65535, or 0 for a free one; default 8080
 * @param hostsAllowed names, beside the loopback ones, that a Host or Origin header may carry, such
 *     as {@code highwater.internal:8080} behind a proxy; default none
 * @param bodyBytesMax largest request body; default 4 MiB: a bundle of as many services as may be
 *     is 3.7
 * @param streamsMax most streams open at once; default 256
 */
public record HttpSettings(
    String host, int port, List<String> hostsAllowed, int bodyBytesMax, int streamsMax) {
  private static final List<String> LOOPBACK = List.of("127.0.0.1", "::1", "localhost");

  /** Loopback, port 8080. */
  public static final HttpSettings DEFAULT =
      new HttpSettings("127.0.0.1", 8080, List.of(), 4 << 20, 256);

  public HttpSettings {
    hostsAllowed = List.copyOf(hostsAllowed);
    if (!LOOPBACK.contains(host)) {
      throw new IllegalArgumentException(
          "host must be one of "
              + String.join(", ", LOOPBACK)
              + " (another address needs TLS and tokens): "
              + host);
    }
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port must be 0 to 65535: " + port);
    }
    if (bodyBytesMax < 1_024 || bodyBytesMax > 64 << 20) {
      throw new IllegalArgumentException("bodyBytesMax must be 1024 to 64 MiB: " + bodyBytesMax);
    }
    if (streamsMax < 1 || streamsMax > 10_000) {
      throw new IllegalArgumentException("streamsMax must be 1 to 10000: " + streamsMax);
    }
  }

  /** The same settings on another port. */
  public HttpSettings withPort(int other) {
    return new HttpSettings(host, other, hostsAllowed, bodyBytesMax, streamsMax);
  }
}
