package dev.highwater.http;

import dev.highwater.model.ErrorCode;
import io.vertx.core.Handler;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Refuses requests that a foreign web page made a browser send.
 *
 * <p>Why: a page anywhere may let its own name resolve to 127.0.0.1 (DNS rebinding) or post to it
 * across sites, and nothing but these two headers tells. The Host header must name a loopback
 * address with our own port, or a name that the settings allow; the Origin header, where there is
 * one, likewise. Immutable.
 */
final class OriginGuard implements Handler<RoutingContext> {
  private static final List<String> LOOPBACK = List.of("127.0.0.1", "[::1]", "localhost");
  private final Set<String> allowed = new TreeSet<>();

  /**
   * @param port the port that is listened on
   * @param hostsAllowed further names, each with its port unless that is 80
   */
  OriginGuard(int port, List<String> hostsAllowed) {
    for (String name : LOOPBACK) {
      allowed.add(port == 80 ? name : name + ":" + port);
    }
    hostsAllowed.forEach(name -> allowed.add(name.toLowerCase(Locale.ROOT)));
  }

  @Override
  public void handle(RoutingContext context) {
    HostAndPort authority = context.request().authority();
    String host = authority == null ? null : text(authority);
    String origin = context.request().getHeader("Origin");
    if (host == null || !allowed.contains(host)) {
      refuse(context, "Host", host);
    } else if (origin != null && !allowed.contains(hostOf(origin))) {
      refuse(context, "Origin", origin);
    } else {
      context.next();
    }
  }

  private static String text(HostAndPort authority) {
    String host = authority.host().toLowerCase(Locale.ROOT);
    String bracketed = host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
    return authority.port() <= 0 || authority.port() == 80
        ? bracketed
        : bracketed + ":" + authority.port();
  }

  /** Returns host and port of an origin, or a text that no host is, such as for {@code null}. */
  private static String hostOf(String origin) {
    String lower = origin.toLowerCase(Locale.ROOT);
    if (lower.startsWith("http://")) {
      return lower.substring("http://".length());
    }
    return lower.startsWith("https://") ? lower.substring("https://".length()) : "";
  }

  private static void refuse(RoutingContext context, String header, @Nullable String value) {
    Problems.answer(
        context,
        Problems.of(
            403,
            ErrorCode.FORBIDDEN_ORIGIN,
            header + " is not a name of this server: " + value,
            header,
            value,
            "use a loopback address and the port that is listened on"));
  }
}
