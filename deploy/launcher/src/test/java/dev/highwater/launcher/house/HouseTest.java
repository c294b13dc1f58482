package dev.highwater.launcher.house;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Goal: the product keeps each rule of the house, and each rule refuses those who break it. */
class HouseTest {
  private static final String ROOT = "dev.highwater";
  private static final String TRESPASS = "dev.highwater.launcher.house.trespass";
  private static final House HOUSE = new House(ROOT);
  private static final House TRESPASSED = new House(TRESPASS);

  private static final JavaClasses PRODUCT =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages(ROOT);
  private static final JavaClasses TRESPASSERS = new ClassFileImporter().importPackages(TRESPASS);

  static Set<String> names() {
    return HOUSE.rules().keySet();
  }

  @Test
  void everyModuleIsLookedAt() {
    SortedSet<String> modules =
        PRODUCT.stream()
            .map(type -> type.getPackageName().substring(ROOT.length() + 1).split("\\.")[0])
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(modules).isEqualTo(House.SEEN_BY_MODULE.keySet());
  }

  @ParameterizedTest
  @MethodSource("names")
  void productKeepsTheRule(String name) {
    rule(HOUSE, name).check(PRODUCT);
  }

  @ParameterizedTest
  @MethodSource("names")
  void ruleRefusesTrespassers(String name) {
    if (name.equals("arrows-of-launcher")) {
      return; // it may see all
    }
    assertThat(rule(TRESPASSED, name).evaluate(TRESPASSERS).hasViolation()).isTrue();
  }

  @Test
  void arrowsRefuseWhatIsNotDrawnAndNothingElse() {
    House.SEEN_BY_MODULE.forEach(
        (module, seen) -> {
          SortedSet<String> refused = new TreeSet<>();
          String report = report("arrows-of-" + module);
          House.SEEN_BY_MODULE.keySet().stream()
              .filter(other -> report.contains("<" + TRESPASS + "." + other + ".Trespasser> in"))
              .forEach(refused::add);
          SortedSet<String> undrawn = new TreeSet<>(House.SEEN_BY_MODULE.keySet());
          undrawn.remove(module);
          undrawn.removeAll(seen);
          assertThat(refused).as(module).isEqualTo(undrawn);
        });
  }

  @Test
  void eachUnrepeatableCallIsRefused() {
    assertThat(refusedMethods("pure-rooms-are-repeatable", "Unrepeatable"))
        .isEqualTo(methods("kernel.Unrepeatable"));
  }

  @Test
  void eachDecimalInWordsIsRefused() {
    assertThat(refusedMethods("kernel-puts-no-decimals-into-words", "Wordy"))
        .isEqualTo(methods("kernel.Wordy"));
  }

  @Test
  void repeatableCallsPass() {
    assertThat(refusedMethods("pure-rooms-are-repeatable", "Sober")).isEmpty();
  }

  private static ArchRule rule(House house, String name) {
    return Objects.requireNonNull(house.rules().get(name), name);
  }

  private static String report(String name) {
    return String.join(
        "\n", rule(TRESPASSED, name).evaluate(TRESPASSERS).getFailureReport().getDetails());
  }

  /** Names of the methods of a trespassing class that a rule reports. */
  private static SortedSet<String> refusedMethods(String name, String type) {
    Matcher matcher =
        Pattern.compile(
                "^Method <" + Pattern.quote(TRESPASS + ".kernel." + type) + "\\.(\\w+)",
                Pattern.MULTILINE)
            .matcher(report(name));
    return matcher
        .results()
        .map(match -> match.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static SortedSet<String> methods(String type) {
    return TRESPASSERS.get(TRESPASS + "." + type).getMethods().stream()
        .map(JavaMethod::getName)
        .filter(name -> !name.startsWith("lambda$"))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
