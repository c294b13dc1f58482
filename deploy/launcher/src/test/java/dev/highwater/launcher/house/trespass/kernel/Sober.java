package dev.highwater.launcher.house.trespass.kernel;

import java.time.Instant;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What deciding code may do, close to what it may not. */
final class Sober {
  private Sober() {}

  static Object seeded() {
    return new SplittableRandom(7);
  }

  static double exact() {
    return Math.max(Math.sqrt(2), Math.floor(Math.abs(1.5)));
  }

  static double strict() {
    return StrictMath.exp(1) + StrictMath.pow(2, 3);
  }

  static Object ordered() {
    return new TreeMap<>(new LinkedHashMap<String, Integer>());
  }

  static Object enums() {
    return new EnumMap<TimeUnit, Integer>(TimeUnit.class);
  }

  static Object lists() {
    return List.copyOf(List.of("a"));
  }

  static Object entry() {
    return Map.entry("a", 1);
  }

  static Object grouped() {
    return Stream.of("a")
        .collect(Collectors.groupingBy(String::length, TreeMap::new, Collectors.counting()));
  }

  static Object mapped() {
    return Stream.of("a").collect(Collectors.toMap(x -> x, x -> x, (a, b) -> a, TreeMap::new));
  }

  static Object given() {
    return Instant.ofEpochMilli(7);
  }

  static Object arrays() {
    return copied(new int[] {1});
  }

  private static int[] copied(int[] source) {
    int[] copy = new int[source.length];
    System.arraycopy(source, 0, copy, 0, source.length);
    return copy;
  }
}
