package dev.highwater.launcher.rehearse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.highwater.launcher.rehearse.ScenarioFiles.UnreadableFileException;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.json.ModelJson;
import dev.highwater.rehearsal.Figures;
import dev.highwater.rehearsal.LivedNight;
import dev.highwater.rehearsal.RecordedWorld;
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
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
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

/** Tells what really happened, in the form of a rehearsal and beside what one predicted. */
@Command(
    name = "report",
    description = {
      "Tell from a live journal ('dev --record FILE', 'up --record FOLDER') what happened, as a"
          + " rehearsal's report: the decisions are made again, audited again and added up by the same"
          + " definitions.",
      "",
      "With --against, beside each figure what a rehearsal ('rehearse --json FILE') predicted.",
      "",
      "What a front door could not report, because its cell was dark, is in no journal."
    },
    footer = {
      "",
      "Exit code 0; 1 when this build decides otherwise than the one that recorded; 2 when a file"
          + " cannot be read.",
      "",
      "Examples:",
      "  highwater dev --record night.jsonl            (and in another terminal, before the event)",
      "  highwater rehearse --from-live --plan plan.json --json predicted.json",
      "  highwater apply -f plan.json                  (and after the event)",
      "  highwater report night.jsonl --against predicted.json --html night.html"
    },
    mixinStandardHelpOptions = true)
public final class ReportCommand implements Callable<Integer> {
  private static final int CANNOT_READ = 2;
  private static final int HALF_LIVES_TOLD = 3;
  private static final long BEFORE_EVENT_MS = 60_000;
  private static final String ROW = "  %-44s %14s %14s %9s%n";

  /** Figures of a run and of a service in the documented JSON form that are set side by side. */
  private static final List<String> RUN_FIGURES =
      List.of(
          "requests",
          "violations",
          "sloViolationRatio",
          "sloViolationMinutes",
          "p50Ms",
          "p99Ms",
          "p999Ms",
          "refused",
          "replicaHours",
          "nodeHours",
          "nodesPeak",
          "cost",
          "adaptations",
          "auditViolations");

  private static final List<String> SERVICE_FIGURES =
      List.of(
          "requests",
          "offeredPeakPerSecond",
          "sloViolationRatio",
          "p99Ms",
          "targetPeak",
          "replicasPeak",
          "replicaHours",
          "cost");

  /** Figures that do not grow with the span that they tell of. */
  private static final List<String> SPANLESS =
      List.of("seconds", "sloViolationRatio", "p50Ms", "p99Ms", "p999Ms", "auditViolations");

  /** Spans that differ by no more are the same: a recording ends between two seconds. */
  private static final double SPAN_TOLERANCE = 0.01;

