package dev.highwater.kernel.sharing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: thousands who find nothing cost bounded time, and hold up nobody behind them for long. */
class TakeBackTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 128, 129, 1_000, 10_000})
  void everybodyIsTriedWithinTheirRoundAndTheFirstAlways(int services) {
    List<Integer> inTurn = IntStream.range(0, services).boxed().toList();
    TreeSet<Integer> missing = new TreeSet<>(inTurn);
    int rounds = 1 + services / TakeBack.TRIED_MAX;
    for (int second = 0; second < rounds; second++) {
      List<Integer> tried = TakeBack.tried(inTurn, 1_478_880_000_000L + second * 1_000L);
      assertThat(tried)
          .hasSizeLessThanOrEqualTo(2 * TakeBack.TRIED_MAX)
          .doesNotHaveDuplicates()
          .containsAll(inTurn.subList(0, Math.min(services, TakeBack.TRIED_MAX)));
      tried.forEach(missing::remove);
    }
    assertThat(missing).as("not tried within %s seconds", rounds).isEmpty();
  }
}
