package dev.highwater.kernel.policy;

import dev.highwater.model.WishSource;

/** Always the same number: {@code fixed}, {@code static-peak}, and a policy nobody knows. */
final class ConstantRule implements Rule {
  private final int replicas;
  private final String because;

  ConstantRule(int replicas, String because) {
    this.replicas = replicas;
    this.because = because;
  }

  @Override
  public void observe(Setting setting, ServiceSignals signals) {}

  @Override
  public void wish(Setting setting, ServiceSignals signals, Wishes wishes) {
    wishes.add(WishSource.INITIAL, replicas, () -> because);
  }

  @Override
  public int constant() {
    return replicas;
  }

  @Override
  public Rule copy() {
    return this;
  }
}