  @Spec CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "RECORDING",
      description =
          "The live journal, JSON lines; of several members a file each, or their folder.")
  List<Path> files = List.of();

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
      description = "Begin at this time, such as 2026-11-11T00:00:00Z (default: the first users).")
  @Nullable String since;

  @Option(
      names = "--until",
      paramLabel = "TIME",
      description = "End at this time (default: the end of the recording).")
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
      RecordedLines lines = new RecordedLines(files);
      RecordedWorld world = new RecordedWorld();
      lines.each(
          line -> {
            world.take(line);
            return true;
          });
      Scenario scenario = told(world, predicted);
      Chronicle chronicle = new Chronicle(scenario, RunObserver.NONE);
      LivedNight night = new LivedNight(world, scenario, chronicle);
      if (!lines.each(night::take)) {
        err.println("highwater: " + lines.where() + ": " + night.difference());
        return 1;
      }
      tell(scenario, chronicle, night.result(), predicted, (System.nanoTime() - begun) / 1e9);
      return 0;
    } catch (UnreadableFileException e) {
      err.println("highwater: " + e.getMessage());
    } catch (InvalidInputException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    } catch (IOException e) {
      err.println("highwater: " + e.getMessage());
    }
    return CANNOT_READ;
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
  private Scenario told(RecordedWorld world, @Nullable JsonNode predicted) {
    long sinceMs = world.beganMs();
    long untilMs = world.endedMs();
    if (event != null) {
      PeakEvent declared = world.event(event);
      if (declared == null) {
        throw new ParameterException(
            spec.commandLine(), "--event: no event " + event + " was declared");
      }
      sinceMs = Math.max(sinceMs, declared.startMs() - BEFORE_EVENT_MS);
      untilMs =
          declared.startMs()
              + declared.riseMs()
              + declared.holdMs()
              + HALF_LIVES_TOLD * declared.decayHalfLifeMs();
    } else if (predicted != null) {
      long seconds = predicted.path("durationSeconds").asLong();
      long startMs = timeMs("startsAt", predicted.path("startsAt").asText());
      boolean recorded = startMs < untilMs && startMs + seconds * 1_000 > sinceMs;
      sinceMs = recorded ? Math.max(sinceMs, startMs) : sinceMs;
      untilMs = (recorded ? startMs : sinceMs) + seconds * 1_000;
    }
    return world.scenario(
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
        new Report.Lived(against == null ? "" : against.toString(), figures(predicted, happened));
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
              "highwater report " + String.join(" ", files.stream().map(Path::toString).toList()),
              Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
              wallSeconds,
              happened.toString(),
              held);
      Files.writeString(html, Report.html(subject));
    }
    out.flush();
  }

  /** Figures of both, by their names in the documented JSON form. */
  private static List<Predicted> figures(@Nullable JsonNode predicted, JsonNode happened) {
    JsonNode root = predicted == null ? ModelJson.toTree(List.of()) : predicted;
    JsonNode before = first(root);
    JsonNode after = first(happened);
    List<Predicted> figures = new ArrayList<>();
    figures.add(figure("seconds", root.path("durationSeconds"), happened.path("durationSeconds")));
    boolean sameSpan = !(Math.abs(figures.get(0).apart()) > SPAN_TOLERANCE);
    for (String name : RUN_FIGURES) {
      figures.add(figure(name, before.path(name), after.path(name)));
    }
    for (String by : List.of("costByTenant", "costByEvent")) {
      after
          .path(by)
          .fields()
          .forEachRemaining(
              one ->
                  figures.add(
                      figure(
                          "cost of " + one.getKey(),
                          before.path(by).path(one.getKey()),
                          one.getValue())));
    }
    after
        .path("services")
        .fields()
        .forEachRemaining(
            service -> {
              JsonNode expected = before.path("services").path(service.getKey());
              for (String name : SERVICE_FIGURES) {
                figures.add(
                    figure(
                        service.getKey() + " " + name,
                        expected.path(name),
                        service.getValue().path(name)));
              }
              service
                  .getValue()
                  .path("readyAtStart")
                  .fields()
                  .forEachRemaining(
                      ready ->
                          figures.add(
                              figure(
                                  service.getKey() + " ready when " + ready.getKey() + " began",
                                  expected.path("readyAtStart").path(ready.getKey()),
                                  ready.getValue())));
            });
    return sameSpan ? figures : figures.stream().map(ReportCommand::ofAnotherSpan).toList();
  }

  private static Predicted ofAnotherSpan(Predicted figure) {
    String name = figure.figure().substring(figure.figure().lastIndexOf(' ') + 1);
    return new Predicted(
        figure.figure(), figure.predicted(), figure.happened(), SPANLESS.contains(name));
  }

  private static JsonNode first(JsonNode root) {
    var policies = root.path("policies").elements();
    return policies.hasNext() ? policies.next() : root.path("policies");
  }

  private static Predicted figure(String name, JsonNode predicted, JsonNode happened) {
    return new Predicted(
        name,
        predicted.isNumber() ? predicted.asDouble() : Double.NaN,
        happened.isNumber() ? happened.asDouble() : Double.NaN,
        true);
  }

  private void table(PrintWriter out, Scenario scenario, RunResult result, Report.Lived lived) {
    out.println(
        scenario.title()
            + " under "
            + result.policy()
            + (against == null ? "" : ", predicted by " + against));
    out.println();
    out.printf(Locale.ROOT, ROW, "", against == null ? "" : "predicted", "happened", "apart");
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
    if (!lived.caution().isEmpty()) {
      out.println();
      out.println(lived.caution());
    }
    result.auditMessages().forEach(message -> out.println("audit: " + message));
  }
}
