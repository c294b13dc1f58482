package dev.highwater.cli;

import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Limits;
import dev.highwater.model.ServiceId;
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
      case "cordon", "cordons" -> SpecKind.CORDON;
      default -> null;
    };
  }

  /**
   * Checks that a spec of a kind can have this key, so that a mistyped one is not sent.
   *
   * @return the key
   */
  static String key(SpecKind kind, String text) {
    if (kind == SpecKind.SERVICE) {
      return ServiceId.parse(text).toString();
    }
    if (kind != SpecKind.NODE_POOL && kind != SpecKind.CORDON) {
      return Limits.name(kind.word(), text);
    }
    int slash = text.indexOf('/');
    if (slash < 0 || slash != text.lastIndexOf('/')) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE,
          kind.word(),
          text,
          kind == SpecKind.CORDON ? "must be written cell/node" : "must be written cell/pool");
    }
    Limits.name("cell", text.substring(0, slash));
    Limits.name(kind.word(), text.substring(slash + 1));
    return text;
  }
}
