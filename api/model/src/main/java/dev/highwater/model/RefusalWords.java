package dev.highwater.model;

import java.util.SortedMap;
import java.util.stream.Collectors;

/**
 * Words for {@link Explanation.PlacementView#refusals}: most reasons are filters, counted in nodes;
 * some concern the replicas themselves. Stateless.
 */
public final class RefusalWords {
  private RefusalWords() {}

  /** One phrase for each reason, in the order of their names; empty without any. */
  public static String of(SortedMap<String, Integer> refusals) {
    return refusals.entrySet().stream()
        .map(each -> of(each.getKey(), each.getValue()))
        .collect(Collectors.joining(", "));
  }

  private static String of(String reason, int count) {
    return switch (reason) {
      case "quota" -> "quota refused " + some(count, "replica");
      case "budget" -> "the budget refused " + some(count, "replica");
      case "taken-back" -> some(count, "replica") + " taken back";
      case "larger-than-any-node" -> some(count, "replica") + " larger than any node";
      case "not-counted" -> "refusals of " + some(count, "node") + " not counted";
      case "no-node" -> "there is no node";
      default -> reason + " refused " + some(count, "node");
    };
  }

  private static String some(int count, String what) {
    return count + " " + what + (count == 1 ? "" : "s");
  }
}
