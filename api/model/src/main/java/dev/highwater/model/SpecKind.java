package dev.highwater.model;

/** The six kinds of spec, in the order in which they refer to one another. */
public enum SpecKind {
  CELL(Cell.class, "cell"),
  NODE_POOL(NodePool.class, "pool"),
  TENANT(Tenant.class, "tenant"),
  SERVICE(Service.class, "service"),
  PEAK_EVENT(PeakEvent.class, "event"),
  CORDON(Cordon.class, "cordon");

  private final Class<? extends Spec> type;
  private final String word;

  SpecKind(Class<? extends Spec> type, String word) {
    this.type = type;
    this.word = word;
  }

  /** The word for one of it in paths, files, commands and messages; its plural ends in s. */
  public String word() {
    return word;
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

  /** Kind and key of a spec, such as {@code service/shop/order}. */
  public static String name(Spec spec) {
    return of(spec).word() + "/" + spec.key();
  }
}
