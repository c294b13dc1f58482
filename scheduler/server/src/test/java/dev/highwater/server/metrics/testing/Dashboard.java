package dev.highwater.server.metrics.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A Grafana dashboard read from its file, as far as tests ask about it. Immutable.
 *
 * @param root the whole file
 */
public record Dashboard(Path file, JsonNode root) {
  private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\((.*), *(\\w+)\\)");
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Reads every dashboard of this repository, in order of their files' names. */
  public static List<Dashboard> all() {
    Path folder = Tools.root().resolve("deploy/grafana/dashboards");
    try (Stream<Path> files = Files.list(folder)) {
      List<Dashboard> all = new ArrayList<>();
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
        all.add(new Dashboard(file, JSON.readTree(file.toFile())));
      }
      return all;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The queries of every dashboard, see {@link #queries}. */
  public static List<Query> everyQuery(String rateInterval) {
    return all().stream().flatMap(dashboard -> dashboard.queries(rateInterval).stream()).toList();
  }

  /** The file's name, for messages. */
  public String name() {
    return file.getFileName().toString();
  }

  /** Every panel, those in collapsed rows too; rows themselves left out. */
  public List<JsonNode> panels() {
    List<JsonNode> panels = new ArrayList<>();
    collect(root.path("panels"), panels);
    return panels;
  }

  /**
   * Every query with Grafana's variables filled in: those of panels, of annotations, and of the
   * variables themselves as a selector of the metric they ask.
   *
   * @param rateInterval what Grafana would put in for {@code $__rate_interval}
   */
  public List<Query> queries(String rateInterval) {
    List<Query> queries = new ArrayList<>();
    for (JsonNode panel : panels()) {
      for (JsonNode target : panel.path("targets")) {
        add(queries, panel.path("title").asText(), target.path("expr").asText(), rateInterval);
      }
    }
    for (JsonNode annotation : root.path("annotations").path("list")) {
      if (annotation.has("expr")) {
        String where = "annotation " + annotation.path("name").asText();
        add(queries, where, annotation.path("expr").asText(), rateInterval);
      }
    }
    for (JsonNode variable : root.path("templating").path("list")) {
      Matcher ask = LABEL_VALUES.matcher(variable.path("definition").asText());
      if (ask.matches()) {
        String where = "variable " + variable.path("name").asText();
        add(queries, where, "count by (" + ask.group(2) + ") (" + ask.group(1) + ")", rateInterval);
      }
    }
    return queries;
  }

  private void add(List<Query> queries, String where, String expr, String rateInterval) {
    String filled =
        expr.replace("$__rate_interval", rateInterval).replace("$__range", rateInterval);
    for (Map.Entry<String, String> variable : variables().entrySet()) {
      filled = filled.replace("$" + variable.getKey(), variable.getValue());
    }
    if (filled.contains("$")) {
      throw new IllegalStateException(
          name() + ", " + where + ": variable that the dashboard does not have in " + filled);
    }
    queries.add(new Query(name() + ", " + where, filled));
  }

  /** Longest names first, so that one that begins another does not break it. */
  private Map<String, String> variables() {
    Map<String, String> variables =
        new TreeMap<>(
            Comparator.comparingInt(String::length)
                .reversed()
                .thenComparing(Comparator.naturalOrder()));
    for (JsonNode variable : root.path("templating").path("list")) {
      variables.put(variable.path("name").asText(), variable.path("allValue").asText(".+"));
    }
    return variables;
  }

  private static void collect(JsonNode from, List<JsonNode> panels) {
    for (JsonNode panel : from) {
      if (panel.path("type").asText().equals("row")) {
        collect(panel.path("panels"), panels);
      } else {
        panels.add(panel);
      }
    }
  }

  /**
   * One query, ready to be asked.
   *
   * @param where dashboard and panel, for messages
   */
  public record Query(String where, String expr) {}
}
