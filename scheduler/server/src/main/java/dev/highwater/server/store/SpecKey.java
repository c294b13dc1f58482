package dev.highwater.server.store;

/**
 * Names one stored spec.
 *
 * @param kind what it describes, for example {@code service}
 * @param name unique within the kind, for example {@code shop/cart}
 */
public record SpecKey(String kind, String name) {
  @Override
  public String toString() {
    return kind + " " + name;
  }
}
