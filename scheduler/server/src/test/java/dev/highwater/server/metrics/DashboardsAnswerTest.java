package dev.highwater.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.highwater.server.metrics.testing.Dashboard;
import dev.highwater.server.metrics.testing.RunningPrometheus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dashboards against a real Prometheus that scrapes metrics which move with each scrape. */
class DashboardsAnswerTest {
  private static final Duration LIMIT = Duration.ofSeconds(40);

  private final Scrape scrape = new Scrape(Clock.systemUTC());
  private HttpServer server;

  @BeforeEach
  void serveMetrics() throws IOException {
    AtomicLong ticks = new AtomicLong();
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/metrics",
        exchange -> {
          scrape.cells.set(
              List.of(SampleCells.peak(System.currentTimeMillis(), ticks.incrementAndGet())));
          scrape.metrics.decided(SampleCells.decision());
          scrape.metrics.ticked("c1", 3_000_000, 1_000_000, 0);
          scrape.metrics.commanded("c1", 40_000_000);
          byte[] body = scrape.metrics.scrape().getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
    scrape.close();
  }

  @Test
  void everyQueryOfEveryDashboardIsAnsweredWithData(@TempDir Path folder) throws Exception {
    List<Dashboard.Query> queries = Dashboard.everyQuery(RunningPrometheus.RATE_INTERVAL);
    String target = "127.0.0.1:" + server.getAddress().getPort();
    try (RunningPrometheus prometheus = RunningPrometheus.scraping(target, folder)) {
      assertThat(prometheus.withoutData(queries, LIMIT)).isEmpty();
      // A wrong query must be told, or the line above would say nothing.
      assertThat(
              prometheus.withoutData(
                  List.of(new Dashboard.Query("control", "tenant_service_typo_replicas")),
                  Duration.ofSeconds(1)))
          .singleElement()
          .asString()
          .startsWith("control: tenant_service_typo_replicas");
    }
  }
}
