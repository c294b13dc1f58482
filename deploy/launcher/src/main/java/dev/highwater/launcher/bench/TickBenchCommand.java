package dev.highwater.launcher.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.highwater.model.Limits;
import dev.highwater.rehearsal.TickBench;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** One tick of a large cell. */
@Command(
    name = "tick",
    description = "Time ticks of a large cell: observe, decide, evolve.",
    mixinStandardHelpOptions = true)
final class TickBenchCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Option(
      names = "--nodes",
      paramLabel = "N",
      defaultValue = "10000",
      description = "Default: 10000.")
  int nodes;

  @Option(
      names = "--services",
      paramLabel = "N",
      defaultValue = "2000",
      description = "Default: 2000.")
  int services;

  @Option(names = "--tenants", paramLabel = "N", defaultValue = "50", description = "Default: 50.")
  int tenants;

  @Option(
      names = "--registered",
      paramLabel = "N",
      defaultValue = "0",
      description = "Tenants in all; those beyond --tenants have neither services nor a quota.")
  int registered;

  @Option(
      names = "--replicas",
      paramLabel = "N",
      defaultValue = "100000",
      description = "That all services need on average (default: 100000).")
  int replicas;

  @Option(
      names = "--ticks",
      paramLabel = "N",
      defaultValue = "3600",
      description = "Timed, after 60 to settle (default: 3600, an hour).")
  int ticks;

  @Mixin BenchClock clock = new BenchClock();

  @Mixin BenchOutput output = new BenchOutput();

  @Override
  public Integer call() throws IOException {
    Limits.range("ticks", ticks, 1, 1_000_000);
    TickBench bench =
        new TickBench(nodes, services, tenants, registered, replicas, clock.nanoTime());
    TickBench.Result first = bench.run(Math.max(1, ticks / 10));
    double heapBefore = BenchOutput.heapMib(bench);
    TickBench.Result result = bench.run(ticks);
    double heapAfter = BenchOutput.heapMib(bench);
    ObjectNode figures = JsonNodeFactory.instance.objectNode();
    figures.put("nodes", result.nodes());
    figures.put("services", result.services());
    figures.put("tenants", result.tenants());
    figures.put("registered", result.registered());
    figures.put("replicas", result.replicas());
    figures.put("ticks", result.ticks());
    figures.put("clock", clock.cpuTime ? "cpu" : "wall");
    figures.put("tickP50Ms", result.tickP50Ms());
    figures.put("tickP99Ms", result.tickP99Ms());
    figures.put("tickMaxMs", result.tickMaxMs());
    figures.put("firstTicksP99Ms", first.tickP99Ms());
    figures.put("heapBeforeMib", heapBefore);
    figures.put("heapAfterMib", heapAfter);
    output.write(figures, spec.commandLine().getOut());
    return 0;
  }
}
