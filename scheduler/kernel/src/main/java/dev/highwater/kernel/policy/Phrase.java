package dev.highwater.kernel.policy;

import dev.highwater.model.MetricTarget.Metric;
import dev.highwater.model.ScheduleFloor;

/** Renders figures by whole-number arithmetic: the same text on every JDK. Stateless. */
final class Phrase {
  private Phrase() {}

  static String rate(double perSecond) {
    return perSecond >= 0 ? number(perSecond) + "/s" : "unknown";
  }

  /** One digit after the point below 100, else whole. */
  private static String number(double amount) {
    if (amount >= 100) {
      return Long.toString(Math.round(Math.min(amount, 1e15)));
    }
    long tenths = Math.round(amount * 10);
    return tenths / 10 + "." + tenths % 10;
  }

  /** A metric's value in its unit. */
  static String value(Metric metric, double value) {
    return switch (metric) {
      case REQUESTS_PER_SECOND -> rate(value);
      case UTILISATION -> percent(value);
      case CONCURRENCY, QUEUE_LENGTH -> value >= 0 ? number(value) : "unknown";
    };
  }

  /** A metric's name and value. */
  static String metric(Metric metric, double value) {
    String name =
        switch (metric) {
          case REQUESTS_PER_SECOND -> "requests ";
          case CONCURRENCY -> "concurrency ";
          case QUEUE_LENGTH -> "queue length ";
          case UTILISATION -> "utilisation ";
        };
    return name + value(metric, value);
  }

  /** A scheduled floor's times. */
  static String floor(ScheduleFloor floor) {
    return "a floor from "
        + floor.start()
        + " to "
        + floor.end()
        + " on the clock of "
        + floor.timezone();
  }

  static String percent(double ratio) {
    return ratio >= 0 ? Math.round(Math.min(ratio, 1e6) * 100) + " %" : "unknown";
  }

  static String seconds(long ms) {
    return (ms + 500) / 1_000 + " s";
  }
}
