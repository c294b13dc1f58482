package dev.highwater.launcher.dev;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where members reach each other: a loopback or private IPv4 address, and never a name, because
 * what a name stands for may be anywhere. What members say to each other is not encrypted.
 * Immutable.
 *
 * @param port 0 where none was given
 */
record MemberAddress(String host, int port) {
  private static final Pattern FORM =
      Pattern.compile("(localhost|\\d{1,3}(?:\\.\\d{1,3}){3})(?::(\\d{1,5}))?");

  /** Reads {@code HOST} or {@code HOST:PORT}; null when that is none, or not private. */
  static @Nullable MemberAddress parse(String text) {
    Matcher matcher = FORM.matcher(text.trim());
    if (!matcher.matches()) {
      return null;
    }
    String host = matcher.group(1).equals("localhost") ? "127.0.0.1" : matcher.group(1);
    int port = matcher.group(2) == null ? 0 : Integer.parseInt(matcher.group(2));
    boolean sound = port <= 65_535 && (port > 0 || matcher.group(2) == null);
    InetAddress address = literal(host);
    boolean near = address != null && (address.isLoopbackAddress() || address.isSiteLocalAddress());
    return sound && near ? new MemberAddress(host, port) : null;
  }

  /** Asks nobody, because digits are no name; null when one of them is too large. */
  private static @Nullable InetAddress literal(String host) {
    for (String part : host.split("\\.")) {
      if (Integer.parseInt(part) > 255) {
        return null;
      }
    }
    try {
      return InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      return null;
    }
  }

  int portOr(int absent) {
    return port == 0 ? absent : port;
  }

  boolean isLoopback() {
    InetAddress address = literal(host);
    return address != null && address.isLoopbackAddress();
  }

  /** Whether an interface of this host has it. */
  boolean isOfThisHost() {
    InetAddress address = literal(host);
    try {
      return address != null
          && (address.isLoopbackAddress() || NetworkInterface.getByInetAddress(address) != null);
    } catch (SocketException e) {
      return false;
    }
  }
}
