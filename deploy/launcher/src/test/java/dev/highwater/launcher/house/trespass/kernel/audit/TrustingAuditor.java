package dev.highwater.launcher.house.trespass.kernel.audit;

import dev.highwater.launcher.house.trespass.kernel.Trespasser;

/** Trusts what it should check. */
public final class TrustingAuditor {
  static final Class<?> TRUSTED = Trespasser.class;

  private TrustingAuditor() {}
}
