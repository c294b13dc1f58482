package dev.highwater.launcher.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.highwater.model.Limits;
import dev.highwater.workload.SimulationBenchmark;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Request-level simulation. */
@Command(
    name = "simulation",
    description = "Simulate requests one by one on one core and on several.",
    mixinStandardHelpOptions = true)
final class SimulationBenchCommand implements Callable<Integer> {
  /** Concurrency and replicas of each row. */
  private static final List<int[]> ROWS =
      List.of(new int[] {1, 1}, new int[] {8, 1}, new int[] {64, 1}, new int[] {8, 1_000});

  private static final int VISITS_PER_ROUND = 2_000;

  @Spec CommandSpec spec;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "2",
      description = "Time measured per row, after as much to warm up (default: 2).")
  double seconds;

  @Option(
      names = "--threads",
      paramLabel = "N",
      split = ",",
      description = "Default: 1 and the number of cores, at most 2.")
  List<Integer> threads = new ArrayList<>();

  @Mixin BenchOutput output = new BenchOutput();

  @Override
  public Integer call() throws IOException {
    Limits.range("seconds", seconds, 0.01, 3_600);
    for (int n : threads) {
      Limits.range("threads", n, 1, 64);
    }
    if (threads.isEmpty()) {
      threads.add(1);
      if (Runtime.getRuntime().availableProcessors() > 1) {
        threads.add(2);
      }
    }
    ObjectNode figures = JsonNodeFactory.instance.objectNode();
    ArrayNode results = figures.putArray("results");
    for (int n : threads) {
      for (int[] row : ROWS) {
        ObjectNode figure = results.addObject();
        figure.put("concurrency", row[0]);
        figure.put("replicas", row[1]);
        figure.put("threads", n);
        measure(row[0], row[1], n, figure);
      }
    }
    output.write(figures, spec.commandLine().getOut());
    return 0;
  }

  /** As many simulations as threads; the heap is looked at while all of them are in use. */
  private void measure(int concurrency, int replicas, int count, ObjectNode figure) {
    List<SimulationBenchmark> benches = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      benches.add(new SimulationBenchmark(concurrency, replicas, i + 1L));
    }
    int windows = Math.max(1, VISITS_PER_ROUND / replicas);
    requestsPerSecond(benches, windows);
    double heapBefore = BenchOutput.heapMib(benches);
    figure.put("requestsPerSecond", requestsPerSecond(benches, windows));
    figure.put("heapBeforeMib", heapBefore);
    figure.put("heapAfterMib", BenchOutput.heapMib(benches));
  }

  private double requestsPerSecond(List<SimulationBenchmark> benches, int windows) {
    ExecutorService pool = Executors.newFixedThreadPool(benches.size());
    try {
      List<Future<Double>> running = new ArrayList<>();
      for (SimulationBenchmark bench : benches) {
        running.add(pool.submit(() -> timed(bench, windows)));
      }
      double sum = 0;
      for (Future<Double> one : running) {
        sum += one.get();
      }
      return sum;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("the benchmark failed", e.getCause());
    } finally {
      pool.shutdownNow();
    }
  }

  private double timed(SimulationBenchmark bench, int windows) {
    long begun = System.nanoTime();
    long requests = 0;
    double took = 0;
    while (took < seconds) {
      requests += bench.run(windows);
      took = (System.nanoTime() - begun) / 1e9;
    }
    return requests / took;
  }
}
