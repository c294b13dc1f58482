package dev.highwater.rehearsal.scenario;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.highwater.model.BootTime;
import dev.highwater.model.ServiceId;
import dev.highwater.model.json.ModelJson;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The JSON Schema of scenario files, made from the same records that read them, so that an editor
 * never accepts what {@code validate} refuses by its shape. Stateless.
 */
public final class ScenarioSchema {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String TIME_SPAN = "^[0-9]+(\\.[0-9]+)?(ms|s|m|h|d)$";

  private final SortedMap<String, ObjectNode> definitions = new TreeMap<>();

  private ScenarioSchema() {}

  /** The schema (draft 2020-12), indented, with a final newline. */
  public static String write() {
    ScenarioSchema schema = new ScenarioSchema();
    ObjectNode root = JSON.objectNode();
    root.put("$schema", "https://json-schema.org/draft/2020-12/schema");
    root.put("title", "Highwater scenario");
    root.setAll(schema.object(Scenario.class));
    root.withArray("required").add("formatVersion").add("duration");
    ObjectNode definitions = root.putObject("$defs");
    schema.definitions.forEach(definitions::set);
    try {
      return new ObjectMapper()
              .enable(SerializationFeature.INDENT_OUTPUT)
              .writeValueAsString(root)
              .replace("\r\n", "\n")
          + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree can be written", e);
    }
  }

  private ObjectNode of(Type type) {
    if (type instanceof ParameterizedType generic) {
      Type[] arguments = generic.getActualTypeArguments();
      ObjectNode node = JSON.objectNode();
      if (generic.getRawType() == List.class) {
        node.put("type", "array").set("items", of(arguments[0]));
      } else {
        node.put("type", "object").set("additionalProperties", of(arguments[1]));
      }
      return node;
    }
    Class<?> raw = (Class<?>) type;
    if (raw.isRecord() && raw != ServiceId.class) {
      String name = raw.getSimpleName();
      if (!definitions.containsKey(name)) {
        definitions.put(name, JSON.objectNode()); // a record that holds itself ends here
        definitions.put(name, object(raw));
      }
      ObjectNode reference = JSON.objectNode().put("$ref", "#/$defs/" + name);
      if (raw == BootTime.class) {
        ObjectNode either = JSON.objectNode();
        either.putArray("anyOf").add(timeSpan()).add(reference);
        return either;
      }
      return reference;
    }
    ObjectNode node = JSON.objectNode();
    if (raw == ServiceId.class) {
      node.put("type", "string").put("pattern", "^[^/]+/[^/]+$");
    } else if (raw.isEnum()) {
      ArrayNode choices = node.putArray("enum");
      for (Object constant : raw.getEnumConstants()) {
        choices.add(ModelJson.toTree(constant));
      }
    } else if (raw == String.class) {
      node.put("type", "string");
    } else if (raw == boolean.class || raw == Boolean.class) {
      node.put("type", "boolean");
    } else if (raw == double.class || raw == Double.class) {
      node.put("type", "number");
    } else {
      node.put("type", "integer");
    }
    return node;
  }

  private ObjectNode object(Class<?> type) {
    ObjectNode node = JSON.objectNode();
    node.put("type", "object").put("additionalProperties", false);
    ObjectNode properties = node.putObject("properties");
    for (RecordComponent component : type.getRecordComponents()) {
      properties.set(
          YamlRecords.keyOf(component),
          YamlRecords.isTimeSpan(component) ? timeSpan() : of(component.getGenericType()));
    }
    return node;
  }

  private static ObjectNode timeSpan() {
    return JSON.objectNode().put("type", "string").put("pattern", TIME_SPAN);
  }
}
