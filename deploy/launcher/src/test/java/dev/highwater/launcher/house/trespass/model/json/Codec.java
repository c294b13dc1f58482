package dev.highwater.launcher.house.trespass.model.json;

/** What the kernel must not see. */
public final class Codec {
  private Codec() {}
}
