package dev.highwater.kernel.policy;

import dev.highwater.kernel.forecast.ServiceForecaster;
import org.jspecify.annotations.Nullable;

/**
 * What is particular to one policy: which wishes it makes, from what it has seen.
 *
 * <p>{@link #observe} is called once a tick, when state is evolved; {@link #wish} reads only, so
 * that deciding leaves no trace. Confined to its owner.
 */
interface Rule {
  void observe(Setting setting, ServiceSignals signals);

  /** Adds the wishes of the moment last observed. */
  void wish(Setting setting, ServiceSignals signals, Wishes wishes);

  /**
   * Whether the spec's stabilisation applies; a rule with scale-in behaviour of its own says no.
   */
  default boolean stabilised() {
    return false;
  }

  /** Why nothing may be scaled in at this moment; null when it may. */
  default @Nullable String frozen(ServiceSignals signals) {
    return null;
  }

  /** Whether time-of-day floors count. */
  default boolean scheduled() {
    return false;
  }

  /** So many replicas are wanted whatever comes; 0 when nothing is sure. */
  default int constant() {
    return 0;
  }

  /** The forecaster behind the wishes, if there is one. */
  default @Nullable ServiceForecaster forecaster() {
    return null;
  }

  Rule copy();
}
