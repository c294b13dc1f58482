package dev.highwater.launcher.dev;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.launcher.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Goal: {@code dev} keeps what it promised when it is killed, and says why when it cannot run. */
class DevTest {
  static final Path NIGHT = resource("/short-night.yaml");
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @TempDir Path folder;

  private static Path resource(String name) {
    return Path.of(
        URI.create(Objects.requireNonNull(DevTest.class.getResource(name), name).toString()));
  }

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

  private static int send(String method, String url, String body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url))
            .timeout(Duration.ofSeconds(60))
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build();
    return HTTP.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
  }

  @Test
  void acknowledgedWritesSurviveAKill() throws Exception {
    String data = folder.resolve("data").toString();
    try (DevProcess dev =
        DevProcess.start("dev", "--port", "0", "--data", data, "--scenario", NIGHT.toString())) {
      String api = dev.await("API +(http://127.0.0.1:\\d+)");
      assertThat(send("POST", api + "/v1/tenants", "{\"name\":\"late-comer\"}")).isEqualTo(201);
      assertThat(
              send(
                  "POST",
                  api + "/v1/events",
                  "{\"name\":\"opening\",\"startMs\":4000000000000,"
                      + "\"loads\":[{\"service\":\"web/site\",\"peakPerSecond\":700}]}"))
          .isEqualTo(201);
      dev.kill();
    }
    try (DevProcess dev =
        DevProcess.start("dev", "--port", "0", "--data", data, "--scenario", NIGHT.toString())) {
      String api = dev.await("API +(http://127.0.0.1:\\d+)");
      assertThat(send("GET", api + "/v1/tenants/late-comer", "")).isEqualTo(200);
      assertThat(send("GET", api + "/v1/events/opening", "")).isEqualTo(200);
      assertThat(send("GET", api + "/v1/events/sale", "")).isEqualTo(200);
      dev.await("users +come now");
      assertThat(run("dev", "--port", "0", "--data", data).err())
          .contains("is used by another highwater");
      dev.interrupt();
      dev.exit();
      assertThat(dev.said()).contains("web/site").contains("audit violations 0");
    }
  }

  @Test
  void recordedNightReplaysToTheSameDecisionsAndIsComparedWithItsRehearsal() throws Exception {
    Path recording = folder.resolve("night.jsonl");
    Path report = folder.resolve("night.json");
    try (DevProcess dev =
        DevProcess.start(
            "dev",
            "--port",
            "0",
            "--for",
            "4s",
            "--scenario",
            NIGHT.toString(),
            "--record",
            recording.toString(),
            "--report",
            report.toString())) {
      assertThat(dev.exit()).as(dev.said()).isZero();
      assertThat(dev.said())
          .contains("Ready in ")
          .contains("surge     web/site x1.20")
          .contains("Everything that the scenario expects holds.");
    }
    Ran replayed = run("replay", recording.toString());
    assertThat(replayed.exit()).as(replayed.err()).isZero();
    assertThat(replayed.out()).contains("every decision is the same");

    Ran compared = run("compare", report.toString());
    assertThat(compared.exit()).as(compared.out() + compared.err()).isLessThan(2);
    assertThat(compared.out()).contains("web/site target").contains("node-hours");

    Path predicted = folder.resolve("predicted.json");
    run("rehearse", NIGHT.toString(), "--for", "4", "--json", predicted.toString());
    Ran told = run("report", recording.toString(), "--against", predicted.toString());
    assertThat(told.exit()).as(told.err()).isZero();
    assertThat(told.out())
        .containsPattern("web/site p99Ms +[0-9.,]+ +[0-9.,]+ +[+-][0-9.]+ %")
        .containsPattern("auditViolations +0 +0 ");
  }

  @Test
  void missedExpectationIsToldAndFails() throws Exception {
    Path strict = folder.resolve("strict.yaml");
    Files.writeString(
        strict,
        Files.readString(NIGHT)
            + "  nodesMax: 1\n"
            + "startNodes: [{pool: local/std, nodes: 4}]\n"
            + "faults:\n- {start: 1s, fault: owner-lost, cell: local, target: local, duration: 5s}\n");
    try (DevProcess dev =
        DevProcess.start("dev", "--port", "0", "--for", "1s", "--scenario", strict.toString())) {
      assertThat(dev.exit()).as(dev.said()).isEqualTo(1);
      assertThat(dev.said())
          .contains("MISSED: nodes 4 exceeds 1")
          .containsPattern("Nodes +4 agents")
          .contains("Not carried out live, only rehearsed: owner-lost of local at 0:01.");
    }
  }

  @Test
  void portInUseIsOneLine() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();
      Ran ran = run("dev", "--port", "" + port, "--scenario", NIGHT.toString());
      assertThat(ran.exit()).isEqualTo(2);
      assertThat(ran.out()).isEmpty();
      assertThat(ran.err())
          .isEqualToIgnoringNewLines(
              "highwater: Port "
                  + port
                  + " is in use by another process. Start with --port "
                  + (port + 1)
                  + ".\n");
    }
  }

  @Test
  void whatCannotBeReadIsOneLine() throws IOException {
    Ran absent = run("dev", "--scenario", "no-such.yaml");
    assertThat(absent.exit()).isEqualTo(2);
    assertThat(absent.err()).isEqualToIgnoringNewLines("no-such.yaml: no such file\n");

    Path broken = folder.resolve("broken.yaml");
    Files.writeString(broken, "formatVersion: 1\nduration: 3\n");
    Ran wrong = run("dev", "--scenario", broken.toString());
    assertThat(wrong.exit()).isEqualTo(2);
    assertThat(wrong.err()).contains("broken.yaml:2: duration: unit missing");
  }

  @Test
  void optionsThatMakeNoSenseAreToldAtOnce() {
    assertThat(run("dev", "--for", "3").err()).contains("--for must be whole seconds");
    assertThat(run("dev", "--policy", "oracle").err()).contains("can only be rehearsed");
    assertThat(run("dev", "--policy", "best").err()).contains("must be slo, hpa");
  }
}
