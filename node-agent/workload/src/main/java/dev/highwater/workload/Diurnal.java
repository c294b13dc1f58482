package dev.highwater.workload;

import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Limits;
import java.util.List;

/**
 * A factor that repeats, as by time of day. Immutable.
 *
 * @param periodMs length of one turn, such as 86,400,000
 * @param startsAtMs where in the period the scenario starts
 * @param factors evenly spaced over the period from its beginning, joined by straight lines, the
 *     last to the first; each >= 0
 */
public record Diurnal(long periodMs, long startsAtMs, List<Double> factors) {
  /** Checks the ranges. */
  public Diurnal {
    Limits.range("periodMs", periodMs, 1, Limits.DURATION_MAX_MS);
    Limits.range("startsAtMs", startsAtMs, 0, periodMs);
    factors = Limits.list("factors", factors, 10_000);
    if (factors.isEmpty()) {
      throw new InvalidInputException(
          ErrorCode.MISSING_FIELD, "factors", factors, "needs at least one factor");
    }
    for (int i = 0; i < factors.size(); i++) {
      Limits.range("factors[" + i + "]", factors.get(i), 0, 1e6);
    }
  }

  /** The factor at a time since the scenario's start. */
  double factor(double atMs) {
    double turns = (atMs + startsAtMs) / periodMs;
    double place = (turns - Math.floor(turns)) * factors.size();
    int i = (int) place % factors.size();
    double left = factors.get(i);
    double right = factors.get((i + 1) % factors.size());
    return left + (right - left) * (place - Math.floor(place));
  }
}
