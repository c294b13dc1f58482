package dev.highwater.model;

/** A change to the simulated world, relayed to agents untouched. Immutable. */
public sealed interface SimulationCommand {
  /**
   * More load than declared, from now: a linear rise to {@code factor} times the profile's rate, a
   * hold, an exponential end.
   */
  record Surge(ServiceId service, double factor, long riseMs, long holdMs, long decayHalfLifeMs)
      implements SimulationCommand {
    /** The greatest factor. */
    public static final double FACTOR_MAX = 1_000;

    public Surge {
      Limits.range("factor", factor, 0, FACTOR_MAX);
      Limits.durationMs("riseMs", riseMs);
      Limits.durationMs("holdMs", holdMs);
      Limits.durationMs("decayHalfLifeMs", decayHalfLifeMs);
    }
  }

  /**
   * A fault.
   *
   * @param cell the cell it happens in
   * @param target name of the node, zone or cell that it hits
   * @param durationMs how long it lasts, 0 for what does not end (a crash); of a spot loss the time
   *     from notice to loss, 0 for two minutes
   */
  record Fault(FaultKind fault, String cell, String target, long durationMs)
      implements SimulationCommand {
    public Fault {
      Limits.name("cell", cell);
      Limits.name("target", target);
      Limits.durationMs("durationMs", durationMs);
    }

    /** Whether it befalls this node; what befalls a cell as a whole means none. */
    public boolean means(NodeDescriptor node) {
      return cell.equals(node.cell()) && means(node.name(), node.zone());
    }

    /** The same of a node of the fault's cell. */
    public boolean means(String node, String zone) {
      boolean named = target.equals(node);
      boolean inZone = target.equals(zone);
      return switch (fault) {
        case NODE_CRASH -> named;
        case ZONE_CRASH -> inZone;
        case AGENT_SILENT, SPOT_LOSS -> named || inZone || target.equals(cell);
        case SLOW_BOOTS, CELL_LOSS, OWNER_LOST, STALE_REPORTS -> false;
      };
    }
  }

  /** What breaks. */
  enum FaultKind {
    /** A node dies with its replicas. */
    NODE_CRASH,
    /** Every node of a zone dies. */
    ZONE_CRASH,
    /** A node serves but its agent says nothing. */
    AGENT_SILENT,
    /** Boots take five times as long. */
    SLOW_BOOTS,
    /** The provider takes spot nodes back, after a notice. */
    SPOT_LOSS,
    /**
     * A cell goes dark: every node dies, nothing boots, host and front door say nothing, and its
     * users fail until they are sent elsewhere. After its duration it begins again without nodes.
     */
    CELL_LOSS,
    /**
     * Nobody decides for a cell until its time is over; then a new epoch begins with a state made
     * of the journal alone. Rehearsed only: live, kill the member.
     */
    OWNER_LOST,
    /** What a cell's agents and front door say arrives late, in order. Rehearsed only. */
    STALE_REPORTS;

    /** Whether it can only be rehearsed: it befalls the scheduler and not the simulated world. */
    public boolean rehearsedOnly() {
      return this == OWNER_LOST || this == STALE_REPORTS;
    }

    /** Whether it befalls a cell as a whole, and not nodes of it. */
    public boolean ofCell() {
      return this == SLOW_BOOTS || this == CELL_LOSS || rehearsedOnly();
    }
  }
}
