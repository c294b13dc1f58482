package dev.highwater.rehearsal.scenario;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.highwater.model.BootTime;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.ServiceId;
import dev.highwater.model.json.ModelJson;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * Turns a tree of YAML nodes into records and collects every mistake with its line, instead of
 * stopping at the first.
 *
 * <p>The records say what is allowed. A component {@code stabilisationMs} is written {@code
 * stabilisation: 30s}: all time spans carry their unit. After a mistake the field is left out, so
 * that reading goes on and reports what else is wrong; nothing is returned unless all is right.
 *
 * <p>For one file and one thread.
 */
final class YamlRecords {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final String file;
  private final Map<Class<?>, ObjectNode> defaults;
  private final List<Mistake> mistakes = new ArrayList<>();
  private final Map<String, Integer> lines = new LinkedHashMap<>();
  private final Map<String, Boolean> broken = new LinkedHashMap<>();
  private final Map<String, List<Integer>> shortened = new TreeMap<>();

  /**
   * @param defaults what absent fields of a record mean, beside those of the model's own records
   */
  YamlRecords(String file, Map<Class<?>, ObjectNode> defaults) {
    this.file = file;
    this.defaults = defaults;
  }

  /**
   * Whether the file says more in a list than was read of it: what is not in it may be one of those
   * elements whose mistakes are told already.
   */
  boolean isShortened(String list) {
    return shortened.containsKey(list) || broken.containsKey(list);
  }

  /**
   * The path of an element of a list as the file counts: those that could not be read are not in
   * the list, so that later ones have moved up.
   *
   * @param kept its index among those that were read
   */
  String element(String list, int kept) {
    List<Integer> written = shortened.get(list);
    return list + "[" + (written == null ? kept : written.get(kept)) + "]";
  }

  /** Whether the file has the field. */
  boolean isGiven(String path) {
    return lines.containsKey(path);
  }

  List<Mistake> mistakes() {
    return mistakes;
  }

  /** Adds a mistake at the line of a path, or of the nearest parent that the file has. */
  void mistake(String path, String message) {
    mistakes.add(new Mistake(file, lineOf(path), path, message));
  }

  /** Adds a mistake at a line. */
  void mistakeAt(int line, String path, String message) {
    mistakes.add(new Mistake(file, line, path, message));
  }

  private int lineOf(String path) {
    String at = path;
    while (true) {
      Integer line = lines.get(at);
      if (line != null) {
        return line;
      }
      int cut = Math.max(at.lastIndexOf('.'), at.lastIndexOf('['));
      if (cut < 0) {
        return lines.getOrDefault("", 0);
      }
      at = at.substring(0, cut);
    }
  }

  /** Reads a record; null when a mistake makes it impossible. */
  <T> @Nullable T read(Node node, String path, Class<T> type) {
    JsonNode tree = convert(node, path, type);
    return tree == null ? null : type.cast(build((ObjectNode) tree, path, type));
  }

  private @Nullable JsonNode convert(Node node, String path, Type type) {
    lines.putIfAbsent(path, node.getStartMark().getLine() + 1);
    if (type instanceof ParameterizedType generic) {
      Type[] arguments = generic.getActualTypeArguments();
      if (generic.getRawType() == List.class) {
        return list(node, path, arguments[0]);
      }
      return map(node, path, arguments[1]);
    }
    Class<?> raw = (Class<?>) type;
    if (raw == ServiceId.class || raw == String.class || raw.isEnum()) {
      return node instanceof ScalarNode scalar
          ? text(scalar, path, raw)
          : wrong(node, path, "must be a single text");
    }
    if (raw.isRecord()) {
      return raw == BootTime.class && node instanceof ScalarNode scalar
          ? bootTime(scalar, path)
          : record(node, path, raw);
    }
    return number(node, path, raw);
  }

  private @Nullable JsonNode list(Node node, String path, Type element) {
    if (!(node instanceof SequenceNode sequence)) {
      return isNull(node)
          ? JSON.arrayNode()
          : wrong(node, path, "must be a list, begin each element with '- '");
    }
    ArrayNode array = JSON.arrayNode();
    List<Integer> written = new ArrayList<>();
    for (int i = 0; i < sequence.getValue().size(); i++) {
      Node child = sequence.getValue().get(i);
      String at = path + "[" + i + "]";
      JsonNode value = convert(child, at, element);
      if (value instanceof ObjectNode object
          && element instanceof Class<?> type
          && build(object, at, type) == null) {
        value = null;
      }
      if (value != null) {
        array.add(value);
        written.add(i);
      } else if (isNull(child)) {
        wrong(child, at, "is empty, remove it");
      }
    }
    if (written.size() < sequence.getValue().size()) {
      shortened.put(path, written);
    }
    return array;
  }

