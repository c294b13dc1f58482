package dev.highwater.launcher.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.highwater.launcher.rehearse.ReplayOptions;
import dev.highwater.launcher.rehearse.ScenarioFiles;
import dev.highwater.launcher.rehearse.ScenarioFiles.Loaded;
import dev.highwater.launcher.rehearse.ScenarioFiles.UnreadableFileException;
import dev.highwater.model.BootTime;
import dev.highwater.model.Capacity;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.NodePool;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import dev.highwater.rehearsal.Figures;
import dev.highwater.rehearsal.PolicyChoice;
import dev.highwater.rehearsal.Rehearsal;
import dev.highwater.rehearsal.RunObserver;
import dev.highwater.rehearsal.RunResult;
import dev.highwater.rehearsal.report.QualityPage;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.ScenarioException;
import dev.highwater.rehearsal.scenario.TimeSpan;
import dev.highwater.workload.Fidelity;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
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
  private static final String SERVICE = "web/site";
  private static final long DAY_MS = 86_400_000;
  private static final String REACTIVE = "perfect-reactive";

  /** Replica-hours that differ by no more are equal: what one correction mostly reaches. */
  private static final double EQUAL = 0.01;

  private static final int CORRECTIONS_MAX = 4;

  @Spec CommandSpec spec;

  @Parameters(paramLabel = "FOLDER|FILE", arity = "1..*", description = "Folders or CSV files.")
  List<Path> paths = new ArrayList<>();

  @Option(
      names = "--scenario",
      paramLabel = "FILE",
      description = "Default: deploy/scenarios/replay.yaml of this installation.")
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
          "slo,hpa:20,hpa:30,hpa:40,hpa:50,hpa:60,hpa:70,hpa:80,knative,predictive-hourly,"
              + "static-peak:200,oracle,perfect-reactive",
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
      paramLabel = "warm|cold",
      defaultValue = "warm",
      description =
          "warm: there is room for every replica at once, so that scaling alone is compared; cold:"
              + " nodes boot as the scenario says. The same for every policy and bound. Default:"
              + " warm.")
  String nodes;

  @Option(
      names = "--fidelity",
      paramLabel = "F",
      defaultValue = "fluid",
      description = "fluid, sampled or request. Default: fluid.")
  String fidelity;

  @Option(
      names = "--admission",
      paramLabel = "on|off",
      description = "For every run. Default: as the plan says.")
  @Nullable String admission;

  @Option(
      names = "--plots",
      paramLabel = "DIR",
      description = "Write a page per run: its load, and replica-hours against violations.")
  @Nullable Path plots;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "1",
      description = "Policies run at the same time. Default: 1.")
  int threads;

  @Mixin BenchOutput output = new BenchOutput();

  /** One run of the plan under all policies. */
  private record Row(
      ScalingPlan.Line line, int bootSeconds, boolean admission, List<RunResult> results) {
    RunResult own() {
      return results.get(0);
    }

    double hoursOverOracle(RunResult result) {
      for (RunResult one : results) {
        if (one.policy().equals("oracle")) {
          return result.replicaHours() / one.replicaHours();
        }
      }
      return Double.NaN;
    }
  }

  @Override
  public Integer call() throws IOException {
    PrintWriter err = spec.commandLine().getErr();
    PrintWriter out = spec.commandLine().getOut();
    boolean onlyJson = output.json != null && output.json.equals("-");
    List<Row> rows = new ArrayList<>();
    ExecutorService pool = Executors.newFixedThreadPool(Math.max(1, threads));
    try {
      SortedMap<String, Path> files = files();
      if (!onlyJson) {
        head(out);
      }
      for (int boot : boots) {
        for (ScalingPlan.Line line : ScalingPlan.read(planFile()).runs(files, whole)) {
          err.println("replaying " + line.label() + ", boot " + boot + " s");
          err.flush();
          Path file = files.get(line.series());
          if (file != null) {
            Row row = run(line, file, boot, pool);
            rows.add(row);
            if (!onlyJson) {
              table(row, out);
              keep(rows);
            }
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
      output.write(figures(rows), out);
    } else {
      goals(rows, out);
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

  private Row run(ScalingPlan.Line line, Path file, int boot, ExecutorService pool)
      throws ScenarioException, UnreadableFileException, IOException {
    ReplayOptions replay =
        ReplayOptions.of(
            SERVICE, file, peakReplicas, line.interpolation(), line.from(), line.length());
    if (!line.declared().isEmpty()) {
      replay.declare(line.declared());
    }
    Loaded read =
        replay.apply(
            ScenarioFiles.read(
                scenario != null ? scenario : installed("deploy/scenarios/replay.yaml")));
    boolean admits = admission == null ? line.admission() : admission.equals("on");
    Scenario night = set(read.scenario(), boot, admits);
    if (days != null && night.durationMs() > days * DAY_MS) {
      night = night.ending(days * DAY_MS);
    }
    Loaded loaded = new Loaded(night, read.traces());
    List<RunResult> results = new ArrayList<>(results(loaded, policies, pool));
    RunResult own = results.get(0);
    for (RunResult result : List.copyOf(results)) {
      if (result.policy().equals(REACTIVE)) {
        results.add(atEqualHours(loaded, own.replicaHours(), result.replicaHours(), pool));
      }
    }
    Row row = new Row(line, boot, admits, results);
    if (plots != null) {
      Files.createDirectories(plots);
      String name = (line.label() + " boot " + boot).replaceAll("[^A-Za-z0-9_.-]+", "-");
      Files.writeString(
          plots.resolve(name + ".html"), QualityPage.html(line.label(), subtitle(row), results));
    }
    return row;
  }

  /** Whole replicas bend the line of hours over margins, so a guess is corrected until it fits. */
  private static RunResult atEqualHours(
      Loaded loaded, double hours, double withoutMargin, ExecutorService pool) throws IOException {
    double margin = hours / withoutMargin;
    RunResult nearest = reactive(loaded, margin, pool);
    double had = nearest.replicaHours();
    for (int corrections = 0; corrections < CORRECTIONS_MAX; corrections++) {
      double corrected = 1 + (margin - 1) * (hours - withoutMargin) / (had - withoutMargin);
      if (Math.abs(had / hours - 1) <= EQUAL || !(corrected > 0 && corrected < 2 * margin)) {
        break;
      }
      margin = corrected;
      RunResult next = reactive(loaded, margin, pool);
      had = next.replicaHours();
      nearest = Math.abs(had - hours) < Math.abs(nearest.replicaHours() - hours) ? next : nearest;
    }
    return nearest;
  }

  private static RunResult reactive(Loaded loaded, double margin, ExecutorService pool)
      throws IOException {
    String policy = REACTIVE + ":" + String.format(Locale.ROOT, "%.3f", margin);
    return results(loaded, List.of(policy), pool).get(0);
  }

  private Scenario set(Scenario night, int boot, boolean admits) {
    List<Service> services = new ArrayList<>();
    for (Service service : night.services()) {
      services.add(booting(service, BootTime.exactly(1_000L * boot)));
    }
    return night.edit(
        draft -> {
          draft.services = services;
          draft.admission = admits;
          draft.fidelity = Fidelity.valueOf(fidelity.toUpperCase(Locale.ROOT));
          if (nodes.equals("warm")) {
            draft.pools = night.pools().stream().map(p -> roomy(p, services)).toList();
          }
        });
  }

  private static Service booting(Service s, BootTime boot) {
    Capacity c = s.capacity();
    return s.withCapacity(
        new Capacity(
            c.concurrency(),
            c.meanServiceMs(),
            c.serviceScv(),
            c.law(),
            c.queueMax(),
            c.clientTimeoutMs(),
            c.balancing(),
            boot,
            c.serialRatePerSecondMax()));
  }

  /** A pool of one node that is there from the start and holds every replica there may be. */
  private static NodePool roomy(NodePool p, List<Service> services) {
    Resources all = Resources.NONE;
    for (Service service : services) {
      all = all.plus(service.resources().times(service.scaling().replicasMax()));
    }
    return new NodePool(
        p.cell(),
        p.name(),
        all,
        p.zones(),
        p.labels(),
        p.taints(),
        p.pricePerHour(),
        p.purchase(),
        p.boot(),
        1,
        1,
        0,
        p.scaleInDelayMs());
  }

  private static List<RunResult> results(Loaded loaded, List<String> names, ExecutorService pool)
      throws IOException {
    List<Future<RunResult>> running = new ArrayList<>();
    for (String name : names) {
      PolicyChoice choice = PolicyChoice.parse(name);
      running.add(
          pool.submit(
              () ->
                  new Rehearsal(loaded.scenario(), loaded.traces(), choice, RunObserver.NONE)
                      .run()));
    }
    List<RunResult> results = new ArrayList<>();
    try {
      for (Future<RunResult> one : running) {
        results.add(one.get());
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("the rehearsal failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    return results;
  }

  private String subtitle(Row row) {
    return TimeSpan.write(row.own().seconds() * 1_000)
        + ", peak "
        + peakReplicas
        + " replicas that boot in "
        + row.bootSeconds
        + " s, nodes "
        + nodes
        + ", fidelity "
        + fidelity
        + ", admission "
        + (row.admission ? "on" : "off")
        + ", interpolation "
        + row.line.interpolation();
  }

  /** After each run, so that the figures of an hour are not lost with those of the next. */
  private void keep(List<Row> rows) throws IOException {
    if (output.json != null) {
      Files.writeString(Path.of(output.json), figures(rows).toPrettyString() + "\n");
    }
  }

  private ObjectNode figures(List<Row> rows) {
    ObjectNode figures = JsonNodeFactory.instance.objectNode();
    figures.put("peakReplicas", peakReplicas);
    figures.put("fidelity", fidelity);
    figures.put("nodes", nodes);
    ArrayNode table = figures.putArray("rows");
    ArrayNode goals = figures.putArray("goals");
    rows.forEach(row -> json(row, table, goals));
    return figures;
  }

  private void json(Row row, ArrayNode table, ArrayNode goals) {
    for (RunResult result : row.results) {
      ObjectNode node = table.addObject();
      node.put("series", row.line.series());
      node.put("declared", row.line.declared());
      node.put("seconds", result.seconds());
      node.put("bootSeconds", row.bootSeconds);
      node.put("fidelity", fidelity);
      node.put("admission", row.admission);
      node.put("interpolation", row.line.interpolation());
      node.put("policy", result.policy());
      node.put("sloViolationRatio", result.violationRatio());
      node.put("beyondPromiseRatio", result.beyondPromiseRatio());
      node.put("sloViolationMinutes", result.violationMinutes());
      node.put("replicaHours", result.replicaHours());
      put(node, "hoursOverOracle", row.hoursOverOracle(result));
      put(node, "coverageError", result.coverage().error());
      put(node, "coverageErrorOnceLearned", result.coverage().errorOnceLearned());
    }
    for (Judged by : JUDGED) {
      for (ScalingGoals.Verdict verdict : ScalingGoals.of(row.line, row.results, by.violations)) {
        ObjectNode node = goals.addObject();
        node.put("series", row.line.label());
        node.put("bootSeconds", row.bootSeconds);
        node.put("violationsCounted", by.name);
        node.put("goal", verdict.goal());
        node.put("hoped", verdict.hoped());
        node.put("got", verdict.got());
        node.put("met", verdict.met());
        put(node, "missedBy", verdict.missedBy());
      }
    }
  }

  private static void put(ObjectNode node, String field, double value) {
    if (Double.isFinite(value)) {
      node.put(field, value);
    } else {
      node.putNull(field);
    }
  }

  /** How violations are counted when goals are judged. */
  private record Judged(String name, ToDoubleFunction<RunResult> violations) {}

  private static final List<Judged> JUDGED =
      List.of(
          new Judged("beyond the promise", RunResult::beyondPromiseRatio),
          new Judged("all", RunResult::violationRatio));

  private static void head(PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "%-36s %4s %-8s %-4s %-7s %-22s %12s %12s %10s %8s %10s %10s%n",
        "series",
        "boot",
        "fidelity",
        "adm.",
        "interp.",
        "policy",
        "violations %",
        "beyond %",
        "replica-h",
        "/ oracle",
        "coverage",
        "learned");
    out.flush();
  }

  private void table(Row row, PrintWriter out) {
    for (RunResult result : row.results) {
      out.printf(
          Locale.ROOT,
          "%-36s %4d %-8s %-4s %-7s %-22s %12s %12s %10s %8s %10s %10s%n",
          row.line.series() + (row.line.declared().isEmpty() ? "" : " declared"),
          row.bootSeconds,
          fidelity,
          row.admission ? "on" : "off",
          row.line.interpolation(),
          result.policy(),
          Figures.plain(100 * result.violationRatio()),
          Figures.plain(100 * result.beyondPromiseRatio()),
          Figures.fixed(result.replicaHours(), 1),
          Figures.fixed(row.hoursOverOracle(result), 3),
          Figures.plain(100 * result.coverage().error()),
          Figures.plain(100 * result.coverage().errorOnceLearned()));
    }
    out.flush();
  }

  private void goals(List<Row> rows, PrintWriter out) {
    for (Judged by : JUDGED) {
      out.printf(Locale.ROOT, "%nGoals, violations counted: %s%n", by.name);
      for (int boot : boots) {
        List<Double> hours = new ArrayList<>();
        for (Row row : rows) {
          if (row.bootSeconds != boot) {
            continue;
          }
          hours.add(ScalingGoals.hoursAtEqualQuality(row.results, by.violations));
          for (ScalingGoals.Verdict v : ScalingGoals.of(row.line, row.results, by.violations)) {
            out.printf(
                Locale.ROOT,
                "%-6s boot %2d s  %s: %s %s, got %s%s%n",
                v.met() ? "met" : "missed",
                boot,
                row.line.label(),
                v.goal(),
                v.hoped(),
                v.got(),
                v.met() || Double.isNaN(v.missedBy())
                    ? ""
                    : ", too much by " + Figures.plain(100 * v.missedBy()) + " %");
          }
        }
        hours.removeIf(value -> Double.isNaN(value));
        out.printf(
            Locale.ROOT,
            "boot %2d s: median replica-hours at equal quality %s%n",
            boot,
            Figures.fixed(ScalingGoals.median(hours), 3));
      }
    }
  }
}
