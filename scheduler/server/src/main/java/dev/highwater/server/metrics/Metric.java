package dev.highwater.server.metrics;

import io.micrometer.core.instrument.Meter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One metric's definition: everything about it but its values. Immutable.
 *
 * @param name in dots, lower case; Prometheus gets it with underscores, the unit and, for counters,
 *     {@code _total}
 * @param unit null only where the value is an identity or yes and no
 * @param labels names of the labels, in the order in which values are given
 */
record Metric(
    String name, Meter.Type type, @Nullable String unit, List<String> labels, String description) {

  /** A value that can fall; NaN while it is not known. */
  static Metric gauge(String name, String unit, List<String> labels, String description) {
    return new Metric(name, Meter.Type.GAUGE, unit, labels, description);
  }

  /** A value 0 or 1. */
  static Metric flag(String name, List<String> labels, String description) {
    return new Metric(name, Meter.Type.GAUGE, null, labels, description);
  }

  /** A total that only grows, until its cell changes hands. */
  static Metric counter(String name, String unit, List<String> labels, String description) {
    return new Metric(name, Meter.Type.COUNTER, unit, labels, description);
  }

  /** A duration's distribution. */
  static Metric timer(String name, List<String> labels, String description) {
    return new Metric(name, Meter.Type.TIMER, "seconds", labels, description);
  }

  /** How a constant of an enum is written as a label's value: lower case with hyphens. */
  static String code(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
