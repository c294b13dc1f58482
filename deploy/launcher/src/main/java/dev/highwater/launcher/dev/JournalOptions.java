package dev.highwater.launcher.dev;

import dev.highwater.launcher.rehearse.OutputFile;
import dev.highwater.rehearsal.scenario.TimeSpan;
import dev.highwater.server.MemberSettings;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What a member keeps of its decisions: the same options for each verb that runs one. */
final class JournalOptions {
  @Spec(Spec.Target.MIXEE)
  CommandSpec spec;

  @Option(
      names = "--record",
      converter = OutputFile.class,
      paramLabel = "FILE",
      description =
          "Record every input of every decision of this member for 'highwater report' and 'replay'.")
  @Nullable Path record;

  @Option(
      names = "--keep-journal",
      paramLabel = "TIME",
      defaultValue = "7d",
      description = "How long decisions can be asked about at least, such as 12h (default: 7d).")
  String kept = "7d";

  /** The settings with what these options say. */
  MemberSettings in(MemberSettings settings) {
    return settings.withRecording(record).withJournalKept(kept());
  }

  private Duration kept() {
    Double ms = TimeSpan.parseMs(kept);
    if (ms == null || ms < 0) {
      throw new ParameterException(
          spec.commandLine(), "--keep-journal must be a time such as 12h or 7d: " + kept);
    }
    return Duration.ofMillis(ms.longValue());
  }
}
