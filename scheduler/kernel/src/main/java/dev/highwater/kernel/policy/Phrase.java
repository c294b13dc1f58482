package dev.highwater.kernel.policy;

/** Renders figures by whole-number arithmetic: the same text on every JDK. Stateless. */
final class Phrase {
  private Phrase() {}

  /** A rate with one digit after the point below 100, else whole. */
  static String rate(double perSecond) {
    if (!(perSecond >= 0)) {
      return "unknown";
    }
    if (perSecond >= 100) {
      return Math.round(Math.min(perSecond, 1e15)) + "/s";
    }
    long tenths = Math.round(perSecond * 10);
    return tenths / 10 + "." + tenths % 10 + "/s";
  }

  static String percent(double ratio) {
    return ratio >= 0 ? Math.round(Math.min(ratio, 1e6) * 100) + " %" : "unknown";
  }

  static String seconds(long ms) {
    return (ms + 500) / 1_000 + " s";
  }
}
