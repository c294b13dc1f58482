package dev.highwater.rehearsal.scenario;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.highwater.model.Limits;
import dev.highwater.model.json.ModelJson;
import dev.highwater.workload.Diurnal;
import dev.highwater.workload.LoadEvent;
import dev.highwater.workload.TrafficSpec;
import java.io.StringReader;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;

/**
 * Reads a scenario from YAML text, strictly: every mistake of the file is told at once, each with
 * its line and what to do. Reads no file itself. Stateless.
 */
public final class ScenarioReader {
  /** Characters of a scenario file; a larger one is a mistake. */
  public static final int TEXT_LENGTH_MAX = 8_000_000;

  private static final long DURATION_ABSENT_MS = Limits.DURATION_MAX_MS;

  private ScenarioReader() {}

  /**
   * Reads a scenario.
   *
   * @param text YAML
   * @param file its name, for messages; without folder and ending it is the scenario's default name
   * @throws ScenarioException with every mistake
   */
  public static Scenario read(String text, String file) throws ScenarioException {
    return read(text, file, List.of());
  }

  /**
   * Reads a scenario as if some of its values had been written otherwise.
   *
   * @throws ScenarioException with every mistake, those of the edits too
   */
  public static Scenario read(String text, String file, List<ScenarioEdit> edits)
      throws ScenarioException {
    YamlRecords records = new YamlRecords(file, defaults(nameOf(file)));
    Scenario scenario = null;
    Node root = compose(text, records);
    for (ScenarioEdit edit : edits) {
      root = root == null ? null : edit.in(root, records);
    }
    if (root != null) {
      scenario = records.read(root, "", Scenario.class);
    }
    if (scenario != null) {
      for (String key : List.of("formatVersion", "duration")) {
        if (!records.isGiven(key)) {
          records.mistake(key, "is required");
        }
      }
      new ScenarioCheck(scenario, records).run();
    }
    if (scenario == null || !records.mistakes().isEmpty()) {
      throw new ScenarioException(records.mistakes());
    }
    return Tail.written(scenario);
  }

  private static @Nullable Node compose(String text, YamlRecords records) {
    LoaderOptions options = new LoaderOptions();
    options.setCodePointLimit(TEXT_LENGTH_MAX);
    try {
      Node root = new Yaml(new SafeConstructor(options)).compose(new StringReader(text));
      if (root == null) {
        records.mistakeAt(0, "", "the file is empty, begin with 'formatVersion: 1'");
      }
      return root;
    } catch (MarkedYAMLException e) {
      int line = e.getProblemMark() == null ? 0 : e.getProblemMark().getLine() + 1;
      records.mistakeAt(line, "", "is not YAML: " + e.getProblem() + ", correct the syntax");
    } catch (YAMLException e) {
      records.mistakeAt(0, "", "is not YAML: " + e.getMessage() + ", correct the syntax");
    }
    return null;
  }

  private static String nameOf(String file) {
    String name = file.substring(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
    int dot = name.lastIndexOf('.');
    return dot > 0 ? name.substring(0, dot) : name;
  }

  /** What absent fields mean, for the records that are not the model's own. */
  static Map<Class<?>, ObjectNode> defaults(String name) {
    Map<Class<?>, ObjectNode> defaults = new LinkedHashMap<>();
    ObjectNode scenario = object();
    scenario.put("name", name).put("title", "").put("seed", 1).put("windowMs", 200);
    scenario
        .put("startsAt", Scenario.STARTS_AT_DEFAULT)
        .put("fidelity", "request")
        .put("admission", true);
    // Checked afterwards: without a stand-in a wrong one would hide the mistakes after it.
    scenario.put("formatVersion", Scenario.FORMAT_VERSION).put("durationMs", DURATION_ABSENT_MS);
    for (String list :
        List.of(
            "cells",
            "pools",
            "startNodes",
            "tenants",
            "tails",
            "services",
            "loads",
            "events",
            "surges",
            "faults")) {
      scenario.putArray(list);
    }
    scenario.set("expect", expectation());
    defaults.put(Scenario.class, scenario);
    defaults.put(Expectation.class, expectation());

    defaults.put(Tail.class, object().put("active", 0).put("exponent", 1.0).put("staggerMs", 0));
    ObjectNode load = object();
    load.put("basePerSecond", 0.0).put("patienceMs", 60_000).put("sameShardRatio", 0.0);
    for (String list : List.of("crowds", "mix", "calls")) {
      load.putArray(list);
    }
    load.set("retry", ModelJson.toTree(TrafficSpec.Retry.NONE));
    load.set("behaviour", ModelJson.toTree(TrafficSpec.ReplicaBehaviour.AS_DECLARED));
    defaults.put(Load.class, load);
    defaults.put(Load.Trace.class, object().put("scale", 1.0).put("interpolation", "linear"));
    defaults.put(Diurnal.class, object().put("periodMs", 86_400_000).put("startsAtMs", 0));
    defaults.put(
        LoadEvent.class,
        object()
            .put("name", "")
            .put("riseMs", 0)
            .put("holdMs", 0)
            .put("decayHalfLifeMs", 0)
            .put("factor", 1.0)
            .put("peakPerSecond", 0.0));
    defaults.put(
        TrafficSpec.Call.class,
        object().put("ratio", 1.0).put("lagMs", 0).put("lagStages", 1).put("holds", false));
    defaults.put(
        TrafficSpec.Retry.class,
        object()
            .put("retriesMax", 0)
            .put("backoffMs", 1_000)
            .put("backoffFactor", 2.0)
            .put("jitterRatio", 0.5)
            .put("budgetRatio", 0.0));
    ObjectNode stock = object();
    stock.put("initial", 0.0).put("unpaidRatio", 0.0).put("holdMs", 0).putArray("releases");
    defaults.put(TrafficSpec.Stock.class, stock);
    defaults.put(
        TrafficSpec.ReplicaBehaviour.class,
        object()
            .put("slowdown", 1.0)
            .put("coldFactor", 1.0)
            .put("warmMs", 0)
            .put("crowdedFactor", 1.0)
            .put("crowdedFrom", TrafficSpec.ReplicaBehaviour.CROWDED_FROM_DEFAULT));
    ObjectNode surge = object();
    surge.put("riseMs", 0).put("decayHalfLifeMs", 0);
    defaults.put(TimedSurge.class, surge);
    ObjectNode fault = object();
    fault.put("durationMs", 0).put("lagMs", 0);
    defaults.put(TimedFault.class, fault);
    return defaults;
  }

  private static ObjectNode expectation() {
    ObjectNode expect = object();
    expect.putArray("services");
    expect.put("auditViolationsMax", 0);
    return expect;
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }
}
