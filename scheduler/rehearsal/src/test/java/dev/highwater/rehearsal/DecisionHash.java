package dev.highwater.rehearsal;

import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.ScenarioReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;

/**
 * Prints the decision-log hash of the peak night's first seconds, for a virtual machine of its own.
 */
final class DecisionHash {
  /** Long enough for the flash sale's pre-warming, new nodes and the first scale-in. */
  private static final long DURATION_MS = 75_000;

  private DecisionHash() {}

  static String of(Path scenarios) throws Exception {
    Path file = scenarios.resolve("peak-night.yaml");
    Scenario night =
        ScenarioReader.read(Files.readString(file), file.toString()).ending(DURATION_MS);
    return new Rehearsal(
            night, new TreeMap<>(), PolicyChoice.ofScenario(night.services()), RunObserver.NONE)
        .run()
        .decisionLogSha256();
  }

  public static void main(String[] arguments) throws Exception {
    System.out.println(of(Path.of(arguments[0])));
  }
}