  private @Nullable JsonNode map(Node node, String path, Type element) {
    if (!(node instanceof MappingNode mapping)) {
      return isNull(node) ? JSON.objectNode() : wrong(node, path, "must be 'key: value' lines");
    }
    ObjectNode object = JSON.objectNode();
    for (Map.Entry<String, Node> entry : entries(mapping, path).entrySet()) {
      String at = path + "." + entry.getKey();
      JsonNode value = convert(entry.getValue(), at, element);
      if (value instanceof ObjectNode child && element instanceof Class<?> type) {
        value = build(child, at, type) == null ? null : value;
      }
      if (value != null) {
        object.set(entry.getKey(), value);
      }
    }
    return object;
  }

  private SortedMap<String, Node> entries(MappingNode mapping, String path) {
    SortedMap<String, Node> entries = new TreeMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        wrong(tuple.getKeyNode(), path, "a key must be a single text");
        continue;
      }
      String name = key.getValue();
      String at = path.isEmpty() ? name : path + "." + name;
      lines.put(at, key.getStartMark().getLine() + 1);
      if (entries.put(name, tuple.getValueNode()) != null) {
        wrong(key, at, "is given twice, remove one");
      }
    }
    return entries;
  }

  private @Nullable JsonNode record(Node node, String path, Class<?> type) {
    if (!(node instanceof MappingNode mapping)) {
      return wrong(node, path, "must be 'key: value' lines");
    }
    SortedMap<String, RecordComponent> known = new TreeMap<>();
    for (RecordComponent component : type.getRecordComponents()) {
      known.put(keyOf(component), component);
    }
    ObjectNode object = JSON.objectNode();
    ObjectNode absent = defaults.get(type);
    if (absent != null) {
      object.setAll(absent.deepCopy());
    }
    entries(mapping, path)
        .forEach(
            (key, child) -> {
              String at = path.isEmpty() ? key : path + "." + key;
              RecordComponent component = known.get(key);
              if (component == null) {
                wrong(child, at, unknown(key, known));
                return;
              }
              if (isNull(child)) {
                return;
              }
              JsonNode value =
                  isTimeSpan(component)
                      ? timeSpan(child, at, component.getType())
                      : convert(child, at, component.getGenericType());
              if (value instanceof ObjectNode nested && component.getType().isRecord()) {
                value = build(nested, at, component.getType()) == null ? null : value;
              }
              if (value == null) {
                // The mistake is told; a default keeps the rest readable.
                broken.put(at, true);
              } else {
                object.set(component.getName(), value);
              }
            });
    return object;
  }

  /** Builds a record, telling each field that its constructor refuses. */
  private @Nullable Object build(ObjectNode tree, String path, Class<?> type) {
    if (!type.isRecord()) {
      return tree;
    }
    while (true) {
      try {
        return ModelJson.read(tree, type);
      } catch (InvalidInputException e) {
        String field = e.field();
        String written = written(field, type);
        String at = path.isEmpty() ? written : written.isEmpty() ? path : path + "." + written;
        String name = firstStep(field);
        if (broken.containsKey(at)) {
          return null; // a required field whose mistake is told already
        }
        if (!told(at)) {
          mistake(at, e.code() == ErrorCode.MISSING_FIELD ? "is required" : refusal(field, e));
        }
        if (!tree.has(name)) {
          return null;
        }
        tree.remove(name);
        ObjectNode absent = defaults.get(type);
        if (absent != null && absent.has(name)) {
          tree.set(name, absent.get(name).deepCopy());
        }
        broken.put(at, true);
      }
    }
  }

  private static String refusal(String field, InvalidInputException e) {
    if (field.endsWith("PerSecond") && e.value().startsWith("-")) {
      return "is a negative rate, must be 0 or more, not " + e.value();
    }
    return e.remedy() + (e.value().equals("null") ? "" : ", not " + e.value());
  }

  private boolean told(String path) {
    for (Mistake mistake : mistakes) {
      if (mistake.path().equals(path)) {
        return true;
      }
    }
    return false;
  }

  private static String firstStep(String field) {
    int end = field.length();
    for (int i = 0; i < field.length(); i++) {
      if (field.charAt(i) == '.' || field.charAt(i) == '[') {
        end = i;
        break;
      }
    }
    return field.substring(0, end);
  }

  /** The path as the file writes it: time spans without {@code Ms}. */
  private static String written(String field, Class<?> type) {
    String first = firstStep(field);
    for (RecordComponent component : type.getRecordComponents()) {
      if (component.getName().equals(first)) {
        return keyOf(component) + field.substring(first.length());
      }
    }
    return field;
  }

  static boolean isTimeSpan(RecordComponent component) {
    return component.getName().endsWith("Ms") && component.getType().isPrimitive();
  }

  static String keyOf(RecordComponent component) {
    String name = component.getName();
    return isTimeSpan(component) ? name.substring(0, name.length() - 2) : name;
  }

  private String unknown(String key, SortedMap<String, RecordComponent> known) {
    if (key.endsWith("Ms") && known.containsKey(key.substring(0, key.length() - 2))) {
      String name = key.substring(0, key.length() - 2);
      return "unknown key, write '" + name + "' with a unit, such as " + name + ": 5s";
    }
    String near = "";
    int nearest = 3;
    for (String name : known.keySet()) {
      int distance = name.equalsIgnoreCase(key) ? 0 : distance(name, key);
      if (distance < nearest) {
        near = name;
        nearest = distance;
      }
    }
    return near.isEmpty()
        ? "unknown key, use one of " + String.join(", ", known.keySet())
        : "unknown key, did you mean '" + near + "'?";
  }

  private @Nullable JsonNode timeSpan(Node node, String path, Class<?> type) {
    if (!(node instanceof ScalarNode scalar)) {
      return wrong(node, path, "must be a time span such as 5s");
    }
    String text = scalar.getValue();
    if (TimeSpan.isDecimal(text)) {
      return wrong(
          node,
          path,
          "unit missing, write " + text + "ms, " + text + "s, " + text + "m or " + text + "h");
    }
    Double ms = TimeSpan.parseMs(text);
    if (ms == null) {
      return wrong(node, path, "must be a time span such as 200ms, 5s, 2m or 24h, not " + text);
    }
    if (type == double.class) {
      return JSON.numberNode(ms);
    }
    if (ms != Math.rint(ms) || Math.abs(ms) > 1e15) {
      return wrong(node, path, "must be whole milliseconds, not " + text);
    }
    return JSON.numberNode(ms.longValue());
  }

  private @Nullable JsonNode bootTime(ScalarNode node, String path) {
    JsonNode span = timeSpan(node, path, long.class);
    if (span == null) {
      return null;
    }
    ObjectNode boot = JSON.objectNode();
    boot.set("medianMs", span);
    boot.set("p99Ms", span);
    return boot;
  }

  private @Nullable JsonNode text(ScalarNode node, String path, Class<?> type) {
    String text = node.getValue();
    if (type.isEnum()) {
      List<String> choices = new ArrayList<>();
      for (Object constant : type.getEnumConstants()) {
        String choice = ModelJson.toTree(constant).asText();
        if (choice.equals(text)) {
          return JSON.textNode(text);
        }
        choices.add(choice);
      }
      return wrong(node, path, "must be one of " + String.join(", ", choices) + ", not " + text);
    }
    if (type == ServiceId.class) {
      try {
        ServiceId.parse(text);
      } catch (InvalidInputException e) {
        return wrong(node, path, "must be written tenant/service, not " + text);
      }
    }
    return JSON.textNode(text);
  }

  private @Nullable JsonNode number(Node node, String path, Class<?> type) {
    if (!(node instanceof ScalarNode scalar)) {
      return wrong(node, path, "must be a single value");
    }
    String text = scalar.getValue().replace("_", "");
    if (type == boolean.class || type == Boolean.class) {
      return node.getTag().equals(Tag.BOOL)
          ? JSON.booleanNode(text.equalsIgnoreCase("true") || text.equalsIgnoreCase("yes"))
          : wrong(node, path, "must be true or false, not " + text);
    }
    try {
      if (type == double.class || type == Double.class) {
        double value = Double.parseDouble(text);
        return Double.isFinite(value)
            ? JSON.numberNode(value)
            : wrong(node, path, "must be a finite number, not " + text);
      }
      long value = Long.parseLong(text);
      boolean narrow = type == int.class || type == Integer.class;
      return narrow && value != (int) value
          ? wrong(node, path, "must be at most " + Integer.MAX_VALUE + ", not " + text)
          : JSON.numberNode(value);
    } catch (NumberFormatException e) {
      boolean whole = type != double.class && type != Double.class;
      return wrong(node, path, "must be a " + (whole ? "whole " : "") + "number, not " + text);
    }
  }

  private static boolean isNull(Node node) {
    return node.getTag().equals(Tag.NULL);
  }

  private @Nullable JsonNode wrong(Node node, String path, String message) {
    mistakeAt(node.getStartMark().getLine() + 1, path, message);
    return null;
  }

  /** Levenshtein distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
