package dev.highwater.rehearsal.scenario;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.highwater.model.ServiceId;
import dev.highwater.model.json.ModelJson;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes a scenario in the form that {@link ScenarioReader} reads: JSON, which is YAML, with a unit
 * on every time span. Stateless.
 */
public final class ScenarioWriter {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private ScenarioWriter() {}

  /** The text of a file that reads as this scenario. */
  public static String write(Scenario scenario) {
    return of(scenario).toPrettyString() + "\n";
  }

  private static JsonNode of(Object value) {
    if (value instanceof Record record && !(value instanceof ServiceId)) {
      ObjectNode object = JSON.objectNode();
      for (RecordComponent component : value.getClass().getRecordComponents()) {
        Object field = read(record, component);
        if (field != null) {
          object.set(
              YamlRecords.keyOf(component),
              YamlRecords.isTimeSpan(component) ? timeSpan((Number) field) : of(field));
        }
      }
      return object;
    }
    if (value instanceof List<?> list) {
      ArrayNode array = JSON.arrayNode();
      list.forEach(element -> array.add(of(element)));
      return array;
    }
    if (value instanceof Map<?, ?> map) {
      ObjectNode object = JSON.objectNode();
      map.forEach((key, element) -> object.set(key.toString(), of(element)));
      return object;
    }
    return ModelJson.toTree(value);
  }

  private static JsonNode timeSpan(Number ms) {
    BigDecimal exact =
        ms instanceof Double d ? new BigDecimal(d.toString()) : new BigDecimal(ms.longValue());
    return JSON.textNode(exact.toPlainString() + "ms");
  }

  private static @Nullable Object read(Record record, RecordComponent component) {
    try {
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("a record of ours can be read", e);
    }
  }
}
