package dev.highwater.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Goal: a number of replicas is not called one of nodes. */
class RefusalWordsTest {
  @ParameterizedTest
  @CsvSource({
    "quota, 5, quota refused 5 replicas",
    "budget, 1, the budget refused 1 replica",
    "taken-back, 2, 2 replicas taken back",
    "larger-than-any-node, 3, 3 replicas larger than any node",
    "cpu, 9, cpu refused 9 nodes",
    "zone-skew, 1, zone-skew refused 1 node",
    "residency, 0, residency refused 0 nodes",
    "no-node, 0, there is no node",
    "not-counted, 5000, refusals of 5000 nodes not counted"
  })
  void eachReasonSaysWhatItCounts(String reason, int count, String words) {
    SortedMap<String, Integer> refusals = new TreeMap<>();
    refusals.put(reason, count);
    assertThat(RefusalWords.of(refusals)).isEqualTo(words);
  }
}
