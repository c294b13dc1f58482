package dev.highwater.cli;

import dev.highwater.model.SpecKind;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The words by which commands and files name kinds of spec. Stateless. */
final class Types {
  private Types() {}

  /** The kind that a word such as {@code tenant} or {@code tenants} names, or null. */
  static @Nullable SpecKind kind(String word) {
    return switch (word.toLowerCase(Locale.ROOT)) {
      case "cell", "cells" -> SpecKind.CELL;
      case "pool", "pools" -> SpecKind.NODE_POOL;
      case "tenant", "tenants" -> SpecKind.TENANT;
      case "service", "services" -> SpecKind.SERVICE;
      case "event", "events" -> SpecKind.PEAK_EVENT;
      default -> null;
    };
  }

  /** The word for one of a kind. */
  static String one(SpecKind kind) {
    return switch (kind) {
      case CELL -> "cell";
      case NODE_POOL -> "pool";
      case TENANT -> "tenant";
      case SERVICE -> "service";
      case PEAK_EVENT -> "event";
    };
  }
}
