package dev.highwater.rehearsal;

import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.ScenarioReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Prints the decision-log hashes of some nights' beginnings, for a virtual machine of its own. */
final class DecisionHash {
  /**
   * The beginning of a night under one policy.
   *
   * @param durationMs long enough for pre-warming, new nodes and the first scale-in
   */
  private record Night(String scenario, String policy, long durationMs) {}

  private static final List<Night> NIGHTS =
      List.of(
          new Night("peak-night", "slo", 75_000),
          new Night("peak-night", "hpa:70", 75_000),
          new Night("peak-night", "perfect-reactive", 75_000),
          // Fourteen cells with the routes between them, decided apart.
          new Night("fourteen-cells", "slo", 60_000));

  private DecisionHash() {}

  /** One line for each night: its scenario, its policy, the hash. */
  static String of(Path scenarios) throws Exception {
    List<String> lines = new ArrayList<>();
    for (Night night : NIGHTS) {
      Path file = scenarios.resolve(night.scenario() + ".yaml");
      Scenario scenario =
          ScenarioReader.read(Files.readString(file), file.toString()).ending(night.durationMs());
      String hash =
          new Rehearsal(
                  scenario, new TreeMap<>(), PolicyChoice.parse(night.policy()), RunObserver.NONE)
              .run()
              .decisionLogSha256();
      lines.add(night.scenario() + " " + night.policy() + " " + hash);
    }
    return String.join("\n", lines);
  }

  public static void main(String[] arguments) throws Exception {
    System.out.println(of(Path.of(arguments[0])));
  }
}
