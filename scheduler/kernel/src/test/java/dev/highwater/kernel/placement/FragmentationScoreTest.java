package dev.highwater.kernel.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.highwater.kernel.placement.FragmentationScore.TaskType;
import dev.highwater.kernel.state.NodeTable;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Goal: what a node's free devices are good for is counted as tasks would really use them. */
class FragmentationScoreTest {
  /** A node of 8 cores and one kind of task. */
  @ParameterizedTest
  @CsvSource({
    "3, 0, 1000, 1, all are taken one by one",
    "4, 0, 2000, 1, two by two",
    "3, 0, 2000, 0.666667, two by two leave one",
    "3, 4000, 1000, 0.666667, for the third there is no cpu",
    "4, 8000, 2000, 0.5, nor for the second pair",
    "1, 0, 2000, 0, a pair needs two",
    "2, 0, 300, 0.9, a tenth of each is left of three parts",
    "2, 0, 0, 1, who needs none strands none",
  })
  void devicesAreUsefulAsFarAsTasksFit(
      int devices, int cpuMilli, int gpuMilli, double useful, String why) {
    NodeTable table = new NodeTable();
    int slot = table.addNode(table.addPartition(), 8_000, 64_000, devices);
    TaskType task = new TaskType(cpuMilli, 1_000, gpuMilli, 3);
    assertThat(new FragmentationScore(List.of(task)).useful(table, slot))
        .as(why)
        .isCloseTo(useful, within(1e-6));
  }
}
