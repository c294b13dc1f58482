package dev.highwater.rehearsal.report;

import dev.highwater.model.Resources;
import dev.highwater.rehearsal.Figures;
import java.util.Locale;

/** Numbers and names as the report shows them. Stateless. */
final class Words {
  private Words() {}

  /** Short, for axes: {@code 250}, {@code 1.5k}, {@code 12M}. */
  static String brief(double value) {
    double size = Math.abs(value);
    if (size >= 1e9) {
      return Figures.plain(value / 1e9) + "G";
    }
    if (size >= 1e6) {
      return Figures.plain(value / 1e6) + "M";
    }
    return size >= 1e3 ? Figures.plain(value / 1e3) + "k" : Figures.plain(value);
  }

  /** A rate or count, without decimals from 100 on; {@code -} when unknown. */
  static String amount(double value) {
    return value >= 100 && value < 1e18 ? Figures.grouped(Math.round(value)) : Figures.plain(value);
  }

  /** Percent of a ratio. */
  static String percent(double ratio) {
    return Figures.plain(100 * ratio) + " %";
  }

  static String money(double value) {
    return value >= 10_000 ? Figures.grouped(Math.round(value)) : Figures.fixed(value, 2);
  }

  /** Time since users came: {@code 1:15} or {@code 3:04:05}. */
  static String clock(long ms) {
    long seconds = Math.max(0, ms) / 1_000;
    long hours = seconds / 3_600;
    long minutes = seconds / 60 % 60;
    String tail = two(seconds % 60);
    return hours > 0 ? hours + ":" + two(minutes) + ":" + tail : minutes + ":" + tail;
  }

  private static String two(long value) {
    return value < 10 ? "0" + value : Long.toString(value);
  }

  /** A latency, which may be parts of a millisecond or much of an hour; {@code -} for NaN. */
  static String latency(double ms) {
    if (Double.isNaN(ms)) {
      return "-";
    }
    return ms < 1_000 ? Figures.plain(ms) + " ms" : span(Math.round(ms));
  }

  /** A span such as {@code 250 ms}, {@code 12 s}, {@code 3 min}, {@code 1 h 30 min}. */
  static String span(long ms) {
    if (ms < 1_000) {
      return ms + " ms";
    }
    if (ms < 180_000) {
      return Figures.plain(ms / 1e3) + " s";
    }
    long minutes = Math.round(ms / 60e3);
    if (minutes < 120) {
      return minutes + " min";
    }
    long hours = minutes / 60;
    if (hours < 72) {
      return hours + " h" + (minutes % 60 == 0 ? "" : " " + minutes % 60 + " min");
    }
    return hours / 24 + " d" + (hours % 24 == 0 ? "" : " " + hours % 24 + " h");
  }

  /** Thousandths of cores as cores. */
  static String cores(long cpuMilli) {
    return amount(cpuMilli / 1e3);
  }

  static String resources(Resources r) {
    if (r.equals(Resources.NONE)) {
      return "nothing";
    }
    return cores(r.cpuMilli())
        + " cores, "
        + amount(r.memoryMib() / 1024.0)
        + " GiB"
        + (r.gpuMilli() == 0 ? "" : ", " + Figures.plain(r.gpuMilli() / 1e3) + " GPUs");
  }

  /** A constant's name for people. */
  static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  static String count(long n, String one, String many) {
    return Figures.grouped(n) + " " + (n == 1 ? one : many);
  }
}
