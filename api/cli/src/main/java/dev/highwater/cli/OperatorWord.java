package dev.highwater.cli;

import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.ManualOverride;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Until when an operator's word holds, why, and who says so. */
final class OperatorWord {
  @Spec(Spec.Target.MIXEE)
  CommandSpec spec;

  @Option(
      names = "--for",
      paramLabel = "SPAN",
      description = "It ends by itself after this time, such as 30m; 30d at most.")
  @Nullable String duration;

  @Option(
      names = "--until",
      paramLabel = "TIME",
      description = "It ends then: ISO-8601, 23:59:30 (UTC) or epoch milliseconds.")
  @Nullable String until;

  @Mixin Said said;

  /** An override that begins now. */
  ManualOverride override(ManualOverride.Kind kind, int replicas, long nowMs) {
    return new ManualOverride(kind, replicas, expiresAtMs(nowMs), said.why(), said.who());
  }

  private long expiresAtMs(long nowMs) {
    String span = duration;
    String end = until;
    if ((span == null) == (end == null)) {
      throw new ParameterException(
          spec.commandLine(), "say how long: either --for or --until, and it ends by itself");
    }
    long forMs =
        span != null
            ? Words.spanMs("--for", span)
            : Words.startMs("--until", String.valueOf(end), nowMs) - nowMs;
    if (forMs < 1 || forMs > ManualOverride.FOR_MS_MAX) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE,
          span != null ? "--for" : "--until",
          span != null ? span : end,
          forMs < 1
              ? "must end in the future"
              : "must end within 30 days; what holds longer is a bound of the spec");
    }
    return nowMs + forMs;
  }
}
