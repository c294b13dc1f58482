package dev.highwater.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.server.metrics.testing.Tools;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The table of metrics in deploy/README.md says what is emitted. */
class MetricsTableTest {
  private static final Pattern ROW =
      Pattern.compile("\\| `([a-z0-9_]+)` \\| ([^|]*) \\| ([^|]*) \\| ([^|]*) \\|");

  @Test
  void theTableHasEveryMetricAndNoOther() throws IOException {
    try (Scrape scrape = Scrape.ofEverything()) {
      SortedSet<String> emitted = new TreeSet<>();
      // The largest duration beside each timer is Micrometer's, told in one sentence.
      scrape.ours().stream().filter(name -> !name.endsWith("_max")).forEach(emitted::add);
      SortedSet<String> told = new TreeSet<>();
      rows().forEach(row -> told.add(row.get(0)));

      assertThat(told).isEqualTo(emitted);
    }
  }

  @Test
  void everyRowSaysWhatTheDefinitionSays() throws Exception {
    List<List<String>> rows = rows();
    for (Field field : MetricNames.class.getDeclaredFields()) {
      if (field.getType() == Metric.class) {
        Metric metric = (Metric) field.get(null);
        String labels = String.join(", ", metric.labels());
        assertThat(rows)
            .as(metric.name())
            .anySatisfy(
                row -> {
                  assertThat(row.get(0)).startsWith(metric.name().replace('.', '_'));
                  assertThat(row.get(2)).isEqualTo(labels);
                  assertThat(row.get(3)).isEqualTo(metric.description());
                });
      }
    }
  }

  private static List<List<String>> rows() throws IOException {
    List<List<String>> rows = new ArrayList<>();
    Matcher matcher = ROW.matcher(Files.readString(Tools.root().resolve("deploy/README.md")));
    while (matcher.find()) {
      rows.add(
          List.of(
              matcher.group(1),
              matcher.group(2).trim(),
              matcher.group(3).trim(),
              matcher.group(4).trim()));
    }
    return rows;
  }
}
