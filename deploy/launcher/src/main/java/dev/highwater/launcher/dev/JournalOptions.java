package dev.highwater.launcher.dev;

import dev.highwater.launcher.rehearse.OutputFile;
import dev.highwater.rehearsal.scenario.TimeSpan;
import dev.highwater.server.MemberSettings;
import dev.highwater.server.store.Retention;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What a member keeps of the past: the same options for each verb that runs one. */
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
  Duration decisions = Retention.DEFAULT.decisions();

  @Option(
      names = "--keep-minutes",
      converter = KeptMinutes.class,
      paramLabel = "TIME",
      defaultValue = "31d",
      description =
          "How long what was lived through can be told by 'highwater report --from-live' at least,"
              + " 1h to 400d (default: 31d).")
  Duration minutes = Retention.DEFAULT.minutes();

  /** The settings with what these options say. */
  MemberSettings in(MemberSettings settings) {
    return settings.withRecording(record).withKept(new Retention(decisions, minutes));
  }

  /** For how long: read with the other words, so that a mistake is told before anything begins. */
  static class KeptTime implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      Double ms = TimeSpan.parseMs(text);
      if (ms == null || ms < 0) {
        throw new TypeConversionException("must be a time such as 12h or 7d: " + text);
      }
      return Duration.ofMillis(ms.longValue());
    }
  }

  /** The same within the limits of the store. */
  static final class KeptMinutes extends KeptTime {
    @Override
    public Duration convert(String text) {
      Duration kept = super.convert(text);
      if (kept.compareTo(Duration.ofHours(1)) < 0 || kept.compareTo(Retention.MINUTES_MAX) > 0) {
        throw new TypeConversionException("must be 1h to 400d: " + text);
      }
      return kept;
    }
  }
}
