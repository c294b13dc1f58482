package dev.highwater.launcher.dev;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.server.metrics.testing.Dashboard;
import dev.highwater.server.metrics.testing.RunningPrometheus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Goal: a real Prometheus that scrapes a running {@code dev} answers all that dashboards ask. */
class DashboardTest {
  @TempDir Path folder;

  @Test
  void everyQueryHasDataWhileDevRuns() throws Exception {
    Path night = folder.resolve("long-night.yaml");
    Files.writeString(
        night,
        Files.readString(DevTest.NIGHT)
            .replace("duration: 4s", "duration: 10m")
            .replace("start: 3s", "start: 5m")); // a declared event lies ahead all the time
    try (DevProcess dev = DevProcess.start("dev", "--port", "0", "--scenario", night.toString())) {
      String target = dev.await("API +http://(127.0.0.1:\\d+)");
      dev.await("users +come now");
      try (RunningPrometheus prometheus =
          RunningPrometheus.scraping(target, Files.createDirectory(folder.resolve("data")))) {
        assertThat(
                prometheus.withoutData(
                    Dashboard.everyQuery(RunningPrometheus.RATE_INTERVAL), Duration.ofSeconds(90)))
            .isEmpty();
      }
    }
  }
}
