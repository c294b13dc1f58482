package dev.highwater.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.highwater.server.metrics.testing.Dashboard;
import dev.highwater.server.metrics.testing.RunningPrometheus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class DashboardsTest {
  private static final Pattern METRIC =
      Pattern.compile("\\b(?:scheduler|tenant|node|jvm|process|system)_[a-z0-9_]+");
  private static final Set<String> WITHOUT_UNIT = Set.of("text");

  @Test
  void theDrillDownIsComplete() {
    assertThat(Dashboard.all().stream().map(d -> d.root().path("uid").asText()))
        .containsExactlyInAnyOrder(
            "highwater-overview", "highwater-tenant", "highwater-node", "highwater-scheduler");
  }

  @Test
  void everyDashboardIsProvisionedTheSameWay() {
    for (Dashboard dashboard : Dashboard.all()) {
      JsonNode root = dashboard.root();
      assertThat(root.path("title").asText()).as(dashboard.name()).startsWith("Capacity / ");
      assertThat(root.path("description").asText()).as(dashboard.name()).isNotBlank();
      assertThat(root.path("editable").asBoolean(true)).as(dashboard.name()).isFalse();
      assertThat(root.path("tags").get(0).asText()).as(dashboard.name()).isEqualTo("highwater");
      assertThat(root.path("refresh").asText()).as(dashboard.name()).isEqualTo("10s");
      JsonNode link = root.path("links").get(0);
      assertThat(link.path("asDropdown").asBoolean()).as(dashboard.name()).isTrue();
      assertThat(link.path("keepTime").asBoolean()).as(dashboard.name()).isTrue();
      assertThat(link.path("includeVars").asBoolean()).as(dashboard.name()).isTrue();
      assertThat(root.path("annotations").path("list").findValuesAsText("name"))
          .as(dashboard.name())
          .contains("Peak events");
    }
  }

  @Test
  void everyPanelSaysWhatItShowsAndInWhichUnit() {
    for (Dashboard dashboard : Dashboard.all()) {
      assertThat(dashboard.panels()).as(dashboard.name()).hasSizeGreaterThan(7);
      for (JsonNode panel : dashboard.panels()) {
        String where = dashboard.name() + ", " + panel.path("title").asText();
        assertThat(panel.path("description").asText()).as(where).isNotBlank();
        if (!WITHOUT_UNIT.contains(panel.path("type").asText())) {
          JsonNode defaults = panel.path("fieldConfig").path("defaults");
          assertThat(defaults.path("unit").asText()).as(where).isNotBlank();
          assertThat(panel.path("targets")).as(where).isNotEmpty();
          assertThat(panel.path("datasource").path("uid").asText())
              .as(where)
              .isEqualTo("${datasource}");
        }
      }
    }
  }

  @Test
  void panelsLieOnTheGridWithoutCoveringEachOther() {
    for (Dashboard dashboard : Dashboard.all()) {
      List<JsonNode> open = new ArrayList<>();
      Map<Integer, String> ids = new HashMap<>();
      for (JsonNode panel : dashboard.root().path("panels")) {
        open.add(panel);
      }
      for (JsonNode panel : dashboard.panels()) {
        String where = dashboard.name() + ", " + panel.path("title").asText();
        JsonNode at = panel.path("gridPos");
        assertThat(at.path("x").asInt() + at.path("w").asInt()).as(where).isBetween(1, 24);
        assertThat(ids.put(panel.path("id").asInt(), where)).as(where).isNull();
      }
      for (int i = 0; i < open.size(); i++) {
        for (int j = 0; j < i; j++) {
          JsonNode one = open.get(i).path("gridPos");
          JsonNode other = open.get(j).path("gridPos");
          assertThat(apart(one, other, "x", "w") || apart(one, other, "y", "h"))
              .as("%s: %s and %s", dashboard.name(), open.get(i), open.get(j))
              .isTrue();
        }
      }
    }
  }

  @Test
  void everyMetricOfAQueryIsOneThatIsEmitted() {
    try (Scrape scrape = Scrape.ofEverything()) {
      Set<String> emitted = scrape.names();
      for (Dashboard dashboard : Dashboard.all()) {
        List<Dashboard.Query> queries = dashboard.queries(RunningPrometheus.RATE_INTERVAL);
        assertThat(queries).as(dashboard.name()).hasSizeGreaterThan(10);
        for (Dashboard.Query query : queries) {
          List<String> metrics = new ArrayList<>();
          Matcher matcher = METRIC.matcher(query.expr());
          while (matcher.find()) {
            metrics.add(matcher.group());
          }
          assertThat(metrics).as("%s: %s", query.where(), query.expr()).isNotEmpty();
          assertThat(emitted).as("%s: %s", query.where(), query.expr()).containsAll(metrics);
        }
      }
    }
  }

  private static boolean apart(JsonNode one, JsonNode other, String from, String size) {
    int a = one.path(from).asInt();
    int b = other.path(from).asInt();
    return a + one.path(size).asInt() <= b || b + other.path(size).asInt() <= a;
  }
}
