package dev.highwater.server.control;

/** Names of event-bus addresses. Stateless. */
final class Channels {
  /** Every member publishes the snapshot of a cell it owns after each tick: JSON. */
  static final String SNAPSHOTS = "highwater.stream.snapshots";

  /** Every member publishes decisions of cells it owns, empty ones left out: JSON. */
  static final String DECISIONS = "highwater.stream.decisions";

  /** Published after specs were committed, so that owners look at once. */
  static final String SPECS_CHANGED = "highwater.specs.changed";

  /** Every member publishes, after each tick of a cell it owns, what the cell bears: JSON. */
  static final String CELL_REPORTS = "highwater.route.reports";

  /** The member that decides the routes publishes them for all owners of cells: JSON. */
  static final String ROUTES = "highwater.route.orders";

  private static final String SIMULATE = "highwater.simulate.";

  private static final String WHAT_IF = "highwater.what-if.";

  private Channels() {}

  /** A question to the owner of a cell; the reply is a plan or an event's readiness as JSON. */
  static String whatIf(String member) {
    return WHAT_IF + member;
  }

  /**
   * A request to relay a command to the simulation; the reply is how many agents were sent it, -1
   * when no user is concerned.
   */
  static String simulate(String member) {
    return SIMULATE + member;
  }
}
