package dev.highwater.model;

/**
 * One data centre; decided by one member at a time. Immutable.
 *
 * @param latencyMs typical round trip of its users, for routing
 */
public record Cell(
    String name, String region, String jurisdiction, Ownership ownership, double latencyMs)
    implements Spec {
  /**
   * The name under which the routes of users between cells are decided, journaled and recorded; no
   * cell may have it.
   */
  public static final String ROUTES = "routes";

  public Cell {
    Limits.name("name", name);
    if (name.equals(ROUTES)) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE,
          "name",
          name,
          "is the name of the routes between cells, choose another");
    }
    Limits.name("region", region);
    Limits.name("jurisdiction", jurisdiction);
    Limits.range("latencyMs", latencyMs, 0, 60_000);
  }

  /** A private cell with every default. */
  public static Cell named(String name) {
    return new Cell(name, "local", "local", Ownership.PRIVATE, 1);
  }

  @Override
  public String key() {
    return name;
  }
}
