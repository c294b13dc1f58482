package dev.highwater.launcher.dev;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: every published scenario runs live as well as in rehearsal, from a chosen minute: it
 * becomes ready, users come and are served from the first second on, and no invariant is broken.
 */
class ScenariosLiveTest {
  private static final Path SCENARIOS = Path.of("..", "scenarios");

  /** Where each begins: a minute in which much happens, and no more than a test's process bears. */
  private static final Map<String, String> FROM =
      new TreeMap<>(
          Map.of(
              "city-day", "8h",
              "double-peak", "1h",
              "fourteen-cells", "9m",
              "game-launch", "1h",
              "metastable", "2m",
              "price-war", "1h",
              "residency", "1m",
              "singles-day-2016", "1h",
              "spring-festival-12306", "30m",
              "wrong-calendar", "1h"));

  /** Run live by other tests, or not here, and why. */
  private static final Map<String, String> ELSEWHERE =
      new TreeMap<>(
          Map.of(
              "peak-night", "DevTest, FromLiveTest and ReadmeTest run it live",
              "replay", "has users only with a recorded series that the command line names",
              "scaling", "the same; bench scaling replays series on it",
              "tail-874k",
                  "874,000 specs take a minute and a half to declare, longer than all others"));

  /** Most of a short run is waiting, so some run side by side. */
  private static final int AT_ONCE = 3;

  @TempDir static Path folder;

  private static final Map<String, Future<Ran>> RUNS = new TreeMap<>();

  private record Ran(int exit, String said, JsonNode report) {}

  @BeforeAll
  static void startAll() {
    ExecutorService pool = Executors.newFixedThreadPool(AT_ONCE);
    FROM.forEach((name, from) -> RUNS.put(name, pool.submit(() -> run(name, from))));
    pool.shutdown();
  }

  private static Ran run(String name, String from) throws Exception {
    Path report = folder.resolve(name + ".json");
    try (DevProcess dev =
        DevProcess.start(
            "dev",
            "--port",
            "0",
            "--scenario",
            SCENARIOS.resolve(name + ".yaml").toString(),
            "--from",
            from,
            "--for",
            "3s",
            "--report",
            report.toString())) {
      int exit = dev.exit();
      JsonNode json =
          Files.exists(report)
              ? new ObjectMapper().readTree(report.toFile())
              : MissingNode.getInstance();
      return new Ran(exit, dev.said(), json);
    }
  }

  static Stream<String> scenarios() {
    return FROM.keySet().stream();
  }

  @Test
  void noScenarioIsForgotten() throws IOException {
    Set<String> known = new TreeSet<>(FROM.keySet());
    known.addAll(ELSEWHERE.keySet());
    try (Stream<Path> files = Files.list(SCENARIOS)) {
      assertThat(
              files
                  .map(file -> file.getFileName().toString())
                  .filter(name -> name.endsWith(".yaml"))
                  .map(name -> name.substring(0, name.length() - ".yaml".length())))
          .containsExactlyInAnyOrderElementsOf(known);
    }
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void itsChosenMinuteBeginsLive(String name) throws Exception {
    Ran ran = Objects.requireNonNull(RUNS.get(name)).get();
    // 1: so short a part may miss what the whole night keeps.
    assertThat(ran.exit()).as(ran.said()).isLessThan(2);
    assertThat(ran.said()).contains("Ready in ").contains("come now");
    assertThat(ran.report().path("auditViolations").asLong(-1)).as(ran.said()).isZero();
    long requests = 0;
    long served = 0;
    for (JsonNode service : ran.report().path("services")) {
      requests += service.path("requests").asLong();
      served += service.path("served").asLong();
    }
    assertThat(requests).as(ran.said()).isPositive();
    assertThat(served).as(ran.said()).isGreaterThan(requests / 2);
  }
}
