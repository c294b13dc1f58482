package dev.highwater.rehearsal.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.highwater.model.InvalidInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class OpenbBenchTest {
  private static OpenbBench small() {
    List<String> nodes = new ArrayList<>(List.of("sn,cpu_milli,memory_mib,gpu,model"));
    for (int i = 0; i < 40; i++) {
      nodes.add("n" + i + ",512000,2621440," + (i % 4 == 0 ? 8 : 4) + ",G");
    }
    SplittableRandom random = new SplittableRandom(1);
    List<String> tasks =
        new ArrayList<>(List.of("name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec"));
    for (int i = 0; i < 400; i++) {
      int part = List.of(1_000, 500, 500, 250).get(random.nextInt(4));
      tasks.add("t" + i + "," + 4_000 * (1 + random.nextInt(3)) + ",8192,1," + part + ",");
    }
    return new OpenbBench(nodes, tasks);
  }

  @Test
  void overloadFillsMostDevicesAndEqualSeedsAreEqual() {
    OpenbBench bench = small();
    double ratio = bench.allocationRatio(42, 1.3);
    assertThat(ratio).isBetween(0.95, 1.0);
    assertThat(bench.allocationRatio(42, 1.3)).isEqualTo(ratio);
    assertThat(bench.run(3, 1.3).mean()).isBetween(95.0, 100.0);
  }

  @Test
  void brokenLineIsNamed() {
    assertThatThrownBy(() -> new OpenbBench(List.of("header", "n0,12"), List.of("header")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("line 2");
  }
}
