package dev.highwater.rehearsal.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.junit.jupiter.api.Test;

/**
 * Goal: the benchmark measures the published workload, and places it as well as promised at a small
 * size.
 */
class PlacementBenchTest {
  private static String sha256(String text) throws Exception {
    byte[] hash =
        MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
    StringBuilder hex = new StringBuilder();
    for (byte b : hash) {
      hex.append(String.format("%02x", b));
    }
    return hex.toString();
  }

  /** The nodes as CSV, as other generators write them. */
  private static String nodes(PlacementWorkload workload) {
    StringBuilder csv = new StringBuilder("node,cpu_milli,mem_mib\n");
    for (int i = 0; i < workload.nodes(); i++) {
      int size = workload.nodeSize(i);
      csv.append(i)
          .append(',')
          .append(PlacementWorkload.nodeCpuMilli(size))
          .append(',')
          .append(PlacementWorkload.nodeMemoryMib(size))
          .append('\n');
    }
    return csv.toString();
  }

  /** The replicas in the same form. */
  private static String replicas(PlacementWorkload workload) {
    StringBuilder csv = new StringBuilder("instance,batch,tenant,cpu_milli,mem_mib\n");
    for (int i = 0; i < workload.replicas(); i++) {
      int shape = workload.shape(i);
      csv.append(i)
          .append(',')
          .append(i / PlacementWorkload.BATCH)
          .append(',')
          .append(workload.tenant(i))
          .append(',')
          .append(PlacementWorkload.cpuMilli(shape))
          .append(',')
          .append(PlacementWorkload.memoryMib(shape))
          .append('\n');
    }
    return csv.toString();
  }

  @Test
  void workloadIsThePublishedOneToTheByte() throws Exception {
    PlacementWorkload small = new PlacementWorkload(1_000, 10_000, 42);
    assertThat(sha256(nodes(small))).startsWith("470a3e33");
    assertThat(sha256(replicas(small))).startsWith("6b26e58d");
    assertThat(sha256(replicas(new PlacementWorkload(1_000, 23_000, 42)))).startsWith("2fe0c233");
    PlacementWorkload middle = new PlacementWorkload(5_000, 100_000, 42);
    assertThat(sha256(nodes(middle))).startsWith("5939634a");
    assertThat(sha256(replicas(middle))).startsWith("d32e2044");
    assertThat(sha256(replicas(new PlacementWorkload(5_000, 115_000, 42)))).startsWith("28c2374a");
    PlacementWorkload large = new PlacementWorkload(10_000, 200_000, 42);
    assertThat(sha256(nodes(large))).startsWith("53b3c674");
    assertThat(sha256(replicas(large))).startsWith("ef5ea3d6");
  }

  @Test
  void everythingIsPlacedDenselyAt85Percent() {
    PlacementBench.Result result =
        new PlacementBench(new PlacementWorkload(1_000, 20_000, 42), () -> 0).run();
    assertThat(result.placedShare()).isEqualTo(1);
    assertThat(result.nodesUsed()).isLessThanOrEqualTo((int) (result.nodesLowerBound() * 1.05));
    assertThat(result.cpuDensity()).isGreaterThanOrEqualTo(0.99);
  }

  @Test
  void everythingIsPlacedDenselyAt97Percent() {
    PlacementBench.Result result =
        new PlacementBench(new PlacementWorkload(1_000, 23_000, 42), () -> 0).run();
    assertThat(result.placedShare()).isEqualTo(1);
    assertThat(result.nodesUsed()).isLessThanOrEqualTo((int) (result.nodesLowerBound() * 1.02));
    assertThat(result.cpuDensity()).isGreaterThanOrEqualTo(0.99);
  }
}
