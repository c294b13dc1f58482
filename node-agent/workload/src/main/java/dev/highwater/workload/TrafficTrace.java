package dev.highwater.workload;

import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Limits;
import java.util.Arrays;
import java.util.List;

/**
 * A recorded rate, evenly spaced, from a CSV of {@code t_seconds,rate}. Immutable.
 *
 * <p>Between samples the rate is a straight line, or a step that holds the earlier sample. Before
 * the first and after the last sample (for steps: one spacing after it) the rate is 0.
 */
public final class TrafficTrace {

  /** How the rate goes from one sample to the next. */
  public enum Interpolation {
    LINEAR,
    STEP
  }

  /** Most samples of one trace: a year of seconds. */
  public static final int SAMPLES_MAX = 366 * 86_400;

  private final double stepMs;
  private final double[] rates;
  private final Interpolation interpolation;

  private TrafficTrace(double stepMs, double[] rates, Interpolation interpolation) {
    this.stepMs = stepMs;
    this.rates = rates;
    this.interpolation = interpolation;
  }

  /**
   * Reads a trace; its first sample is time 0.
   *
   * @param name of the file, for messages
   * @param lines header {@code t_seconds,rate}, then at least two samples; a blank last line is
   *     fine
   * @throws InvalidInputException naming the first line that is wrong and what is expected
   */
  public static TrafficTrace parse(String name, List<String> lines, Interpolation interpolation) {
    int end = lines.size();
    while (end > 0 && lines.get(end - 1).isBlank()) {
      end--;
    }
    if (end == 0) {
      throw wrong(name, 1, "", "must begin with the header t_seconds,rate");
    }
    if (!lines.get(0).strip().equals("t_seconds,rate")) {
      throw wrong(name, 1, lines.get(0), "must be the header t_seconds,rate");
    }
    if (end < 3) {
      throw wrong(name, end, lines.get(end - 1), "must be followed by at least two samples");
    }
    if (end - 1 > SAMPLES_MAX) {
      throw wrong(
          name,
          SAMPLES_MAX + 2,
          "",
          "must be the end: no trace has more than " + SAMPLES_MAX + " samples");
    }
    double[] rates = new double[end - 1];
    double first = 0;
    double step = 0;
    for (int i = 1; i < end; i++) {
      String line = lines.get(i).strip();
      int comma = line.indexOf(',');
      if (comma < 0 || line.indexOf(',', comma + 1) >= 0) {
        throw wrong(name, i + 1, line, "must be two numbers, t_seconds,rate");
      }
      double at = number(name, i + 1, line, line.substring(0, comma));
      double rate = number(name, i + 1, line, line.substring(comma + 1));
      if (!(rate >= 0 && rate <= Limits.RATE_MAX)) {
        throw wrong(name, i + 1, line, "must have a rate of 0 to " + (long) Limits.RATE_MAX);
      }
      if (i == 1) {
        first = at;
      } else if (i == 2) {
        step = at - first;
        if (!(step >= 0.001 && step <= 1e8)) {
          throw wrong(name, i + 1, line, "must be later than the sample before it");
        }
      } else if (Math.abs(at - first - (i - 1) * step) > 1e-6 * step + 1e-9 * Math.abs(at)) {
        throw wrong(
            name,
            i + 1,
            line,
            "must be evenly spaced like the first two samples, by " + step + " s");
      }
      rates[i - 1] = rate;
    }
    return new TrafficTrace(step * 1_000, rates, interpolation);
  }

  private static double number(String name, int line, String text, String part) {
    try {
      double value = Double.parseDouble(part.strip());
      if (Double.isFinite(value)) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Answered below, like a value that is not finite.
    }
    throw wrong(name, line, text, "must be two finite numbers, t_seconds,rate");
  }

  private static InvalidInputException wrong(String name, int line, String value, String remedy) {
    return new InvalidInputException(
        ErrorCode.INVALID_VALUE, name + " line " + line, value, remedy);
  }

  /** First attempts per second at a time since the trace's first sample. */
  public double rate(double atMs) {
    double place = atMs / stepMs;
    int last = rates.length - 1;
    if (place < 0
        || place >= rates.length
        || (interpolation == Interpolation.LINEAR && place > last)) {
      return 0;
    }
    int i = (int) place;
    if (interpolation == Interpolation.STEP || i == last) {
      return rates[i];
    }
    return rates[i] + (rates[i + 1] - rates[i]) * (place - i);
  }

  /** Time from the first to the last sample; for steps one spacing more. */
  public long durationMs() {
    return (long) (stepMs * (rates.length - (interpolation == Interpolation.STEP ? 0 : 1)));
  }

  /** Spacing of the samples. */
  public double stepMs() {
    return stepMs;
  }

  /** The largest rate of any sample. */
  public double peakPerSecond() {
    return Arrays.stream(rates).max().orElseThrow();
  }

  /** The same shape with every rate times {@code factor}. */
  public TrafficTrace scaled(double factor) {
    Limits.range("factor", factor, 0, 1e9);
    return new TrafficTrace(
        stepMs, Arrays.stream(rates).map(rate -> rate * factor).toArray(), interpolation);
  }

  /**
   * The part that begins at {@code fromMs}, moved to time 0.
   *
   * @param fromMs rounded down to a sample
   * @param forMs length; rounded up to a sample, cut at the trace's end
   */
  public TrafficTrace part(long fromMs, long forMs) {
    int from = (int) (fromMs / stepMs);
    int to = (int) Math.min(rates.length, from + Math.ceil(forMs / stepMs) + 1);
    if (from < 0 || to - from < 2) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE,
          "from",
          fromMs + " ms",
          "must leave at least two samples of the trace");
    }
    return new TrafficTrace(stepMs, Arrays.copyOfRange(rates, from, to), interpolation);
  }
}
