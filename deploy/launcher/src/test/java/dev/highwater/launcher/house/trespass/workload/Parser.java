package dev.highwater.launcher.house.trespass.workload;

import dev.highwater.launcher.house.trespass.model.json.Codec;

/** Knows how the wire looks. */
final class Parser {
  static final Class<?> CODEC = Codec.class;

  private Parser() {}
}
