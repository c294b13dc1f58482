package dev.highwater.launcher.bench;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures on this machine what the budgets promise. */
@Command(
    name = "bench",
    description = "Measure on this machine what the budgets promise.",
    subcommands = {
      OpenbBenchCommand.class,
      PlacementBenchCommand.class,
      ScalingBenchCommand.class,
      ScenariosBenchCommand.class,
      SimulationBenchCommand.class,
      TickBenchCommand.class
    },
    mixinStandardHelpOptions = true)
public final class BenchCommand implements Runnable {
  @Spec CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "name a benchmark: " + spec.subcommands().keySet());
  }
}
