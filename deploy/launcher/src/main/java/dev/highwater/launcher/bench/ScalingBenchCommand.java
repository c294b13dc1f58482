package dev.highwater.launcher.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.highwater.launcher.rehearse.Choice;
import dev.highwater.launcher.rehearse.OutputFile;
import dev.highwater.launcher.rehearse.ScenarioFiles.UnreadableFileException;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Limits;
import dev.highwater.rehearsal.PolicyChoice;
import dev.highwater.rehearsal.report.QualityPage;
import dev.highwater.rehearsal.scenario.ScenarioException;
import dev.highwater.rehearsal.scenario.TimeSpan;
import dev.highwater.workload.Fidelity;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Every recorded series under every policy and bound: one table, one plot each, and the goals. */
@Command(
    name = "scaling",
    description =
        "Replay every series of request rates in a folder (CSV t_seconds,rate) under every policy"
            + " and bound, scaled to the same peak, and judge the first policy by the goals of a"
            + " plan.",
    mixinStandardHelpOptions = true)
final class ScalingBenchCommand implements Callable<Integer> {
  private static final int BOOT_SECONDS_MAX = 3_600;
  private static final int THREADS_MAX = 64;
  private static final int DAYS_MAX = 400;

  @Spec CommandSpec spec;

  @Parameters(paramLabel = "FOLDER|FILE", arity = "1..*", description = "Folders or CSV files.")
  List<Path> paths = new ArrayList<>();

  @Option(
      names = "--scenario",
      paramLabel = "FILE",
      description = "Default: deploy/scenarios/scaling.yaml of this installation.")
  @Nullable Path scenario;

  @Option(
      names = "--plan",
      paramLabel = "FILE",
      description =
          "Which part of which series, how, and its goals. Default: deploy/scenarios/scaling.csv of"
              + " this installation.")
  @Nullable Path plan;

  @Option(
      names = "--policies",
      paramLabel = "P,...",
      split = ",",
      defaultValue =
          "slo,hpa:20,hpa:30,hpa:40,hpa:50,hpa:60,hpa:70,hpa:80,hpa:70@30s,knative,cron,"
              + "predictive-hourly,static-peak:200,fixed:100,oracle,perfect-reactive",
      description =
          "The first is judged; perfect-reactive is also run with the margin that costs as many"
              + " replica-hours. Default: ${DEFAULT-VALUE}.")
  List<String> policies = new ArrayList<>();

  @Option(
      names = "--peak-replicas",
      paramLabel = "N",
      defaultValue = "200",
      description = "Default: 200.")
  int peakReplicas;

  @Option(
      names = "--boots",
      paramLabel = "S,...",
      split = ",",
      defaultValue = "30",
      description = "Seconds in which a replica boots; the table is made for each. Default: 30.")
  List<Integer> boots = new ArrayList<>();

  @Option(
      names = "--days",
      paramLabel = "N",
      description = "At most the first N days of each run of the plan. Default: all of it.")
  @Nullable Integer days;

  @Option(
      names = "--whole",
      description =
          "Each series from its first sample to its last, instead of the part that the plan names.")
  boolean whole;

  @Option(
      names = "--nodes",
      converter = Nodes.Converter.class,
      paramLabel = "warm|cold",
      defaultValue = "warm",
      description =
          "warm: there is room for every replica at once, so that scaling alone is compared; cold:"
              + " nodes boot as the scenario says. The same for every policy and bound. Default:"
              + " warm.")
  Nodes nodes = Nodes.WARM;

  @Option(
      names = "--fidelity",
      converter = Choice.OfFidelity.class,
      paramLabel = "F",
      defaultValue = "fluid",
      description = "fluid, sampled or request. Default: fluid.")
  Fidelity fidelity = Fidelity.FLUID;

  @Option(
      names = "--admission",
      converter = Choice.OnOff.Converter.class,
      paramLabel = "on|off",
      description = "For every run. Default: as the plan says.")
  Choice.@Nullable OnOff admission;

  @Option(
      names = "--plots",
      paramLabel = "DIR",
      description = "Write a page per run: its load, and replica-hours against violations.")
  @Nullable Path plots;

