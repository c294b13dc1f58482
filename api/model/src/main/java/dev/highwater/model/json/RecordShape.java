package dev.highwater.model.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import java.lang.reflect.RecordComponent;
import java.util.Iterator;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The fields that a record's JSON form may and must have. Immutable. */
final class RecordShape {
  private final Class<?> type;

  /** Field name to whether it must be present once defaults are merged. */
  private final SortedMap<String, Boolean> required = new TreeMap<>();

  RecordShape(Class<?> type) {
    this.type = type;
    for (RecordComponent component : type.getRecordComponents()) {
      required.put(
          component.getName(), !component.getAnnotatedType().isAnnotationPresent(Nullable.class));
    }
  }

  /**
   * Returns the object with the type's defaults under it; an explicit null counts as absent.
   *
   * @throws InvalidInputException for an unknown or a missing field
   */
  ObjectNode complete(ObjectNode given) {
    ObjectNode complete = given.objectNode();
    for (Iterator<String> names = given.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      JsonNode value = given.get(name);
      if (!required.containsKey(name)) {
        if (name.equals("kind")) {
          continue; // the type's own name, beside the fields of a sealed type's value
        }
        throw new InvalidInputException(
            ErrorCode.UNKNOWN_FIELD, name, value, "is unknown here, " + hint(name));
      }
      if (!value.isNull()) {
        complete.set(name, value);
      }
    }
    ObjectNode defaults = Defaults.of(type);
    required.forEach(
        (name, must) -> {
          if (!complete.has(name) && defaults != null && defaults.has(name)) {
            complete.set(name, defaults.get(name));
          }
          if (must && !complete.has(name)) {
            throw new InvalidInputException(
                ErrorCode.MISSING_FIELD, name, "nothing", "is required");
          }
        });
    return complete;
  }

  private String hint(String unknown) {
    for (String known : required.keySet()) {
      if (known.equalsIgnoreCase(unknown) || distance(known, unknown) <= 2) {
        return "did you mean " + known + "?";
      }
    }
    return "use one of " + String.join(", ", required.keySet());
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
