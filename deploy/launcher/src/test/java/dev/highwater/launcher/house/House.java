package dev.highwater.launcher.house;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.NullMarked;

/**
 * The rules that keep the modules apart and the deciding code repeatable.
 *
 * <p>They are written for any root package, so that {@link HouseTest} can hold them against the
 * product and also show that each refuses the trespassers of its test sources. Immutable.
 */
final class House {
  /** What each module may see beside itself. */
  static final SortedMap<String, List<String>> SEEN_BY_MODULE = new TreeMap<>();

  static {
    SEEN_BY_MODULE.put("model", List.of());
    SEEN_BY_MODULE.put("kernel", List.of("model"));
    SEEN_BY_MODULE.put("workload", List.of("model"));
    SEEN_BY_MODULE.put("rehearsal", List.of("model", "kernel", "workload"));
    SEEN_BY_MODULE.put("http", List.of("model"));
    SEEN_BY_MODULE.put("server", List.of("model", "kernel", "http"));
    SEEN_BY_MODULE.put("agent", List.of("model", "workload"));
    SEEN_BY_MODULE.put("client", List.of("model"));
    SEEN_BY_MODULE.put("cli", List.of("model", "client"));
    SEEN_BY_MODULE.put("launcher", List.copyOf(SEEN_BY_MODULE.keySet()));
  }

  private final String root;

  House(String root) {
    this.root = root;
  }

  /** All rules by name. */
  SortedMap<String, ArchRule> rules() {
    SortedMap<String, ArchRule> rules = new TreeMap<>();
    SEEN_BY_MODULE.forEach(
        (module, seen) -> rules.put("arrows-of-" + module, arrows(module, seen)));
    rules.put("every-class-is-in-a-module", everyClassIsInAModule());
    rules.put("pure-rooms-know-no-platform", pureRoomsKnowNoPlatform());
    rules.put("kernel-and-workload-are-plain", kernelAndWorkloadArePlain());
    rules.put("kernel-and-workload-know-no-json", kernelAndWorkloadKnowNoJson());
    rules.put("kernel-puts-no-decimals-into-words", kernelPutsNoDecimalsIntoWords());
    rules.put("auditor-sees-model-only", auditorSeesModelOnly());
    rules.put("hazelcast-is-the-servers", hazelcastIsTheServers());
    rules.put("pure-rooms-are-repeatable", pureRoomsAreRepeatable());
    rules.put("packages-have-no-cycles", packagesHaveNoCycles());
    rules.put("names-say-what-a-thing-is", namesSayWhatAThingIs());
    rules.put("packages-are-null-marked", packagesAreNullMarked());
    return rules;
  }

  private String in(String module) {
    return root + "." + module + "..";
  }

  private String[] pureRooms() {
    return new String[] {in("model"), in("kernel"), in("workload"), in("rehearsal")};
  }

  private ArchRule arrows(String module, List<String> seen) {
    List<String> unseen = new ArrayList<>();
    for (String other : SEEN_BY_MODULE.keySet()) {
      if (!other.equals(module) && !seen.contains(other)) {
        unseen.add(in(other));
      }
    }
    return noClasses()
        .that()
        .resideInAPackage(in(module))
        .should()
        .dependOnClassesThat(resideInAnyPackage(unseen.toArray(String[]::new)))
        .allowEmptyShould(true);
  }

  private ArchRule everyClassIsInAModule() {
    String[] modules = SEEN_BY_MODULE.keySet().stream().map(this::in).toArray(String[]::new);
    return classes().should().resideInAnyPackage(modules);
  }

  private ArchRule pureRoomsKnowNoPlatform() {
    return noClasses()
        .that()
        .resideInAnyPackage(pureRooms())
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                    "io.vertx..",
                    "io.netty..",
                    "com.hazelcast..",
                    "io.micrometer..",
                    "java.net..",
                    "java.nio.channels..",
                    "java.nio.file..",
                    "java.sql..",
                    "java.util.logging..",
                    "org.slf4j..")
                // A stream or reader that is handed in is fine; opening one is not.
                .or(nameMatching("java\\.io\\.(File|Random|Console|Print|Object).*")));
  }

  private ArchRule kernelAndWorkloadArePlain() {
    return classes()
        .that()
        .resideInAnyPackage(in("kernel"), in("workload"))
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                    root + "..",
                    "java.lang",
                    "java.lang.annotation",
                    "java.lang.invoke",
                    "java.lang.runtime",
                    "java.math",
                    "java.time",
                    "java.util",
                    "java.util.function",
                    "java.util.stream",
                    "org.jspecify..")
                .or(equivalentTo(Serializable.class)) // a lambda's own business
                .and(not(equivalentTo(Thread.class))))
        .allowEmptyShould(true);
  }

  private ArchRule kernelAndWorkloadKnowNoJson() {
    return noClasses()
        .that()
        .resideInAnyPackage(in("kernel"), in("workload"))
        .should()
        .dependOnClassesThat(resideInAnyPackage(in("model.json"), "com.fasterxml.."));
  }

  /** Double.toString gives other digits from JDK 19 on, so that a text would split the hashes. */
  private ArchRule kernelPutsNoDecimalsIntoWords() {
    return noClasses()
        .that()
        .resideInAPackage(in("kernel"))
        .should()
        .accessTargetWhere(access("writes a decimal number as text", Repeatable::writesDecimals));
  }

  private ArchRule auditorSeesModelOnly() {
    return noClasses()
        .that()
        .resideInAPackage(in("kernel.audit"))
        .should()
        .dependOnClassesThat(
            resideInAPackage(in("kernel")).and(not(resideInAPackage(in("kernel.audit")))))
        .allowEmptyShould(true);
  }

  private ArchRule hazelcastIsTheServers() {
    return noClasses()
        .that()
        .resideOutsideOfPackages(in("server"), in("launcher"))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("com.hazelcast..", "io.vertx.spi.cluster.hazelcast.."));
  }

  private ArchRule pureRoomsAreRepeatable() {
    return noClasses()
        .that()
        .resideInAnyPackage(pureRooms())
        .should()
        .accessTargetWhere(
            access(
                "is a clock, chance, the surroundings, or of unspecified order or digits",
                Repeatable::refuses));
  }

  private ArchRule packagesHaveNoCycles() {
    return slices().matching(root + ".(**)").should().beFreeOfCycles();
  }

  private ArchRule namesSayWhatAThingIs() {
    return noClasses()
        .should()
        .haveNameMatching(".*(Manager|Helper|Utils?|Impl)(\\$.*)?")
        .orShould()
        .resideInAnyPackage("..util..", "..utils..", "..impl..", "..common..", "..misc..");
  }

  /** NullAway looks at marked packages only, so one without a mark would go unchecked. */
  private ArchRule packagesAreNullMarked() {
    SortedSet<String> marked = new TreeSet<>();
    return classes()
        .should(
            new ArchCondition<>("reside in a package marked with NullMarked") {
              @Override
              public void check(JavaClass type, ConditionEvents events) {
                String name = type.getPackageName();
                if (marked.contains(name)) {
                  return;
                }
                if (type.getPackage().isAnnotatedWith(NullMarked.class)) {
                  marked.add(name);
                } else {
                  events.add(SimpleConditionEvent.violated(type, type.getName() + " is unmarked"));
                }
              }
            });
  }

  private static DescribedPredicate<JavaAccess<?>> access(
      String description, Predicate<JavaAccess<?>> predicate) {
    return describe(description, predicate);
  }
}
