package dev.highwater.server.metrics.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A real Prometheus that scrapes one target, on a free port of the loopback. It exists so that what
 * dashboards show is tested by the program that will answer them. Used by one thread.
 */
public final class RunningPrometheus implements AutoCloseable {
  /** What Grafana would fill in: four scrapes. */
  public static final String RATE_INTERVAL = "4s";

  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);
  private static final long ASK_AGAIN_MS = 250;
  private static final long CLOSE_SECONDS = 10;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final Path log;
  private final String url;
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(REQUEST_TIMEOUT).build();

  private RunningPrometheus(Process process, Path log, String url) {
    this.process = process;
    this.log = log;
    this.url = url;
  }

  /**
   * Starts Prometheus; skips the test where there is none, see {@link Tools#require}.
   *
   * @param target host and port whose {@code /metrics} is scraped each second
   * @param folder an empty folder for its files
   */
  public static RunningPrometheus scraping(String target, Path folder) throws IOException {
    Path program = Tools.require("prometheus");
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Path config = folder.resolve("prometheus.yml");
    Files.writeString(
        config,
        """
        global: {scrape_interval: 1s, scrape_timeout: 1s}
        scrape_configs:
          - job_name: highwater
            static_configs: [{targets: ["%s"]}]
        """
            .formatted(target));
    Path log = folder.resolve("prometheus.log");
    Process process =
        new ProcessBuilder(
                program.toString(),
                "--config.file=" + config,
                "--storage.tsdb.path=" + folder.resolve("data"),
                "--web.listen-address=127.0.0.1:" + port)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    return new RunningPrometheus(process, log, "http://127.0.0.1:" + port);
  }

  /** Its address. */
  public String url() {
    return url;
  }

  /** Waits until it answers queries. */
  public void awaitReady(Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!ask("vector(1)").isEmpty()) {
      if (System.nanoTime() >= deadline) {
        throw new IllegalStateException("prometheus did not get ready: " + log());
      }
      pause();
    }
  }

  /**
   * Asks every query until each has been answered with data once, or the time is over.
   *
   * @return the queries without data, and their last answers; empty if all is well
   */
  public List<String> withoutData(List<Dashboard.Query> queries, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    List<Dashboard.Query> open = new ArrayList<>(queries);
    List<String> answers = new ArrayList<>();
    while (true) {
      answers.clear();
      List<Dashboard.Query> still = new ArrayList<>();
      for (Dashboard.Query query : open) {
        String answer = ask(query.expr());
        if (!answer.isEmpty()) {
          still.add(query);
          answers.add(query.where() + ": " + query.expr() + " -> " + answer);
        }
      }
      open = still;
      if (open.isEmpty() || System.nanoTime() >= deadline) {
        return answers;
      }
      pause();
    }
  }

  /** Ends Prometheus. */
  @Override
  public void close() {
    process.destroy();
    process.onExit().completeOnTimeout(process, CLOSE_SECONDS, TimeUnit.SECONDS).join();
    process.destroyForcibly();
  }

  /** Returns nothing if there is data, else what came instead. */
  private String ask(String expr) {
    if (!process.isAlive()) {
      throw new IllegalStateException("prometheus ended: " + log());
    }
    URI uri =
        URI.create(url + "/api/v1/query?query=" + URLEncoder.encode(expr, StandardCharsets.UTF_8));
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(REQUEST_TIMEOUT).build();
    try {
      HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
      JsonNode answer = JSON.readTree(response.body());
      boolean data =
          answer.path("status").asText().equals("success")
              && !answer.path("data").path("result").isEmpty();
      return data ? "" : response.body();
    } catch (IOException e) {
      return "no answer yet: " + e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private String log() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** Gives scrapes time to happen. */
  private static void pause() {
    CompletableFuture.runAsync(
            () -> {}, CompletableFuture.delayedExecutor(ASK_AGAIN_MS, TimeUnit.MILLISECONDS))
        .join();
  }
}
