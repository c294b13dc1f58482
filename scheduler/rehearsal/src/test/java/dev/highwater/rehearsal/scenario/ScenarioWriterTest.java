package dev.highwater.rehearsal.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Goal: what is written reads as the same scenario; the largest is left out for its size. */
class ScenarioWriterTest {
  @Test
  void shippedScenariosSurvive() throws IOException, ScenarioException {
    try (Stream<Path> files = Files.list(Path.of("../../deploy/scenarios"))) {
      List<Path> yaml =
          files
              .filter(
                  file -> file.toString().endsWith(".yaml") && !file.toString().contains("tail"))
              .sorted()
              .toList();
      assertThat(yaml).isNotEmpty();
      for (Path file : yaml) {
        Scenario scenario = ScenarioReader.read(Files.readString(file), file.toString());
        assertThat(ScenarioReader.read(ScenarioWriter.write(scenario), "again.yaml"))
            .as("%s", file)
            .isEqualTo(scenario);
      }
    }
  }
}
