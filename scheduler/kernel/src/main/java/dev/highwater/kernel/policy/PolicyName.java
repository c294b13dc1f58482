package dev.highwater.kernel.policy;

import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Service;
import java.util.Optional;

/**
 * A policy as a spec names it: {@code slo}, {@code hpa}, {@code hpa:70}, {@code hpa:70@30s}, {@code
 * knative}, {@code knative:70}, {@code cron}, {@code cron:70}, {@code predictive-hourly}, {@code
 * static-peak}, {@code static-peak:120}, {@code fixed} or {@code fixed:12}. Immutable.
 *
 * @param number what follows the colon; 0 when nothing does. Of {@code hpa}, {@code cron} and the
 *     target tracking of {@code predictive-hourly} it is the target of utilisation in percent, and
 *     says nothing for a service that lists metrics of its own
 * @param lagMs how old the metrics are that {@code hpa} or {@code cron} sees, from the seconds
 *     after the at sign; 0 when there are none
 */
public record PolicyName(Kind kind, int number, long lagMs) {
  /** The names, with an example of each part that a name may have; for messages. */
  public static final String NAMES =
      "slo, hpa, hpa:70, hpa:70@30s, knative, cron, predictive-hourly, static-peak, fixed";

  /** Oldest metrics that can be asked for: ten minutes. */
  private static final int LAG_SECONDS_MAX = 600;

  /** Largest number of a target in percent. */
  private static final int PERCENT_MAX = 100;

  /** The kinds of policy, with the name of each. */
  public enum Kind {
    SLO("slo", 0),
    HPA("hpa", PERCENT_MAX),
    KNATIVE("knative", PERCENT_MAX),
    CRON("cron", PERCENT_MAX),
    PREDICTIVE_HOURLY("predictive-hourly", PERCENT_MAX),
    STATIC_PEAK("static-peak", Integer.MAX_VALUE),
    FIXED("fixed", Integer.MAX_VALUE);

    private final String code;
    private final int numberMax;

    Kind(String code, int numberMax) {
      this.code = code;
      this.numberMax = numberMax;
    }

    public String code() {
      return code;
    }
  }

  /** Reads a policy's name; empty when there is no such policy. */
  public static Optional<PolicyName> parse(String text) {
    int at = text.indexOf('@');
    if (at >= 0) {
      int seconds = text.endsWith("s") ? number(text.substring(at + 1, text.length() - 1)) : -1;
      return seconds < 1 || seconds > LAG_SECONDS_MAX
          ? Optional.empty()
          : parse(text.substring(0, at))
              .filter(fresh -> fresh.kind == Kind.HPA || fresh.kind == Kind.CRON)
              .map(fresh -> new PolicyName(fresh.kind, fresh.number, seconds * 1_000L));
    }
    int colon = text.indexOf(':');
    String code = colon < 0 ? text : text.substring(0, colon);
    int number = colon < 0 ? 0 : number(text.substring(colon + 1));
    for (Kind kind : Kind.values()) {
      if (kind.code.equals(code) && (colon < 0 || (number >= 1 && number <= kind.numberMax))) {
        return Optional.of(new PolicyName(kind, number, 0));
      }
    }
    return Optional.empty();
  }

  /**
   * Refuses a service whose policy does not exist: it would keep its first number for ever. Whoever
   * takes a declaration asks this; what is declared already is read as it is.
   */
  public static void check(Service service) {
    String policy = service.scaling().policy();
    if (parse(policy).isEmpty()) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE,
          "scaling.policy",
          policy,
          "must be one of " + NAMES + "; a percentage is 1 to 100, an age 1s to 600s");
    }
  }

  private static int number(String digits) {
    if (digits.isEmpty() || digits.length() > 7) {
      return -1;
    }
    int value = 0;
    for (int i = 0; i < digits.length(); i++) {
      char c = digits.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      value = value * 10 + (c - '0');
    }
    return value;
  }

  int numberOr(int fallback) {
    return number == 0 ? fallback : number;
  }
}
