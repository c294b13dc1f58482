package dev.highwater.workload;

/**
 * What became of a command at the simulated world. Immutable.
 *
 * @param verdict obeyed, or why not
 * @param detail for people: what was wrong, with values; empty when obeyed
 */
public record Obedience(Verdict verdict, String detail) {
  /** The command holds now. */
  public static final Obedience OBEYED = new Obedience(Verdict.OBEYED, "");

  /** What happened. */
  public enum Verdict {
    OBEYED,
    /** An older epoch or generation than one obeyed before. */
    OLDER,
    /** It would give a node, or a device of it, more than it has. */
    OVERFILLS,
    /** It would put a service where its data must not be. */
    BREAKS_RESIDENCY,
    /** It names a replica whose service is not described. */
    UNKNOWN_SERVICE,
    /** The receiver is gone, or its agent is silent. */
    UNREACHABLE
  }

  /** Whether the command holds now. */
  public boolean obeyed() {
    return verdict == Verdict.OBEYED;
  }

  static Obedience refused(Verdict verdict, String detail) {
    return new Obedience(verdict, detail);
  }
}