  @Option(
      names = "--markdown",
      converter = OutputFile.class,
      paramLabel = "FILE",
      description =
          "Write this file anew after each run: how the first policy stands, and every row.")
  @Nullable Path markdown;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "1",
      description = "Policies run at the same time. Default: 1.")
  int threads;

  @Mixin BenchOutput output = new BenchOutput();

  @Override
  public Integer call() throws IOException {
    PrintWriter err = spec.commandLine().getErr();
    PrintWriter out = spec.commandLine().getOut();
    boolean onlyJson = output.json != null && output.json.equals("-");
    Limits.range("peak-replicas", peakReplicas, 1, Limits.REPLICAS_MAX);
    Limits.range("threads", threads, 1, THREADS_MAX);
    boots.forEach(boot -> Limits.range("boots", boot, 1, BOOT_SECONDS_MAX));
    if (days != null) {
      Limits.range("days", days, 1, DAYS_MAX);
    }
    policies.forEach(PolicyChoice::parse);
    List<ScalingRow> rows = new ArrayList<>();
    ScalingFigures figures = new ScalingFigures(peakReplicas, fidelity, nodes == Nodes.WARM);
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      ScalingReplay replay =
          new ScalingReplay(
              scenario != null ? scenario : installed("deploy/scenarios/scaling.yaml"),
              policies,
              peakReplicas,
              days,
              nodes == Nodes.WARM,
              fidelity,
              admission == null ? null : admission == Choice.OnOff.ON,
              pool);
      SortedMap<String, Path> files = files();
      List<ScalingPlan.Line> runs = ScalingPlan.read(planFile()).runs(files, whole);
      if (!onlyJson) {
        ScalingFigures.head(out);
      }
      for (int boot : boots) {
        for (ScalingPlan.Line line : runs) {
          err.println("replaying " + line.label() + ", boot " + boot + " s");
          err.flush();
          ScalingRow row = replay.run(line, Objects.requireNonNull(files.get(line.series())), boot);
          rows.add(row);
          plot(row);
          if (!onlyJson) {
            figures.table(row, out);
            keep(figures.json(rows));
          }
          if (markdown != null) {
            Files.writeString(markdown, ScalingTables.markdown(said(), rows));
          }
        }
      }
    } catch (InvalidInputException | TypeConversionException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    } catch (ScenarioException | UnreadableFileException e) {
      err.println(e.getMessage());
      return 2;
    } finally {
      pool.shutdownNow();
    }
    if (onlyJson) {
      output.write(figures.json(rows), out);
    } else {
      ScalingFigures.goals(rows, out);
      out.flush();
    }
    return 0;
  }

  private Path planFile() {
    return plan != null ? plan : installed("deploy/scenarios/scaling.csv");
  }

  private static Path installed(String file) {
    return Path.of(System.getProperty("highwater.root", "."), file);
  }

  private SortedMap<String, Path> files() throws IOException {
    SortedMap<String, Path> files = new TreeMap<>();
    for (Path path : paths) {
      if (!Files.exists(path)) {
        throw new NoSuchFileException(path.toString());
      }
      if (!Files.isDirectory(path)) {
        files.put(name(path), path);
        continue;
      }
      try (Stream<Path> inside = Files.list(path)) {
        for (Path file : inside.sorted().toList()) {
          if (file.toString().endsWith(".csv") && isSeries(file)) {
            files.put(name(file), file);
          }
        }
      }
    }
    if (files.isEmpty()) {
      throw new TypeConversionException(
          "no series (CSV t_seconds,rate) in "
              + paths.stream().map(Path::toString).collect(Collectors.joining(", ")));
    }
    return files;
  }

  private static boolean isSeries(Path file) throws IOException {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.findFirst().orElse("").strip().equals("t_seconds,rate");
    }
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName()).replaceFirst("\\.csv$", "");
  }

  private void plot(ScalingRow row) throws IOException {
    if (plots != null) {
      Files.createDirectories(plots);
      String name =
          (row.line().label() + " boot " + row.bootSeconds()).replaceAll("[^A-Za-z0-9_.-]+", "-");
      Files.writeString(
          plots.resolve(name + ".html"),
          QualityPage.html(row.line().label(), subtitle(row), row.results()));
    }
  }

  /** How all runs are made. */
  private String said() {
    return "Peak %d replicas, fidelity %s, nodes %s, %s."
        .formatted(
            peakReplicas,
            ScalingFigures.word(fidelity),
            ScalingFigures.word(nodes == Nodes.WARM),
            whole ? "each series whole" : "the part of each series that the plan names");
  }

  private String subtitle(ScalingRow row) {
    return "%s, peak %d replicas that boot in %d s, nodes %s, fidelity %s, admission %s, interpolation %s"
        .formatted(
            TimeSpan.write(row.judged().seconds() * 1_000),
            peakReplicas,
            row.bootSeconds(),
            ScalingFigures.word(nodes == Nodes.WARM),
            ScalingFigures.word(fidelity),
            row.admission() ? "on" : "off",
            row.line().interpolation());
  }

  /** After each run, so that the figures of an hour are not lost with those of the next. */
  private void keep(ObjectNode figures) throws IOException {
    if (output.json != null) {
      Files.writeString(Path.of(output.json), figures.toPrettyString() + "\n");
    }
  }

  /** Whether there is room for every replica at once. */
  enum Nodes {
    WARM,
    COLD;

    /** Reads the word. */
    static final class Converter implements ITypeConverter<Nodes> {
      @Override
      public Nodes convert(String text) {
        return switch (text) {
          case "warm" -> WARM;
          case "cold" -> COLD;
          default -> throw new TypeConversionException("must be warm or cold: " + text);
        };
      }
    }
  }
}
