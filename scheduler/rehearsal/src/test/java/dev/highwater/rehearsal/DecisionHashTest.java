package dev.highwater.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Goal: the same nights are decided the same, bit for bit: against the hashes on record, in another
 * virtual machine, interpreted instead of compiled, and on another JDK.
 *
 * <p>A deliberate change of decisions changes the record: {@code mvn test -pl scheduler/rehearsal
 * -am -Dtest=DecisionHashTest -Dhighwater.record=true} writes it again.
 */
class DecisionHashTest {
  private static final Path SCENARIOS = Path.of("../../deploy/scenarios");
  private static final Path RECORD =
      Path.of("src/test/resources/dev/highwater/rehearsal/decision-logs.txt");

  @Test
  void theNightsAreDecidedAsOnRecord() throws Exception {
    String hashes = DecisionHash.of(SCENARIOS);
    if (Boolean.getBoolean("highwater.record")) {
      Files.writeString(RECORD, hashes + "\n");
    }
    assertThat(hashes).isEqualTo(Files.readString(RECORD).strip());
  }

  @Test
  void anInterpretingMachineDecidesTheSame() throws Exception {
    assertThat(inAnotherMachine(Path.of(System.getProperty("java.home"), "bin", "java"), "-Xint"))
        .isEqualTo(DecisionHash.of(SCENARIOS));
  }

  @Test
  void anotherJdkDecidesTheSame() throws Exception {
    Optional<Path> other = otherJava();
    if (other.isEmpty()) {
      String message =
          "SKIPPED: no other JDK found, name one by -Dhighwater.otherJava=PATH/bin/java";
      System.out.println(message);
      assumeTrue(false, message);
    }
    assertThat(inAnotherMachine(other.orElseThrow(), "-XX:+UseSerialGC"))
        .isEqualTo(DecisionHash.of(SCENARIOS));
  }

  private static Optional<Path> otherJava() throws IOException {
    String named = System.getProperty("highwater.otherJava", "");
    if (!named.isEmpty()) {
      return Optional.of(Path.of(named));
    }
    Path installed = Path.of("/usr/lib/jvm");
    if (!Files.isDirectory(installed)) {
      return Optional.empty();
    }
    Path own = Path.of(System.getProperty("java.home")).toRealPath();
    try (Stream<Path> homes = Files.list(installed)) {
      for (Path home : homes.sorted().toList()) {
        Path java = home.resolve("bin/java");
        if (Files.isExecutable(java)
            && !home.toRealPath().equals(own)
            && feature(home) > Runtime.version().feature()) {
          return Optional.of(java);
        }
      }
    }
    return Optional.empty();
  }

  /** Feature number from the home's release file; 0 without one. */
  private static int feature(Path home) throws IOException {
    Path release = home.resolve("release");
    if (!Files.isReadable(release)) {
      return 0;
    }
    for (String line : Files.readAllLines(release)) {
      if (line.startsWith("JAVA_VERSION=")) {
        return Runtime.Version.parse(line.substring(14, line.length() - 1)).feature();
      }
    }
    return 0;
  }

  private static String inAnotherMachine(Path java, String... options) throws Exception {
    List<String> command = new ArrayList<>(List.of(java.toString()));
    command.addAll(List.of(options));
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            DecisionHash.class.getName(),
            SCENARIOS.toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output;
    try (InputStream in = process.getInputStream()) {
      output = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    return output.strip();
  }
}
