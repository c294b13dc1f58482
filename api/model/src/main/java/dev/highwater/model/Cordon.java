package dev.highwater.model;

/**
 * An operator's word on one node: it takes no new replicas, and when it drains too, those that it
 * has go on elsewhere and it is given back. Holds until it is removed, also when the node comes
 * back under the same name. Immutable.
 *
 * @param cell the node's cell
 * @param node the node's name
 * @param drain whether its replicas shall go on elsewhere, new ones ready before old ones stop
 * @param by who says so, as they call themselves; the audit log has the principal
 */
public record Cordon(String cell, String node, boolean drain, String reason, String by)
    implements Spec {
  /** Cordons of one cell; whoever needs more changes the pool. */
  public static final int IN_CELL_MAX = 1_000;

  public Cordon {
    Limits.name("cell", cell);
    Limits.name("node", node);
    reason = Limits.text("reason", reason);
    by = Limits.text("by", by);
  }

  /** A cordon with every default. */
  public static Cordon of(String cell, String node) {
    return new Cordon(cell, node, false, "", "");
  }

  /** All of it in a phrase: {@code drained by kim: fan is loud}. */
  public String phrase() {
    return (drain ? "drained" : "cordoned")
        + (by.isEmpty() ? "" : " by " + by)
        + (reason.isEmpty() ? "" : ": " + reason);
  }

  @Override
  public String key() {
    return cell + "/" + node;
  }
}
