package dev.highwater.launcher.rehearse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.highwater.client.ProblemException;
import dev.highwater.client.UnreachableException;
import dev.highwater.launcher.rehearse.ScenarioFiles.UnreadableFileException;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.json.ModelJson;
import dev.highwater.rehearsal.Figures;
import dev.highwater.rehearsal.KeptNight.Gap;
import dev.highwater.rehearsal.RunObserver;
import dev.highwater.rehearsal.RunResult;
import dev.highwater.rehearsal.Trial;
import dev.highwater.rehearsal.Variation;
import dev.highwater.rehearsal.report.Chronicle;
import dev.highwater.rehearsal.report.Report;
import dev.highwater.rehearsal.report.Report.Predicted;
import dev.highwater.rehearsal.scenario.Scenario;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Tells what really happened, in the form of a rehearsal and beside what one predicted. */
@Command(
    name = "report",
    description = {
      "Tell what happened, as a rehearsal's report, added up by the same definitions.",
      "",
      "--from-live tells it from what the cluster keeps by itself, minute by minute, also after"
          + " members were lost. A recording ('dev --record FILE', 'up --record FOLDER') is told with every"
          + " decision made again and audited again.",
      "",
      "With --against, beside each figure what a rehearsal ('rehearse --json FILE') predicted.",
      "",
      "What a front door could not report, because its cell was dark, nobody knows."
    },
    footer = {
      "",
      "Exit code 0; 1 when this build decides otherwise than the one that recorded; 2 when a file"
          + " cannot be read or the cluster does not answer.",
      "",
      "Examples:",
      "  highwater dev                                 (and in another terminal, before the event)",
      "  highwater rehearse --from-live --plan plan.json --json predicted.json",
      "  highwater apply -f plan.json                  (and after the event)",
      "  highwater report --from-live --event flash-sale --against predicted.json --html night.html",
      "  highwater report night.jsonl                  (when it was recorded by 'dev --record')"
    },
    mixinStandardHelpOptions = true)
public final class ReportCommand implements Callable<Integer> {
  private static final int CANNOT_READ = 2;
  private static final int HALF_LIVES_TOLD = 3;
  private static final long BEFORE_EVENT_MS = 60_000;
  private static final String ROW = "  %-44s %14s %14s %9s%n";

  @Spec CommandSpec spec;

  @Parameters(
      arity = "0..*",
      paramLabel = "RECORDING",
      description =
          "The live journal, JSON lines; of several members a file each, or their folder.")
  List<Path> files = List.of();

  @Option(
      names = "--from-live",
      paramLabel = "URL",
      arity = "0..1",
      fallbackValue = "",
      description =
          "Instead of RECORDING: from the minutes that a running cluster keeps by itself (without"
              + " URL as every verb: --server before the verb, HIGHWATER_SERVER, or"
              + " http://127.0.0.1:8080).")
  @Nullable URI live;

  @Option(
      names = "--cell",
      paramLabel = "NAME",
      description = "With --from-live: tell of this cell alone (default: of all).")
  @Nullable String cell;

  @Option(
      names = "--against",
      paramLabel = "FILE",
      description =
          "What a rehearsal predicted, as JSON. Unless said otherwise the same span of time is told;"
              + " where that was not recorded, as many seconds from the first users on.")
  @Nullable Path against;

