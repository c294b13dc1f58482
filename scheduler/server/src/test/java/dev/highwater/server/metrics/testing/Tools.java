package dev.highwater.server.metrics.testing;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** Programs of the machine that a test needs. Stateless. */
public final class Tools {
  private Tools() {}

  /**
   * Finds a program on the path. Without it the test that asks is skipped with one visible line, or
   * fails if {@code -Dhighwater.requireTools=true}.
   */
  public static Path require(String program) {
    Optional<Path> found = find(program);
    if (found.isEmpty()) {
      String message = program + " is not on the PATH";
      if (Boolean.getBoolean("highwater.requireTools")) {
        Assertions.fail(message + ", and highwater.requireTools is set");
      }
      System.out.println("SKIPPED: " + message);
      Assumptions.abort(message);
    }
    return found.orElseThrow();
  }

  /** The folder that holds the parent's pom. */
  public static Path root() {
    return Path.of(System.getProperty("highwater.root", "../..")).toAbsolutePath().normalize();
  }

  private static Optional<Path> find(String program) {
    for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
      Path candidate = Path.of(folder, program);
      if (Files.isExecutable(candidate)) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }
}
