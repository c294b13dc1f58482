package dev.highwater.kernel.sizing;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Sizers by model, so that equal services share one set of tables. Bounded: the one that was used
 * longest ago goes first. Confined to its owner.
 */
public final class Sizers {
  /** More different models than any cell has kinds of service; about 3 KiB each. */
  private static final int KEPT_MAX = 4_096;

  private final Map<ReplicaModel, Sizer> kept =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ReplicaModel, Sizer> eldest) {
          return size() > KEPT_MAX;
        }
      };

  public Sizer of(ReplicaModel model) {
    return kept.computeIfAbsent(model, Sizer::new);
  }
}
