package dev.highwater.launcher.house.trespass.kernel;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Date;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Each method does what no deciding code may do. */
@SuppressWarnings({"JavaUtilDate", "JavaTimeDefaultTimeZone", "UnusedVariable"})
final class Unrepeatable {
  private Unrepeatable() {}

  static long clockOfNanos() {
    return System.nanoTime();
  }

  static long clockOfMillis() {
    return System.currentTimeMillis();
  }

  static int identity() {
    return System.identityHashCode("");
  }

  static @Nullable String environment() {
    return System.getenv("HOME");
  }

  static @Nullable String property() {
    return System.getProperty("user.dir");
  }

  static Object output() {
    return System.out;
  }

  static @Nullable Long setting() {
    return Long.getLong("seed");
  }

  static Object instant() {
    return Instant.now();
  }

  static Object clock() {
    return Clock.systemUTC();
  }

  static Object date() {
    return new Date();
  }

  static Object uuid() {
    return UUID.randomUUID();
  }

  static double dice() {
    return Math.random();
  }

  static double strictDice() {
    return StrictMath.random();
  }

  static Object random() {
    return new Random(7);
  }

  static int threadDice() {
    return ThreadLocalRandom.current().nextInt();
  }

  static Object unseeded() {
    return new SplittableRandom();
  }

  static double exp() {
    return Math.exp(1);
  }

  static double log() {
    return Math.log(2);
  }

  static double pow() {
    return Math.pow(2, 3);
  }

  static double sin() {
    return Math.sin(1);
  }

  static double cbrt() {
    return Math.cbrt(2);
  }

  static double hypot() {
    return Math.hypot(2, 3);
  }

  static Object hashMap() {
    return new HashMap<String, String>();
  }

  static Object hashSet() {
    return new HashSet<String>();
  }

  static Object hashSetReference() {
    return Stream.of("a").collect(Collectors.toCollection(HashSet::new));
  }

  static Object concurrentMap() {
    return new ConcurrentHashMap<String, String>();
  }

  static Object identityMap() {
    return new IdentityHashMap<String, String>();
  }

  static Object mapOf() {
    return Map.of("a", 1);
  }

  static Object mapOfEntries() {
    return Map.ofEntries(Map.entry("a", 1));
  }

  static Object mapCopy() {
    return Map.copyOf(new TreeMap<String, String>());
  }

  static Object setOf() {
    return Set.of("a");
  }

  static Object setCopy() {
    return Set.copyOf(List.of("a"));
  }

  static Object setCopyReference() {
    return Stream.of(List.of("a")).map(Set::copyOf).toList();
  }

  static Object toSet() {
    return Stream.of("a").collect(Collectors.toSet());
  }

  static Object toUnmodifiableSet() {
    return Stream.of("a").collect(Collectors.toUnmodifiableSet());
  }

  static Object toMap() {
    return Stream.of("a").collect(Collectors.toMap(x -> x, x -> x));
  }

  static Object toMergedMap() {
    return Stream.of("a").collect(Collectors.toMap(x -> x, x -> x, (a, b) -> a));
  }

  static Object toUnmodifiableMap() {
    return Stream.of("a").collect(Collectors.toUnmodifiableMap(x -> x, x -> x));
  }

  static Object groupingBy() {
    return Stream.of("a").collect(Collectors.groupingBy(String::length));
  }

  static Object groupingByDownstream() {
    return Stream.of("a").collect(Collectors.groupingBy(String::length, Collectors.counting()));
  }

  static double parallel() {
    return DoubleStream.of(1, 2).parallel().sum();
  }

  static Object parallelStream() {
    return List.of("a").parallelStream().toList();
  }

  static Object findAny() {
    return Stream.of("a").findAny();
  }

  static Object reflection() {
    return String.class.getDeclaredMethods();
  }

  static Object zone() {
    return ZoneId.systemDefault();
  }

  static Object locale() {
    return Locale.getDefault();
  }
}
