package dev.highwater.launcher.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;

import dev.highwater.launcher.dev.LiveReport.ServiceRun;
import dev.highwater.model.Resources;
import dev.highwater.model.ServiceId;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.ScenarioReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Goal: a night of very many tenants is told on one screen, the worst first, the rest counted. */
class LongListsTest {
  private static final String NIGHT =
      """
      formatVersion: 1
      duration: 10s
      cells: [{name: local}]
      pools: [{cell: local, name: general}]
      tenants: [{name: site}]
      tails: [{tenant: site, tenants: %d, active: 2}]
      services: [{tenant: site, name: web}]
      loads: [{service: site/web, basePerSecond: 1}]
      """;

  private static String started(int tenants) {
    Scenario night =
        assertDoesNotThrow(() -> ScenarioReader.read(NIGHT.formatted(tenants), "night.yaml"));
    StringWriter out = new StringWriter();
    new StartBlock(
            null,
            "1 member",
            List.of("local (epoch 1)"),
            1,
            Resources.of(16_000, 65_536),
            night.pools(),
            night.tenants().subList(0, Math.min(1_000, tenants)),
            night.services(),
            List.of(URI.create("http://localhost:8080")),
            Path.of("dev.log"),
            1,
            new LivePlan("night.yaml", night, null),
            1)
        .print(new PrintWriter(out, true));
    return out.toString();
  }

  @Test
  void theStartNamesTheFirstTenantsAndCountsTheOthers() {
    assertThat(started(1_500)).contains("site-0020").contains("  and 1,480 more");
    assertThat(started(1_500)).doesNotContain("site-0021");
    assertThat(started(20)).contains("site-20").doesNotContain(" more");
  }

  private static String ended(int services) {
    List<ServiceRun> runs = new ArrayList<>();
    for (int i = 1; i <= services; i++) {
      long violations = i == 1_000 ? 7 : i == services ? 9 : 0;
      ServiceId id = new ServiceId("site-" + i, "web");
      runs.add(new ServiceRun(id, 100, 100, violations, 5.0, 300, 1, 1, 1, 1));
    }
    StringWriter out = new StringWriter();
    LiveReport report =
        new LiveReport(
            LiveReport.FORMAT_VERSION, "n", 1, null, 1_000, runs, 1, 1, 1, 0, new TreeMap<>());
    Summary.print(new PrintWriter(out, true), report, List.of(), true);
    return out.toString();
  }

  @Test
  void theEndNamesTheWorstServicesAndCountsTheOthers() {
    List<String> rows = ended(2_000).lines().filter(line -> line.contains("/web")).toList();
    assertThat(rows).hasSize(20);
    assertThat(rows.get(0)).contains("site-2000/web");
    assertThat(rows.get(1)).contains("site-1000/web");
    assertThat(ended(2_000)).contains("and 1,980 more with fewer violations: see --report");

    assertThat(ended(20).lines().filter(line -> line.contains("/web")).toList().get(0))
        .contains("site-1/web");
    assertThat(ended(20)).doesNotContain(" more");
  }
}
