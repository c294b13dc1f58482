package dev.highwater.kernel;

import dev.highwater.model.Input;
import dev.highwater.model.Observation;
import dev.highwater.model.Observation.FrontDoorReport;
import dev.highwater.model.Observation.ServiceTraffic;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The last minutes of what front doors reported: enough to rebuild, by observing it again, what a
 * cell's forecasters learned of the load. Exists because soft state has no form of its own to be
 * stored in, and losing all of it at each take-over would cost quality. Latencies are left out:
 * they are most of the volume and say nothing of demand. For one thread.
 */
public final class SoftHistory {
  /** Chosen by us: longer than any horizon, stabilisation window or flap budget. */
  public static final long SPAN_MS = 900_000;

  /** Bounds a snapshot to about four megabytes: an hour of 6 services, ten seconds of 2,000. */
  public static final int TRAFFICS_MAX = 20_000;

  private final Deque<Input> inputs = new ArrayDeque<>();
  private int traffics;

  /** Keeps what an input's front doors said, and what the routes told. */
  public void add(Input input) {
    List<Observation> kept = new ArrayList<>();
    for (Observation observation : input.observations()) {
      if (observation instanceof FrontDoorReport report) {
        kept.add(withoutLatency(report));
      } else if (observation instanceof Observation.UserShares) {
        kept.add(observation);
      }
    }
    if (kept.isEmpty()) {
      return;
    }
    Input bare =
        new Input(input.cell(), input.epoch(), input.sequence(), input.nowMs(), List.of(), kept);
    inputs.add(bare);
    traffics += traffics(bare);
    // An owner that hung hears so many reports at once that the last input alone may be too much.
    while (!inputs.isEmpty()
        && (traffics > TRAFFICS_MAX || input.nowMs() - inputs.getFirst().nowMs() > SPAN_MS)) {
      traffics -= traffics(inputs.removeFirst());
    }
  }

  private static int traffics(Input input) {
    int sum = 0;
    for (Observation observation : input.observations()) {
      sum += observation instanceof FrontDoorReport report ? report.services().size() : 0;
      sum += observation instanceof Observation.UserShares told ? told.shares().size() : 0;
    }
    return sum;
  }

  private static FrontDoorReport withoutLatency(FrontDoorReport report) {
    List<ServiceTraffic> bare =
        report.services().stream().map(ServiceTraffic::withoutLatency).toList();
    return new FrontDoorReport(report.atMs(), report.startedAtMs(), bare);
  }

  /** Oldest first. */
  public List<Input> inputs() {
    return List.copyOf(inputs);
  }
}
