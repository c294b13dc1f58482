package dev.highwater.server.store;

import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import dev.highwater.model.json.ModelJson;
import java.util.Locale;

/** Translates between specs and the rows that keep them. Stateless. */
public final class SpecRows {
  private static final int FORMAT = 1;

  private SpecRows() {}

  /** The name of a kind in the store. */
  public static String kind(SpecKind kind) {
    return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The key of a spec's row. */
  public static SpecKey key(SpecKind kind, String key) {
    return new SpecKey(kind(kind), key);
  }

  /** An edit that stores the spec. */
  public static SpecEdit put(Spec spec, long expectedVersion) {
    return SpecEdit.put(
        key(SpecKind.of(spec), spec.key()), expectedVersion, FORMAT, ModelJson.write(spec));
  }

  /**
   * What a row says.
   *
   * @throws InvalidInputException if a newer program wrote it
   */
  public static SpecChange change(SpecRow row) {
    SpecKind kind = kind(row.key().kind());
    return new SpecChange(
        kind,
        row.key().name(),
        row.resourceVersion(),
        row.revision(),
        row.deleted() ? null : spec(kind, row));
  }

  private static Spec spec(SpecKind kind, SpecRow row) {
    if (row.formatVersion() != FORMAT) {
      throw new InvalidInputException(
          ErrorCode.UNSUPPORTED,
          row.key().toString(),
          row.formatVersion(),
          "has a format that this program does not know");
    }
    return ModelJson.read(row.body(), kind.type());
  }

  private static SpecKind kind(String name) {
    for (SpecKind kind : SpecKind.values()) {
      if (kind(kind).equals(name)) {
        return kind;
      }
    }
    throw new InvalidInputException(ErrorCode.UNSUPPORTED, "kind", name, "is not a kind of spec");
  }
}
