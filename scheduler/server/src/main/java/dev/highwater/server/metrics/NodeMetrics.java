package dev.highwater.server.metrics;

import dev.highwater.model.CellSnapshot;
import dev.highwater.model.CellSnapshot.NodeState;
import dev.highwater.model.CellSnapshot.NodeStatus;
import dev.highwater.model.CellSnapshot.PoolStatus;
import dev.highwater.model.Resources;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** What capacity there is and who has it, per node and per pool. Stateless. */
final class NodeMetrics implements SnapshotBinder {
  private static final double MILLI = 1_000;
  private static final double BYTES_PER_MIB = 1 << 20;

  /** What a pool's nodes add up to. */
  private static final class PoolSum {
    Resources capacity = Resources.NONE;
    Resources allocated = Resources.NONE;
    int silent;
    int draining;
  }

  @Override
  public void read(CellSnapshot cell, Series series) {
    SortedMap<String, PoolSum> sums = new TreeMap<>();
    for (NodeStatus node : cell.nodes()) {
      add(node, sums.computeIfAbsent(node.pool(), pool -> new PoolSum()));
      read(cell, node, series);
    }
    for (PoolStatus pool : cell.pools()) {
      read(cell, pool, sums.getOrDefault(pool.pool(), new PoolSum()), series);
    }
  }

  private static void add(NodeStatus node, PoolSum sum) {
    sum.capacity = sum.capacity.plus(node.total());
    sum.allocated = sum.allocated.plus(node.allocated());
    sum.silent += node.state() == NodeState.SILENT ? 1 : 0;
    boolean closed = node.state() == NodeState.DRAINING || node.state() == NodeState.CORDONED;
    sum.draining += closed ? 1 : 0;
  }

  private static void read(CellSnapshot cell, NodeStatus node, Series series) {
    List<String> labels = List.of(cell.cell(), node.pool(), node.node());
    Resources total = node.total();
    Resources allocated = node.allocated();
    series.add(MetricNames.NODE_CPU_CAPACITY, total.cpuMilli() / MILLI, labels);
    series.add(MetricNames.NODE_CPU_ALLOCATED, allocated.cpuMilli() / MILLI, labels);
    series.add(MetricNames.NODE_MEMORY_CAPACITY, total.memoryMib() * BYTES_PER_MIB, labels);
    series.add(MetricNames.NODE_MEMORY_ALLOCATED, allocated.memoryMib() * BYTES_PER_MIB, labels);
    if (total.gpuMilli() > 0) {
      series.add(MetricNames.NODE_GPU_CAPACITY, total.gpuMilli() / MILLI, labels);
      series.add(MetricNames.NODE_GPU_ALLOCATED, allocated.gpuMilli() / MILLI, labels);
    }
    series.add(MetricNames.NODE_PLACED, node.replicas(), labels);
    // The node's clock may be ahead of the cell's time.
    double ageSeconds = Math.max(0, cell.nowMs() - node.lastReportMs()) / MILLI;
    series.add(MetricNames.NODE_REPORT_AGE, ageSeconds, labels);
    series.add(
        MetricNames.NODE_INFO,
        1,
        List.of(cell.cell(), node.pool(), node.node(), node.zone(), Metric.code(node.state())));
  }

  private static void read(CellSnapshot cell, PoolStatus pool, PoolSum sum, Series series) {
    List<String> labels = List.of(cell.cell(), pool.pool());
    series.add(MetricNames.POOL_TARGET, pool.target(), labels);
    series.add(MetricNames.POOL_READY, pool.ready(), labels);
    series.add(MetricNames.POOL_BOOTING, pool.booting(), labels);
    series.add(MetricNames.POOL_SILENT, sum.silent, labels);
    series.add(MetricNames.POOL_DRAINING, sum.draining, labels);
    series.add(MetricNames.POOL_MIN, pool.nodesMin(), labels);
    series.add(MetricNames.POOL_MAX, pool.nodesMax(), labels);
    series.add(MetricNames.POOL_CPU_CAPACITY, sum.capacity.cpuMilli() / MILLI, labels);
    series.add(MetricNames.POOL_CPU_ALLOCATED, sum.allocated.cpuMilli() / MILLI, labels);
    series.add(MetricNames.POOL_MEMORY_CAPACITY, sum.capacity.memoryMib() * BYTES_PER_MIB, labels);
    series.add(
        MetricNames.POOL_MEMORY_ALLOCATED, sum.allocated.memoryMib() * BYTES_PER_MIB, labels);
    series.add(MetricNames.POOL_PRICE, pool.pricePerHour(), labels);
  }
}
