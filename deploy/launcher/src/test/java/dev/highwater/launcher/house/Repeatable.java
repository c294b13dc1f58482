package dev.highwater.launcher.house;

import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaConstructor;
import java.util.List;

/**
 * Which calls make two runs of the same input differ, be it on another machine, in another virtual
 * machine or on another JDK.
 *
 * <p>Sources: the Javadoc of Math (results may differ within one unit in the last place;
 * StrictMath's do not), of Map.of and Set.of (iteration order is unspecified and differs from run
 * to run).
 */
final class Repeatable {
  /** Of Math, what is exact by its specification. */
  private static final List<String> EXACT_MATH =
      List.of(
          "abs",
          "absExact",
          "addExact",
          "ceil",
          "copySign",
          "decrementExact",
          "floor",
          "floorDiv",
          "floorMod",
          "fma",
          "getExponent",
          "incrementExact",
          "max",
          "min",
          "multiplyExact",
          "multiplyFull",
          "multiplyHigh",
          "negateExact",
          "nextAfter",
          "nextDown",
          "nextUp",
          "rint",
          "round",
          "scalb",
          "signum",
          "sqrt",
          "subtractExact",
          "toIntExact",
          "ulp");

  private static final List<String> UNORDERED_COLLECTIONS =
      List.of(
          "java.util.HashMap",
          "java.util.HashSet",
          "java.util.Hashtable",
          "java.util.IdentityHashMap",
          "java.util.Properties",
          "java.util.WeakHashMap",
          "java.util.concurrent.ConcurrentHashMap");

  /** Any use of them is refused: they are seeded by chance, or not the generator we specify. */
  private static final List<String> DICE =
      List.of(
          "java.util.Random",
          "java.util.concurrent.ThreadLocalRandom",
          "java.security.SecureRandom");

  private static final List<String> SURROUNDINGS =
      List.of(
          "java.lang.Boolean.getBoolean",
          "java.lang.Class.getDeclaredFields",
          "java.lang.Class.getDeclaredMethods",
          "java.lang.Class.getFields",
          "java.lang.Class.getMethods",
          "java.lang.Integer.getInteger",
          "java.lang.Long.getLong",
          "java.lang.StrictMath.random",
          "java.time.ZoneId.systemDefault",
          "java.util.Calendar.getInstance",
          "java.util.Locale.getDefault",
          "java.util.TimeZone.getDefault",
          "java.util.UUID.randomUUID",
          "java.util.stream.Collectors.groupingByConcurrent",
          "java.util.stream.Collectors.toConcurrentMap",
          "java.util.stream.Collectors.toSet",
          "java.util.stream.Collectors.toUnmodifiableMap",
          "java.util.stream.Collectors.toUnmodifiableSet");

  private Repeatable() {}

  /** Whether the access may give another result in another run. */
  static boolean refuses(JavaAccess<?> access) {
    String owner = access.getTargetOwner().getName();
    String name = access.getTarget().getName();
    String member = owner + "." + name;
    int parameters = parametersOf(access).size();
    boolean constructs = name.equals(JavaConstructor.CONSTRUCTOR_NAME);
    if (owner.equals("java.lang.Math")) {
      return !EXACT_MATH.contains(name);
    }
    if (owner.equals("java.lang.System")) {
      return !name.equals("arraycopy");
    }
    if (owner.equals("java.util.Map") || owner.equals("java.util.Set")) {
      return name.equals("of") || name.equals("ofEntries") || name.equals("copyOf");
    }
    if (member.equals("java.util.stream.Collectors.toMap")) {
      return parameters < 4; // the fourth says which map
    }
    if (member.equals("java.util.stream.Collectors.groupingBy")) {
      return parameters < 3; // the second of three says which map
    }
    if (owner.startsWith("java.time.")) {
      return name.equals("now") || name.startsWith("system") || name.startsWith("tick");
    }
    if (constructs
        && (owner.equals("java.util.SplittableRandom") || owner.equals("java.util.Date"))) {
      return parameters == 0; // with a seed, or a time, it is repeatable
    }
    return (constructs && UNORDERED_COLLECTIONS.contains(owner))
        || DICE.contains(owner)
        || SURROUNDINGS.contains(member)
        || leavesOrderOpen(access, name);
  }

  /** Whether the access makes text of a double or float, or formats. */
  static boolean writesDecimals(JavaAccess<?> access) {
    String owner = access.getTargetOwner().getName();
    String name = access.getTarget().getName();
    boolean decimal =
        parametersOf(access).stream()
            .anyMatch(
                type -> type.isEquivalentTo(double.class) || type.isEquivalentTo(float.class));
    return switch (owner) {
      case "java.lang.Double", "java.lang.Float" -> name.equals("toString");
      case "java.lang.String" ->
          name.equals("format") || name.equals("formatted") || (name.equals("valueOf") && decimal);
      case "java.lang.StringBuilder" -> (name.equals("append") || name.equals("insert")) && decimal;
      default -> false;
    };
  }

  /** By name, because they are inherited: the owner may be any stream or collection. */
  private static boolean leavesOrderOpen(JavaAccess<?> access, String name) {
    boolean stream = access.getTargetOwner().getPackageName().equals("java.util.stream");
    return name.equals("parallelStream")
        || (stream && (name.equals("parallel") || name.equals("findAny")));
  }

  private static List<JavaClass> parametersOf(JavaAccess<?> access) {
    return access.getTarget() instanceof CodeUnitAccessTarget target
        ? target.getRawParameterTypes()
        : List.of();
  }
}
