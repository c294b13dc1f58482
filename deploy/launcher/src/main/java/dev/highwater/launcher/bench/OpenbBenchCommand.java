package dev.highwater.launcher.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.highwater.model.Limits;
import dev.highwater.model.json.ModelJson;
import dev.highwater.rehearsal.bench.OpenbBench;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The verb {@code bench openb}: share of a cluster's GPUs that gets allocated. */
@Command(
    name = "openb",
    description =
        "Allocate the GPUs of a node list to an inflated task list (method of FGD, ATC 2023).",
    mixinStandardHelpOptions = true)
final class OpenbBenchCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Option(
      names = "--nodes",
      required = true,
      paramLabel = "FILE",
      description = "CSV sn,cpu_milli,memory_mib,gpu,model.")
  Path nodes;

  @Option(
      names = "--pods",
      required = true,
      paramLabel = "FILE",
      description = "CSV name,cpu_milli,memory_mib,num_gpu,gpu_milli,...")
  Path pods;

  @Option(
      names = "--seeds",
      defaultValue = "10",
      description = "Runs, with seeds 42 and up (${DEFAULT-VALUE}).")
  int seeds;

  @Option(
      names = "--load",
      defaultValue = "130",
      description = "GPUs asked for, in percent of those that exist (${DEFAULT-VALUE}).")
  double load;

  @Mixin BenchOutput output = new BenchOutput();

  @Override
  public Integer call() throws Exception {
    Limits.range("load", load, 1, 1_000);
    OpenbBench bench = new OpenbBench(Files.readAllLines(nodes), Files.readAllLines(pods));
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.set(
        "gpuAllocationRatio",
        ModelJson.toTree(bench.run(Limits.range("seeds", seeds, 1, 1_000), load / 100)));
    json.put("loadPercent", load);
    output.write(json, spec.commandLine().getOut());
    return 0;
  }
}