  @Option(
      names = "--event",
      paramLabel = "NAME",
      description =
          "Tell of a declared event: from a minute before it begins until three half-lives after"
              + " its hold.")
  @Nullable String event;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description =
          "Begin at this time, such as 2026-11-11T00:00:00Z (default: the first users, with"
              + " --from-live of the last day).")
  @Nullable String since;

  @Option(
      names = "--until",
      paramLabel = "TIME",
      description = "End at this time (default: the end of what is known).")
  @Nullable String until;

  @Option(
      names = "--html",
      converter = OutputFile.class,
      paramLabel = "FILE",
      description = "Write one self-contained page.")
  @Nullable Path html;

  @Option(
      names = "--json",
      converter = OutputFile.OrStandardOutput.class,
      paramLabel = "FILE|-",
      description = "Write it as JSON; '-' is standard output, which then holds nothing else.")
  @Nullable String json;

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    try {
      long begun = System.nanoTime();
      JsonNode predicted = against == null ? null : prediction(against);
      NightSource source = source();
      Scenario scenario = told(source, predicted);
      Chronicle chronicle = new Chronicle(scenario, RunObserver.NONE);
      RunResult result = source.tell(scenario, chronicle);
      if (result == null) {
        err.println("highwater: " + source.difference());
        return 1;
      }
      tell(source, scenario, chronicle, result, predicted, (System.nanoTime() - begun) / 1e9);
      return 0;
    } catch (UnreachableException e) {
      err.println("highwater: " + e.advising("highwater dev", "--from-live=URL"));
    } catch (UnreadableFileException | ProblemException e) {
      err.println("highwater: " + e.getMessage());
    } catch (InvalidInputException | TypeConversionException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    } catch (IOException e) {
      err.println("highwater: " + e.getMessage());
    }
    return CANNOT_READ;
  }

  private NightSource source() throws UnreadableFileException {
    if (files.isEmpty() == (live == null) || (cell != null && live == null)) {
      throw new TypeConversionException(
          "name a RECORDING or give --from-live, one of both; --cell belongs to --from-live");
    }
    return live == null
        ? new RecordedNight(files)
        : new KeptMinutes(LiveScenario.client(spec, live), cell, Instant.now().toEpochMilli());
  }

  private static JsonNode prediction(Path file) throws UnreadableFileException {
    JsonNode root;
    try {
      root = ModelJson.read(Files.readAllBytes(file), JsonNode.class);
    } catch (InvalidInputException e) {
      throw new UnreadableFileException(file + " is no JSON: " + e.getMessage());
    } catch (NoSuchFileException e) {
      throw new UnreadableFileException(file + ": no such file");
    } catch (IOException e) {
      throw new UnreadableFileException(file + ": cannot be read, " + e.getMessage());
    }
    if (!root.path("policies").fields().hasNext()) {
      throw new UnreadableFileException(
          file
              + " is no result of one rehearsal: 'policies' is missing. Write it with"
              + " 'rehearse --json FILE' and without --sweep.");
    }
    return root;
  }

  /** What was declared, of the span that is to be told. */
  private Scenario told(NightSource source, @Nullable JsonNode predicted) {
    PeakEvent declared = event == null ? null : source.event(event);
    if (event != null && declared == null) {
      throw new ParameterException(
          spec.commandLine(), "--event: no event " + event + " was declared");
    }
    if (since != null && until != null) {
      return source.scenario(timeMs("--since", since), timeMs("--until", until));
    }
    long sinceMs;
    long untilMs;
    if (declared != null) {
      sinceMs = source.firstMs(declared.startMs() - BEFORE_EVENT_MS);
      untilMs =
          declared.startMs()
              + declared.riseMs()
              + declared.holdMs()
              + HALF_LIVES_TOLD * declared.decayHalfLifeMs();
    } else if (predicted != null) {
      long spanMs = predicted.path("durationSeconds").asLong() * 1_000;
      long startMs = timeMs("startsAt", predicted.path("startsAt").asText());
      long firstMs = source.firstMs(startMs);
      boolean lived = firstMs < source.endedMs() && firstMs < startMs + spanMs;
      sinceMs = lived ? firstMs : source.firstMs(NightSource.BEGINNING);
      untilMs = (lived ? startMs : sinceMs) + spanMs;
    } else {
      sinceMs = since == null ? source.firstMs(NightSource.BEGINNING) : 0;
      untilMs = source.endedMs();
    }
    return source.scenario(
        since == null ? sinceMs : timeMs("--since", since),
        until == null ? untilMs : timeMs("--until", until));
  }

  private long timeMs(String option, String text) {
    try {
      return Instant.parse(text).toEpochMilli();
    } catch (DateTimeParseException e) {
      throw new ParameterException(
          spec.commandLine(), option + " must be a time such as 2026-11-11T00:00:00Z: " + text, e);
    }
  }

  private void tell(
      NightSource source,
      Scenario scenario,
      Chronicle chronicle,
      RunResult result,
      @Nullable JsonNode predicted,
      double wallSeconds)
      throws IOException {
    Variation lived =
        new Variation(List.of(), scenario, List.of(new Trial(result.policy(), List.of(result))));
    ObjectNode happened = new Rehearsed(List.of(lived), 0, wallSeconds).json();
    happened.remove(List.of("simulatedRequests", "seed", "fidelity", "otherFidelities"));
    Report.Lived held =
        new Report.Lived(
            source.name(),
            source.notes(),
            against == null ? "" : against.toString(),
            SideBySide.figures(predicted, happened));
    ArrayNode gaps = happened.putArray("gaps");
    for (Gap gap : source.gaps()) {
      gaps.addObject()
          .put("cell", gap.cell())
          .put("from", Instant.ofEpochMilli(gap.fromMs()).toString())
          .put("until", Instant.ofEpochMilli(gap.untilMs()).toString());
    }
    ArrayNode rows = happened.putArray("predicted");
    for (Predicted figure : held.figures()) {
      ObjectNode row = rows.addObject().put("figure", figure.figure());
      Rehearsed.put(row, "predicted", figure.predicted());
      Rehearsed.put(row, "happened", figure.happened());
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json != null && json.equals("-")) {
      out.println(happened.toPrettyString());
    } else {
      table(out, scenario, result, held);
      if (json != null) {
        Files.writeString(Path.of(json), happened.toPrettyString() + "\n");
      }
    }
    if (html != null) {
      Report.Subject subject =
          new Report.Subject(
              List.of(lived),
              chronicle,
              0,
              null,
              "highwater report "
                  + (live == null
                      ? String.join(" ", files.stream().map(Path::toString).toList())
                      : "--from-live"),
              Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
              wallSeconds,
              happened.toString(),
              held);
      Files.writeString(html, Report.html(subject));
    }
    out.flush();
  }

  private void table(PrintWriter out, Scenario scenario, RunResult result, Report.Lived lived) {
    out.println(
        scenario.title()
            + " under "
            + result.policy()
            + (against == null ? "" : ", predicted by " + against));
    out.println();
    if (against == null) {
      for (Predicted figure : lived.figures()) {
        out.printf("  %-44s %14s%n", figure.figure(), Figures.number(figure.happened()));
      }
    } else {
      out.printf(Locale.ROOT, ROW, "", "predicted", "happened", "apart");
      for (Predicted figure : lived.figures()) {
        out.printf(
            Locale.ROOT,
            ROW,
            figure.figure(),
            Figures.number(figure.predicted()),
            Figures.number(figure.happened()),
            Double.isFinite(figure.apart())
                ? String.format(Locale.ROOT, "%+.1f %%", 100 * figure.apart())
                : "-");
      }
    }
    if (!lived.caution().isEmpty()) {
      out.println();
      out.println(lived.caution());
    }
    result.auditMessages().forEach(message -> out.println("audit: " + message));
    if (!lived.notes().isEmpty()) {
      out.println();
      lived.notes().forEach(out::println);
    }
  }
}
