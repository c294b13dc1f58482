package dev.highwater.launcher.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.highwater.model.Limits;
import dev.highwater.rehearsal.bench.PlacementBench;
import dev.highwater.rehearsal.bench.PlacementWorkload;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Placement through the whole decision. */
@Command(
    name = "placement",
    description =
        "Place many replicas through the whole decision: quotas, filters, spread, reasons, facts.",
    mixinStandardHelpOptions = true)
final class PlacementBenchCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Option(
      names = "--nodes",
      paramLabel = "N",
      defaultValue = "5000",
      description = "Default: 5000.")
  int nodes;

  @Option(
      names = "--replicas",
      paramLabel = "N",
      defaultValue = "100000",
      description = "A multiple of 1000 (default: 100000).")
  int replicas;

  @Option(names = "--seed", paramLabel = "N", defaultValue = "42", description = "Default: 42.")
  long seed;

  @Option(
      names = "--warm-ups",
      paramLabel = "N",
      defaultValue = "20",
      description = "Runs before the one that counts (default: 20).")
  int warmUps;

  @Mixin BenchClock clock = new BenchClock();

  @Mixin BenchOutput output = new BenchOutput();

  @Override
  public Integer call() throws IOException {
    Limits.range("warm-ups", warmUps, 0, 1_000);
    PlacementWorkload workload = new PlacementWorkload(nodes, replicas, seed);
    for (int i = 0; i < warmUps; i++) {
      new PlacementBench(workload, clock.nanoTime()).run();
    }
    PlacementBench bench = new PlacementBench(workload, clock.nanoTime());
    PlacementBench.Result result = bench.run();
    ObjectNode figures = JsonNodeFactory.instance.objectNode();
    figures.put("nodes", result.nodes());
    figures.put("replicas", result.replicas());
    figures.put("seed", seed);
    figures.put("clock", clock.cpuTime ? "cpu" : "wall");
    figures.put("replicasPerSecond", result.replicasPerSecond());
    figures.put("batchP50Ms", result.batchP50Ms());
    figures.put("batchP99Ms", result.batchP99Ms());
    figures.put("placedShare", result.placedShare());
    figures.put("nodesUsed", result.nodesUsed());
    figures.put("nodesLowerBound", result.nodesLowerBound());
    figures.put("cpuDensity", result.cpuDensity());
    figures.put("heapMib", BenchOutput.heapMib(bench));
    output.write(figures, spec.commandLine().getOut());
    return 0;
  }
}
