package dev.highwater.launcher.bench;

import dev.highwater.launcher.rehearse.ReplayOptions;
import dev.highwater.launcher.rehearse.ScenarioFiles;
import dev.highwater.launcher.rehearse.ScenarioFiles.Loaded;
import dev.highwater.launcher.rehearse.ScenarioFiles.UnreadableFileException;
import dev.highwater.model.BootTime;
import dev.highwater.model.Capacity;
import dev.highwater.model.NodePool;
import dev.highwater.model.Resources;
import dev.highwater.model.ScheduleFloor;
import dev.highwater.model.Service;
import dev.highwater.rehearsal.PolicyChoice;
import dev.highwater.rehearsal.Rehearsal;
import dev.highwater.rehearsal.RunObserver;
import dev.highwater.rehearsal.RunResult;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.ScenarioException;
import dev.highwater.workload.Fidelity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Replays one recorded series after the other under every policy. Immutable; its rehearsals run on
 * the pool's threads.
 *
 * @param scenario whose only service is given the series as its load
 * @param policies the judged one first; {@code perfect-reactive} is also run at its replica-hours
 * @param days at most so many of a series; null for all
 * @param warmNodes whether there is room for every replica at once
 * @param admission for every run; null means as the plan says
 */
record ScalingReplay(
    Path scenario,
    List<String> policies,
    int peakReplicas,
    @Nullable Integer days,
    boolean warmNodes,
    Fidelity fidelity,
    @Nullable Boolean admission,
    ExecutorService pool) {
  private static final String SERVICE = "web/site";
  private static final long DAY_MS = 86_400_000;
  private static final String REACTIVE = "perfect-reactive";

  /** Replica-hours that differ by no more are equal. */
  private static final double EQUAL = 0.001;

  private static final int TRIES_MAX = 8;

  /** A margin is told with three digits. */
  private static final double MARGIN_STEP = 0.001;

  ScalingReplay {
    policies = List.copyOf(policies);
  }

  ScalingRow run(ScalingPlan.Line line, Path file, int boot)
      throws ScenarioException, UnreadableFileException, IOException {
    ReplayOptions replay =
        ReplayOptions.of(
            SERVICE, file, peakReplicas, line.interpolation(), line.from(), line.length());
    if (!line.declared().isEmpty()) {
      replay.declare(line.declared());
    }
    Loaded read = replay.apply(ScenarioFiles.read(scenario));
    boolean admits = admission == null ? line.admission() : admission;
    Scenario night = set(read.scenario(), boot, admits);
    if (days != null && night.durationMs() > days * DAY_MS) {
      night = night.ending(days * DAY_MS);
    }
    Loaded loaded = new Loaded(night, read.traces());
    ScheduleFloor schedule = line.schedule();
    Loaded scheduled = schedule == null ? loaded : scheduled(loaded, schedule);
    List<RunResult> results = new ArrayList<>(results(loaded, scheduled, policies));
    RunResult own = results.get(0);
    for (RunResult result : List.copyOf(results)) {
      if (result.policy().equals(REACTIVE)) {
        results.add(atEqualHours(loaded, own.replicaHours(), result));
      }
    }
    return new ScalingRow(line, boot, admits, results);
  }

  /**
   * Hours rise with the margin, in steps where whole replicas are few: so the margin is looked for
   * between one that costs less and one that costs more, and what came nearest is compared.
   */
  private RunResult atEqualHours(Loaded loaded, double hours, RunResult withoutMargin)
      throws IOException {
    boolean less = withoutMargin.replicaHours() <= hours;
    double low = less ? 1 : 0;
    double high = less ? Double.POSITIVE_INFINITY : 1;
    double atLow = less ? withoutMargin.replicaHours() : 0;
    double atHigh = less ? Double.POSITIVE_INFINITY : withoutMargin.replicaHours();
    double margin = hours / withoutMargin.replicaHours();
    RunResult nearest = withoutMargin;
    for (int tries = 0; tries < TRIES_MAX && high - low > MARGIN_STEP; tries++) {
      RunResult next = reactive(loaded, margin);
      double had = next.replicaHours();
      boolean nearer = Math.abs(had - hours) < Math.abs(nearest.replicaHours() - hours);
      nearest = tries == 0 || nearer ? next : nearest;
      if (Math.abs(had / hours - 1) <= EQUAL) {
        break;
      }
      if (had < hours) {
        low = margin;
        atLow = had;
      } else {
        high = margin;
        atHigh = had;
      }
      double part = Math.min(0.9, Math.max(0.1, (hours - atLow) / (atHigh - atLow)));
      margin = Double.isInfinite(high) ? margin * hours / had : low + part * (high - low);
    }
    return nearest;
  }

  private RunResult reactive(Loaded loaded, double margin) throws IOException {
    String policy = REACTIVE + ":" + String.format(Locale.ROOT, "%.3f", margin);
    return results(loaded, loaded, List.of(policy)).get(0);
  }

  private Scenario set(Scenario night, int boot, boolean admits) {
    List<Service> services = new ArrayList<>();
    for (Service service : night.services()) {
      services.add(booting(service, BootTime.exactly(1_000L * boot)));
    }
    return night.edit(
        draft -> {
          draft.services = services;
          draft.admission = admits;
          draft.fidelity = fidelity;
          if (warmNodes) {
            draft.pools = night.pools().stream().map(p -> roomy(p, services)).toList();
          }
        });
  }

  /** The same night for who is told of it by schedules. */
  private static Loaded scheduled(Loaded loaded, ScheduleFloor floor) {
    List<Service> services = new ArrayList<>();
    for (Service service : loaded.scenario().services()) {
      services.add(service.withScaling(service.scaling().withSchedules(List.of(floor))));
    }
    Scenario night = loaded.scenario().edit(draft -> draft.services = services);
    return new Loaded(night, loaded.traces());
  }

  private static Service booting(Service s, BootTime boot) {
    Capacity c = s.capacity();
    return s.withCapacity(
        new Capacity(
            c.concurrency(),
            c.meanServiceMs(),
            c.serviceScv(),
            c.law(),
            c.queueMax(),
            c.clientTimeoutMs(),
            c.balancing(),
            boot,
            c.serialRatePerSecondMax(),
            c.serialShards()));
  }

  /** A pool of one node that is there from the start and holds every replica there may be. */
  private static NodePool roomy(NodePool p, List<Service> services) {
    Resources all = Resources.NONE;
    for (Service service : services) {
      all = all.plus(service.resources().times(service.scaling().replicasMax()));
    }
    return new NodePool(
        p.cell(),
        p.name(),
        all,
        p.zones(),
        p.labels(),
        p.taints(),
        p.pricePerHour(),
        p.purchase(),
        p.boot(),
        1,
        1,
        0,
        p.scaleInDelayMs());
  }

  /**
   * @param scheduled what {@code cron} is told instead, which reads no events
   */
  private List<RunResult> results(Loaded plain, Loaded scheduled, List<String> names)
      throws IOException {
    List<Future<RunResult>> running = new ArrayList<>();
    for (String name : names) {
      PolicyChoice choice = PolicyChoice.parse(name);
      Loaded loaded = choice.readsSchedulesOnly() ? scheduled : plain;
      running.add(
          pool.submit(
              () ->
                  new Rehearsal(loaded.scenario(), loaded.traces(), choice, RunObserver.NONE)
                      .run()));
    }
    List<RunResult> results = new ArrayList<>();
    try {
      for (Future<RunResult> one : running) {
        results.add(one.get());
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("the rehearsal failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    return results;
  }
}
