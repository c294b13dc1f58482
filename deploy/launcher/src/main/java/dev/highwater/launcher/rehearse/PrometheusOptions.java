package dev.highwater.launcher.rehearse;

import dev.highwater.launcher.rehearse.ScenarioFiles.UnreadableFileException;
import dev.highwater.model.Service;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.TimeSpan;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Takes a service's load from what a Prometheus has recorded. */
final class PrometheusOptions {
  @Option(
      names = "--from-prometheus",
      paramLabel = "URL",
      description = "Replay what this Prometheus has recorded, such as http://127.0.0.1:9090.")
  @Nullable URI url;

  @Option(
      names = "--query",
      paramLabel = "PROMQL",
      description = "With --from-prometheus: one series in requests/s, such as 'sum(rate(x[1m]))'.")
  @Nullable String query;

  @Option(
      names = "--range",
      paramLabel = "6h|START..END",
      description =
          "With --from-prometheus: the last hours, or from one moment to another, such as"
              + " 2026-11-10T15:00:00Z..2026-11-10T21:00:00Z.")
  @Nullable String range;

  @Option(
      names = "--into",
      paramLabel = "TENANT/SERVICE",
      description = "With --from-prometheus: whose load it is (default: the only service).")
  @Nullable String into;

  /** Fetches the series, if one is asked for, and gives it to the options that replay series. */
  void apply(Scenario scenario, ReplayOptions replay, PrintWriter err)
      throws UnreadableFileException, IOException {
    if (url == null) {
      if (query != null || range != null || into != null) {
        throw new TypeConversionException("--query, --range and --into need --from-prometheus");
      }
      return;
    }
    if (query == null || range == null) {
      throw new TypeConversionException("--from-prometheus needs --query and --range");
    }
    String service = service(scenario);
    Instant[] ends = ends(range);
    PrometheusSeries series = PrometheusSeries.fetch(url, query, ends[0], ends[1]);
    Path file = Files.createTempFile("highwater-prometheus", ".csv");
    file.toFile().deleteOnExit();
    Files.write(file, series.csv());
    replay.traces.put(service, file);
    err.println(
        "prometheus: "
            + series.rates().size()
            + " samples, one per "
            + TimeSpan.write(series.stepMs())
            + ", from "
            + series.from()
            + (series.filled() == 0
                ? ""
                : "; " + series.filled() + " missing ones continue the one before"));
  }

  private String service(Scenario scenario) {
    List<String> names = scenario.services().stream().map(Service::key).toList();
    if (into != null) {
      return into;
    }
    if (names.size() != 1) {
      throw new TypeConversionException("--into: say whose load it is, one of " + names);
    }
    return names.get(0);
  }

  private static Instant[] ends(String range) {
    Double ms = TimeSpan.parseMs(range);
    int dots = range.indexOf("..");
    try {
      if (ms != null && ms >= 2_000) {
        Instant now = Instant.now();
        return new Instant[] {now.minusMillis(ms.longValue()), now};
      }
      if (dots > 0) {
        Instant from = Instant.parse(range.substring(0, dots));
        Instant to = Instant.parse(range.substring(dots + 2));
        if (from.plusSeconds(2).compareTo(to) <= 0) {
          return new Instant[] {from, to};
        }
      }
    } catch (DateTimeParseException e) {
      // Told below.
    }
    throw new TypeConversionException(
        "--range must be at least 2s long, such as 6h or"
            + " 2026-11-10T15:00:00Z..2026-11-10T21:00:00Z: "
            + range);
  }
}
