package dev.highwater.launcher.rehearse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import dev.highwater.launcher.Main;
import dev.highwater.server.metrics.testing.RunningPrometheus;
import dev.highwater.server.metrics.testing.Tools;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Goal: what a Prometheus recorded becomes a tenant's load, and what it cannot give is said. */
class PrometheusSeriesTest {
  private static final String REPLAY = "../scenarios/replay.yaml";

  @TempDir Path folder;

  private record Ran(int exit, String out, String err) {}

  private static Ran rehearse(String url, String range, String... more) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out));
    command.setErr(new PrintWriter(err));
    String[] all = {
      "rehearse",
      REPLAY,
      "--from-prometheus",
      url,
      "--range",
      range,
      "--fidelity",
      "fluid",
      "--json",
      "-"
    };
    String[] arguments = java.util.Arrays.copyOf(all, all.length + more.length);
    System.arraycopy(more, 0, arguments, all.length, more.length);
    return new Ran(command.execute(arguments), out.toString(), err.toString());
  }

  @Test
  void aRecordedSeriesIsTheLoadThatIsRehearsed() throws Exception {
    Path promtool = Tools.require("promtool");
    long end = Instant.now().getEpochSecond() / 60 * 60 - 3_600;
    StringBuilder metrics = new StringBuilder("# TYPE load gauge\n");
    for (String half : new String[] {"a", "b"}) {
      for (int minute = 0; minute <= 20; minute++) {
        long at = end - 1_200 + minute * 60L;
        metrics.append("load{half=\"" + half + "\"} " + (50 + 5 * minute) + " " + at + "\n");
      }
    }
    Path file = folder.resolve("load.om");
    Files.writeString(file, metrics + "# EOF\n");
    Process blocks =
        new ProcessBuilder(
                promtool.toString(),
                "tsdb",
                "create-blocks-from",
                "openmetrics",
                file.toString(),
                folder.resolve("data").toString())
            .redirectErrorStream(true)
            .start();
    String told = new String(blocks.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(blocks.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(blocks.exitValue()).as(told).isZero();

    try (RunningPrometheus prometheus = RunningPrometheus.scraping("127.0.0.1:9", folder)) {
      prometheus.awaitReady(Duration.ofSeconds(60));
      String range = Instant.ofEpochSecond(end - 1_200) + ".." + Instant.ofEpochSecond(end);
      Ran ran = rehearse(prometheus.url(), range, "--query", "sum(load)");
      assertThat(ran.exit()).as(ran.err()).isZero();
      assertThat(ran.err()).contains("prometheus: 1201 samples, one per 1s, from ");
      JsonNode json = new ObjectMapper().readTree(ran.out());
      assertThat(json.path("durationSeconds").asLong()).isEqualTo(1_200);
      // From 100/s to 300/s in steps of a minute: Prometheus repeats a sample until the next.
      assertThat(json.path("policies").path("slo").path("requests").asDouble())
          .isCloseTo(1_200 * 195.0, within(1_200 * 195 * 0.02));

      assertThat(rehearse(prometheus.url(), range, "--query", "load").err())
          .contains("has 2 series for that query, make it one, such as sum(...)");
      assertThat(rehearse(prometheus.url(), range, "--query", "absence").err())
          .contains("has nothing for that query in that range");
      assertThat(rehearse(prometheus.url(), range, "--query", "sum(").err())
          .contains("refuses:")
          .contains("parse error");
    }
  }

  @Test
  void gapsContinueTheSampleBeforeAndWhatIsNoRateIsRefused() throws Exception {
    String good = "[[1000,\"5\"],[1001,\"NaN\"],[1003,\"8\"]]";
    Ran ran = against(good);
    assertThat(ran.exit()).as(ran.err()).isNotEqualTo(2);
    assertThat(ran.err()).contains("4 samples, one per 1s").contains("2 missing ones continue");
    assertThat(against("[[1000,\"-5\"],[1001,\"3\"]]").err()).contains("no rate of requests");
    assertThat(against("[[1000,\"+Inf\"],[1001,\"3\"]]").err()).contains("no rate of requests");
    assertThat(against("[[1000,\"5\"]]").err()).contains("less than two samples");
    Ran garbage = answering("<html>", "1970-01-01T00:16:40Z..1970-01-01T00:16:50Z");
    assertThat(garbage.exit()).isEqualTo(2);
    assertThat(garbage.err().strip()).contains("does not answer like a Prometheus");
    assertThat(garbage.err().strip().lines()).hasSize(1);
  }

  @Test
  void whatIsMissingOrWrongOnTheCommandLineIsNamed() {
    assertThat(rehearse("http://127.0.0.1:9", "6h", "--query", "x").err())
        .contains("http://127.0.0.1:9 does not answer");
    assertThat(rehearse("ftp://x", "6h", "--query", "x").err()).contains("must begin with http");
    assertThat(rehearse("http://127.0.0.1:9", "soon", "--query", "x").err())
        .contains("--range must be");
    assertThat(rehearse("http://127.0.0.1:9", "6h").err()).contains("needs --query and --range");
  }

  private static Ran against(String values) throws IOException {
    return answering(
        "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},"
            + "\"values\":"
            + values
            + "}]}}",
        "1970-01-01T00:16:40Z..1970-01-01T00:16:50Z");
  }

  private static Ran answering(String body, String range) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    try {
      return rehearse(
          "http://127.0.0.1:" + server.getAddress().getPort(), range, "--query", "sum(x)");
    } finally {
      server.stop(0);
    }
  }
}
