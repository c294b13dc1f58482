package dev.highwater.launcher.house.trespass.kernel;

/** Puts decimals into words, which differ between JDKs. */
@SuppressWarnings("UnnecessaryStringBuilder")
final class Wordy {
  private Wordy() {}

  static String number() {
    return Double.toString(1.5);
  }

  static String value() {
    return String.valueOf(1.5);
  }

  static String format() {
    return String.format("%s", 1.5);
  }

  static String formatted() {
    return "%s".formatted(1.5);
  }

  static String appended() {
    return new StringBuilder().append(1.5).toString();
  }
}
