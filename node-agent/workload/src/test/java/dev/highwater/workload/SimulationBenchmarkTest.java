package dev.highwater.workload;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Goal: the benchmark simulates what it says; how fast is measured elsewhere, never here. */
class SimulationBenchmarkTest {

  @Test
  void everyCountedRequestIsSimulatedWithEverythingOn() {
    SimulationBenchmark benchmark = new SimulationBenchmark(1, 20, 3);
    long requests = benchmark.run(40);
    assertThat(requests).isEqualTo(800_000);
    OutcomeTally tally = benchmark.tally();
    assertThat(requests - tally.total()).as("still in the queues").isBetween(0L, 20L * 21);
    assertThat(tally.count(Outcome.SERVED)).isGreaterThan(400_000);
    assertThat(tally.count(Outcome.LATE)).isPositive();
    assertThat(tally.count(Outcome.TIMED_OUT)).isPositive();
    assertThat(tally.count(2, Outcome.SERVED)).isBetween(5_000L, 16_000L);
    assertThat(tally.latencies().total()).isEqualTo(tally.total() - tally.count(Outcome.REJECTED));
  }
}
