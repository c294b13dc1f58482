package dev.highwater.rehearsal.bench;

import dev.highwater.kernel.placement.DeviceScore;
import dev.highwater.kernel.placement.FragmentationScore;
import dev.highwater.kernel.placement.Group;
import dev.highwater.kernel.placement.Placer;
import dev.highwater.kernel.state.NodeTable;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.rehearsal.Estimate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Measures how much of a cluster's GPUs gets allocated, by the published method of the FGD paper
 * (USENIX ATC 2023): the task list is inflated with tasks drawn from it until the GPUs asked for
 * reach a load of the GPUs that exist, shuffled, and placed one after the other; what does not fit
 * is refused, and nothing leaves.
 *
 * <p>Stateless but for the lists; any number of runs.
 */
public final class OpenbBench {
  /** A node of the list. */
  private record Node(int cpuMilli, int memoryMib, int devices) {}

  /** A task of the list. */
  private record Task(int cpuMilli, int memoryMib, int gpuMilli) {}

  private final List<Node> nodes = new ArrayList<>();
  private final List<Task> tasks = new ArrayList<>();

  /**
   * Reads the two lists.
   *
   * @param nodeLines CSV with a header {@code sn,cpu_milli,memory_mib,gpu,model}
   * @param taskLines CSV with a header {@code name,cpu_milli,memory_mib,num_gpu,gpu_milli,...}
   * @throws InvalidInputException with the line that is wrong
   */
  public OpenbBench(List<String> nodeLines, List<String> taskLines) {
    for (int i = 1; i < nodeLines.size(); i++) {
      int[] v = numbers("nodes", nodeLines, i, 3);
      nodes.add(new Node(v[0], v[1], v[2]));
    }
    for (int i = 1; i < taskLines.size(); i++) {
      int[] v = numbers("tasks", taskLines, i, 4);
      int gpu = v[2] == 0 ? 0 : v[2] == 1 ? v[3] : v[2] * 1_000;
      tasks.add(new Task(v[0], v[1], gpu));
    }
  }

  private static int[] numbers(String list, List<String> lines, int line, int count) {
    List<String> fields = List.of(lines.get(line).split(",", -1));
    int[] values = new int[count];
    try {
      for (int i = 0; i < count; i++) {
        values[i] = Integer.parseInt(fields.get(i + 1).trim());
      }
    } catch (NumberFormatException | IndexOutOfBoundsException e) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE,
          list + " line " + (line + 1),
          lines.get(line),
          "must hold a name and " + count + " whole numbers");
    }
    return values;
  }

  /** GPU allocation ratio over several runs, in percent: mean and sample standard deviation. */
  public record Result(int seeds, double mean, double sd) {}

  /**
   * Runs with seeds 42, 43, and so on.
   *
   * @param seeds number of runs, at least 1
   */
  public Result run(int seeds, double loadRatio) {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < seeds; i++) {
      ratios.add(100 * allocationRatio(42 + i, loadRatio));
    }
    Estimate all = Estimate.of(ratios);
    return new Result(seeds, all.mean(), seeds == 1 ? 0 : all.standardDeviation());
  }

  /**
   * Runs once.
   *
   * @param loadRatio GPUs asked for over GPUs that exist, such as 1.3
   * @return share of the GPUs that was allocated, 0 to 1
   */
  public double allocationRatio(long seed, double loadRatio) {
    NodeTable table = new NodeTable();
    int partition = table.addPartition();
    long gpus = 0;
    for (Node node : nodes) {
      table.addNode(partition, node.cpuMilli(), node.memoryMib(), node.devices());
      gpus += node.devices() * 1_000L;
    }
    List<Task> arriving = inflate(new SplittableRandom(seed), (long) (loadRatio * gpus));
    Placer placer = new Placer(score());
    int[][] usable = {{partition}};
    int[] slots = new int[1];
    long allocated = 0;
    for (Task task : arriving) {
      Group group =
          new Group(task.cpuMilli(), task.memoryMib(), task.gpuMilli(), usable, new int[1], 0);
      allocated += placer.place(table, group, 1, slots, 0) * (long) task.gpuMilli();
    }
    return allocated / (double) gpus;
  }

  private List<Task> inflate(SplittableRandom random, long gpuMilli) {
    List<Task> arriving = new ArrayList<>(tasks);
    long asked = 0;
    for (Task task : tasks) {
      asked += task.gpuMilli();
    }
    while (asked < gpuMilli) {
      Task task = tasks.get(random.nextInt(tasks.size()));
      arriving.add(task);
      asked += task.gpuMilli();
    }
    for (int i = arriving.size() - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      Task swap = arriving.get(i);
      arriving.set(i, arriving.get(j));
      arriving.set(j, swap);
    }
    return arriving;
  }

  private DeviceScore score() {
    Map<Task, Integer> counts = new LinkedHashMap<>();
    for (Task task : tasks) {
      counts.merge(task, 1, Integer::sum);
    }
    List<FragmentationScore.TaskType> types = new ArrayList<>();
    counts.forEach(
        (task, count) ->
            types.add(
                new FragmentationScore.TaskType(
                    task.cpuMilli(), task.memoryMib(), task.gpuMilli(), count)));
    return new FragmentationScore(types);
  }
}
