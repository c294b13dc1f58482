package dev.highwater.kernel.provisioning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.kernel.provisioning.LeastCostMix.Chosen;
import dev.highwater.kernel.provisioning.LeastCostMix.Demand;
import dev.highwater.kernel.provisioning.LeastCostMix.Offer;
import dev.highwater.model.Resources;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: the search keeps to what nodes may hold, to how many there are, and to its steps. */
class LeastCostMixTest {
  private static final double ANY_COST = Double.POSITIVE_INFINITY;
  private static final Resources CORE = Resources.of(1_000, 1_024);

  private static Demand cores(int count) {
    return new Demand(CORE, count, count);
  }

  private static Offer offer(int cores, int count, double price, Boolean... holds) {
    return new Offer(CORE.times(cores), count, price, List.of(holds));
  }

  private static LeastCostMix search() {
    return new LeastCostMix(LeastCostMix.STEPS_MAX);
  }

  @Test
  void boundedOffersAreUsedAsFarAsTheyGo() {
    assertThat(
            search()
                .find(List.of(cores(10)), List.of(offer(4, 1, 1, true), offer(4, 9, 2, true)), 5.1))
        .containsExactly(
            new Chosen(0, List.of(4)), new Chosen(1, List.of(4)), new Chosen(1, List.of(2)));
  }

  @Test
  void whatBootsIsUsedBeforeWhatCostsMoney() {
    assertThat(
            search()
                .find(List.of(cores(6)), List.of(offer(4, 1, 0, true), offer(2, 9, 1, true)), 3))
        .containsExactly(new Chosen(0, List.of(4)), new Chosen(1, List.of(2)));
  }

  @Test
  void noNodeHoldsWhatItMayNot() {
    assertThat(
            search()
                .find(
                    List.of(cores(2), cores(2)),
                    List.of(offer(4, 9, 1, true, false), offer(4, 9, 3, true, true)),
                    ANY_COST))
        .containsExactly(new Chosen(1, List.of(2, 2)));
    assertThat(search().find(List.of(cores(1)), List.of(offer(4, 9, 1, false)), ANY_COST)).isNull();
  }

  @Test
  void replicasThatMayNotShareANodeGetOneEach() {
    assertThat(
            search().find(List.of(new Demand(CORE, 3, 1)), List.of(offer(4, 9, 1, true)), ANY_COST))
        .hasSize(3);
  }

  @Test
  void twoHalvesOfDevicesMakeNoWhole() {
    Demand halves = new Demand(new Resources(0, 0, 600), 2, 2);
    Offer devices = new Offer(new Resources(8_000, 8_192, 1_000), 9, 1, List.of(true));

    assertThat(search().find(List.of(halves), List.of(devices), ANY_COST)).hasSize(2);
  }

  @Test
  void noMixIsToldThatCostsAsMuchOrThatTheOffersDoNotHold() {
    List<Demand> demands = List.of(cores(4));

    assertThat(search().find(demands, List.of(offer(4, 9, 1, true)), 1)).isNull();
    assertThat(search().find(demands, List.of(offer(3, 1, 1, true)), ANY_COST)).isNull();
  }

  /** One size of 1,000 takes 1,001 states, once: the node can be filled in one way. */
  @Test
  void stepsAreCountedAndSharedByAllSearchesOfAPlan() {
    List<Demand> demands = List.of(cores(1_000));
    List<Offer> offers = List.of(offer(10, 1_000, 1, true));
    LeastCostMix search = new LeastCostMix(1_500);

    assertThat(search.find(demands, offers, ANY_COST)).hasSize(100);
    assertThat(search.find(demands, offers, ANY_COST)).isNull();
    assertThat(search.find(List.of(cores(10)), offers, ANY_COST)).hasSize(1);
  }
}
