package dev.highwater.launcher.rehearse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.rehearsal.PolicyChoice;
import dev.highwater.rehearsal.Rehearsal;
import dev.highwater.rehearsal.RunObserver;
import dev.highwater.rehearsal.RunResult;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.workload.Fidelity;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: what the published scenarios of residency, lost cells, ticket releases and the long tail
 * expect holds for {@code slo}, and is missed by {@code fixed} and by {@code hpa}.
 *
 * <p>Fluid and in part, so that the test is fast.
 */
class HardNightsTest {
  private static final long MINUTE_MS = 60_000;

  /** A scenario, and the part of it that says most. */
  record Night(String file, UnaryOperator<Scenario> part) {
    @Override
    public String toString() {
      return file;
    }
  }

  static Stream<Night> nights() {
    return Stream.of(
        new Night("residency", night -> night.ending(7 * MINUTE_MS)),
        new Night("fourteen-cells", night -> night),
        new Night(
            "spring-festival-12306",
            // Until the line for the hot train is gone too.
            night -> Shift.by(night, 475 * MINUTE_MS).ending(35 * MINUTE_MS)),
        new Night("tail-874k", night -> thinned(night, 50)));
  }

  /**
   * Every so many of the services, and 1,000 idle tenants; the whole tail is a matter of time, not
   * of kind.
   */
  private static Scenario thinned(Scenario night, int step) {
    return night.edit(
        draft -> {
          draft.tenants = night.tenants().subList(0, 3_000);
          draft.services = each(night.services(), step);
          draft.loads = each(night.loads(), step);
        });
  }

  private static <T> List<T> each(List<T> all, int step) {
    return IntStream.range(0, all.size())
        .filter(i -> i % step == step - 1)
        .mapToObj(all::get)
        .toList();
  }

  private static RunResult rehearse(Scenario scenario, String policy) {
    return new Rehearsal(scenario, Map.of(), PolicyChoice.parse(policy), RunObserver.NONE).run();
  }

  @ParameterizedTest
  @MethodSource("nights")
  void sloKeepsWhatIsExpectedAndBaselinesMissIt(Night night) throws Exception {
    Scenario read = ScenarioFiles.read(Path.of("../scenarios", night.file() + ".yaml")).scenario();
    Scenario part = night.part().apply(read).edit(draft -> draft.fidelity = Fidelity.FLUID);

    RunResult slo = rehearse(part, "slo");
    assertThat(slo.misses()).as("seed %s, audit %s", part.seed(), slo.auditMessages()).isEmpty();
    assertThat(rehearse(part, "fixed").misses()).as("fixed").isNotEmpty();
    assertThat(rehearse(part, "hpa").misses()).as("hpa").isNotEmpty();
  }
}
