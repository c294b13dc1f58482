package dev.highwater.launcher.dev;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.highwater.client.HighwaterClient;
import dev.highwater.launcher.Main;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Service;
import dev.highwater.model.SpecKind;
import dev.highwater.model.view.LoadHistory;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * Goal: what runs can be rehearsed, what the rehearsal chose can be applied to it, and what became
 * of it is told beside what was predicted.
 */
class FromLiveTest {
  @TempDir Path folder;

  private record Ran(int exit, String out, String err) {}

  private static Ran run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out));
    command.setErr(new PrintWriter(err));
    int exit = command.execute(arguments);
    return new Ran(exit, out.toString(), err.toString());
  }

  @Test
  void aRunningClusterIsRehearsedAndTheChosenPlanIsAppliedToIt() throws Exception {
    try (DevProcess dev =
        DevProcess.start(
            "dev",
            "--port",
            "0",
            "--scenario",
            "../scenarios/peak-night.yaml",
            "--record",
            folder.resolve("night.jsonl").toString())) {
      String url = dev.await("API +(http://127.0.0.1:\\d+)");
      dev.await("users +come now");
      HighwaterClient client = new HighwaterClient(URI.create(url));
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (seen(client) < 2_000 && System.nanoTime() < deadline) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
      }
      Path kept = folder.resolve("taken");
      Path plan = folder.resolve("plan.json");
      Path predicted = folder.resolve("predicted.json");
      Ran ran =
          run(
              "rehearse",
              "--from-live",
              url,
              "--keep",
              kept.toString(),
              "--policy",
              "knative",
              "--fidelity",
              "fluid",
              "--plan",
              plan.toString(),
              "--json",
              predicted.toString());
      assertThat(ran.err()).isEmpty();
      JsonNode json = new ObjectMapper().readTree(predicted.toFile());
      assertThat(json.path("scenario").asText()).isEqualTo("live");
      JsonNode services = json.path("policies").path("knative").path("services");
      assertThat(services.size()).isEqualTo(client.specs(SpecKind.SERVICE).size());
      assertThat(services.path("rail/query").path("requests").asLong()).isPositive();
      // The declared ticket release and flash sale are still to come, and come in the rehearsal.
      assertThat(Files.readString(kept.resolve("live.yaml"))).contains("\"crowds\" : [ {");
      // It begins when users came, not when the cluster did.
      assertThat(Files.readAllLines(kept.resolve("rail-query.csv")).get(1)).doesNotEndWith(",0.0");
      // It begins with the nodes that were ready then; how many of those that were ordered for the
      // declared events had booted, depends on how long the cluster took to start.
      assertThat(Files.readString(kept.resolve("live.yaml")))
          .containsPattern(
              "\"pool\" : \"local/general\",\\s+\"nodes\" : " + readyWhenUsersCame(client) + "\\s");
      assertThat(run("validate", kept.resolve("live.yaml").toString()).out()).contains(": good,");

      Ran applied = run("apply", "-f", plan.toString(), "--server", url);
      assertThat(applied.exit()).as(applied.err()).isZero();
      Service changed = (Service) client.spec(SpecKind.SERVICE, "rail/query").spec();
      assertThat(changed).isNotNull();
      assertThat(changed.scaling().policy()).isEqualTo("knative");

      assertThat(run("rehearse", "--from-live", url, "--policy", "oracle", "--plan", "x").err())
          .contains("oracle can only be rehearsed");
      long known = seen(client);
      while (seen(client) < 2 * known && System.nanoTime() < deadline) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
      }
      dev.interrupt();
      dev.exit();
    }
    Ran told =
        run(
            "report",
            folder.resolve("night.jsonl").toString(),
            "--against",
            folder.resolve("predicted.json").toString());
    assertThat(told.exit()).as(told.err()).isZero();
    assertThat(told.out())
        .contains("under knative, predicted by ")
        .containsPattern("rail/query requests +[0-9,]+ +[0-9,]+ +-\n")
        .containsPattern("rail/query p99Ms +[0-9.,]+ +[0-9.,]+ +[+-][0-9.]+ %")
        .containsPattern("auditViolations +0 +0 ")
        .contains("totals and peaks are not held against each other");
  }

  private static int readyWhenUsersCame(HighwaterClient client) {
    LoadHistory history = client.history("local", 600).get(0);
    for (int i = 0; i < history.atMs().size(); i++) {
      for (LoadHistory.ServiceHistory service : history.services()) {
        Double offered = service.offeredPerSecond().get(i);
        Double ready = history.pools().get(0).ready().get(i);
        if (offered != null && offered > 0 && ready != null) {
          return ready.intValue();
        }
      }
    }
    throw new AssertionError("no users were seen");
  }

  private static long seen(HighwaterClient client) {
    return client.snapshots().stream()
        .flatMap(snapshot -> snapshot.services().stream())
        .mapToLong(CellSnapshot.ServiceStatus::firstAttemptsTotal)
        .sum();
  }

  @Test
  void withoutAClusterOrWithTwoSourcesItSaysSo() {
    Ran nobody = run("rehearse", "--from-live", "http://127.0.0.1:9");
    assertThat(nobody.exit()).isEqualTo(2);
    assertThat(nobody.err()).contains("127.0.0.1:9").hasLineCount(1);
    Ran before = run("--server", "http://127.0.0.1:9", "rehearse", "--from-live");
    assertThat(before.exit()).isEqualTo(2);
    assertThat(before.err()).contains("127.0.0.1:9").hasLineCount(1);
    Ran nowhere = run("rehearse", "--from-live", "foo");
    assertThat(nowhere.exit()).isEqualTo(2);
    assertThat(nowhere.err()).contains("--from-live: server must be a URL").hasLineCount(1);
    assertThat(run("rehearse").err()).contains("name a SCENARIO or give --from-live");
    assertThat(run("rehearse", "x.yaml", "--keep", "y").err()).contains("--keep belongs to");
  }
}
