package dev.highwater.model;

/** The five kinds of spec, in the order in which they refer to one another. */
public enum SpecKind {
  CELL(Cell.class),
  NODE_POOL(NodePool.class),
  TENANT(Tenant.class),
  SERVICE(Service.class),
  PEAK_EVENT(PeakEvent.class);

  private final Class<? extends Spec> type;

  SpecKind(Class<? extends Spec> type) {
    this.type = type;
  }

  /** The record of this kind. */
  public Class<? extends Spec> type() {
    return type;
  }

  /** The kind of a spec. */
  public static SpecKind of(Spec spec) {
    for (SpecKind kind : values()) {
      if (kind.type.isInstance(spec)) {
        return kind;
      }
    }
    throw new AssertionError(spec.getClass());
  }
}
