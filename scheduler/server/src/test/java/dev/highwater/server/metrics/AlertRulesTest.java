package dev.highwater.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.highwater.server.metrics.testing.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AlertRulesTest {
  private static final Pattern METRIC = Pattern.compile("\\b(?:scheduler|tenant|node)_[a-z0-9_]+");

  private final Path folder = Tools.root().resolve("deploy/prometheus");

  @Test
  void promtoolAcceptsTheConfiguration(@TempDir Path temp) throws Exception {
    promtool(temp, "check", "config", folder.resolve("prometheus.yml").toString());
  }

  @Test
  void alertsFireWhenTheyShouldAndNotBefore(@TempDir Path temp) throws Exception {
    promtool(temp, "test", "rules", folder.resolve("tests/highwater.test.yml").toString());
  }

  @Test
  void everyAlertHasARunbookAndAUnitTest() throws IOException {
    List<String> tested =
        read("tests/highwater.test.yml").findValues("exp_alerts").stream()
            .filter(expected -> !expected.isEmpty())
            .map(expected -> expected.get(0).path("exp_annotations").path("runbook").asText())
            .toList();
    for (JsonNode rule : rules()) {
      String name = rule.path("alert").asText();
      String runbook = rule.path("annotations").path("runbook").asText();
      assertThat(runbook).as(name).isNotBlank();
      assertThat(rule.path("annotations").path("summary").asText()).as(name).isNotBlank();
      assertThat(rule.path("labels").path("severity").asText()).as(name).isIn("page", "ticket");
      assertThat(tested).as("unit test that fires " + name).contains(runbook);
    }
  }

  @Test
  void everyMetricOfAnAlertIsOneThatIsEmitted() throws IOException {
    try (Scrape scrape = Scrape.ofEverything()) {
      TreeSet<String> used = new TreeSet<>();
      for (JsonNode rule : rules()) {
        Matcher matcher = METRIC.matcher(rule.path("expr").asText());
        while (matcher.find()) {
          used.add(matcher.group());
        }
      }
      assertThat(used).hasSizeGreaterThan(10);
      assertThat(scrape.names()).containsAll(used);
    }
  }

  private List<JsonNode> rules() throws IOException {
    List<JsonNode> rules = new ArrayList<>();
    for (JsonNode group : read("rules/highwater.yml").path("groups")) {
      group.path("rules").forEach(rules::add);
    }
    assertThat(rules).isNotEmpty();
    return rules;
  }

  private JsonNode read(String file) throws IOException {
    return new YAMLMapper().readTree(folder.resolve(file).toFile());
  }

  private static void promtool(Path temp, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(Tools.require("promtool").toString()));
    command.addAll(List.of(arguments));
    Path said = temp.resolve("promtool.txt");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(said)).isZero();
  }
}
