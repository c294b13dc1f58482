package dev.highwater.launcher.dev;

import dev.highwater.launcher.rehearse.OutputFile;
import dev.highwater.rehearsal.scenario.TimeSpan;
import dev.highwater.server.MemberSettings;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What a member keeps of its decisions: the same options for each verb that runs one. */
final class JournalOptions {
  @Option(
      names = "--record",
      converter = OutputFile.class,
      paramLabel = "FILE",
      description =
          "Record every input of every decision of this member for 'highwater report' and 'replay'.")
  @Nullable Path record;

  @Option(
      names = "--keep-journal",
      converter = KeptTime.class,
      paramLabel = "TIME",
      defaultValue = "7d",
      description = "How long decisions can be asked about at least, such as 12h (default: 7d).")
  Duration kept = MemberSettings.JOURNAL_KEPT_DEFAULT;

  /** The settings with what these options say. */
  MemberSettings in(MemberSettings settings) {
    return settings.withRecording(record).withJournalKept(kept);
  }

  /** For how long: read with the other words, so that a mistake is told before anything begins. */
  static final class KeptTime implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      Double ms = TimeSpan.parseMs(text);
      if (ms == null || ms < 0) {
        throw new TypeConversionException("must be a time such as 12h or 7d: " + text);
      }
      return Duration.ofMillis(ms.longValue());
    }
  }
}
