package dev.highwater.kernel;

import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.kernel.state.Traffic;
import dev.highwater.model.Decision;
import dev.highwater.model.Explanation;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.NodePool;
import dev.highwater.model.Observation;
import dev.highwater.model.Observation.ServiceTraffic;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SpecChange;
import dev.highwater.model.view.EventReadiness;
import dev.highwater.model.view.Plan.CellPlan;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Says what a change of specs would do, by the same kernel and without doing it.
 *
 * <p>The change is decided on a copy of the state, and then one tick more, a second later, under
 * the changed specs and with the load that was last reported going on. So the answer is what the
 * live owner would decide next, not what a second implementation believes. The same two ticks
 * without the change tell what would be decided anyway, which is left out. When asked, a longer
 * span is foreseen too, {@link Foresight}. Stateless.
 */
public final class Plan {
  /** Time from the change to the tick that the plan shows: a report interval. */
  private static final long TICK_MS = 1_000;

  private Plan() {}

  /**
   * Decides on copies.
   *
   * @param state left as it is
   * @param changes as the store would hand them to the owner
   * @param forMs for how long ahead to look besides; 0 not at all
   */
  public static CellPlan of(Kernel kernel, CellState state, List<SpecChange> changes, long forMs) {
    CellState copy = state.copy();
    List<Fact> facts = new ArrayList<>();
    Decision next = twice(kernel, copy, changes, facts);
    List<Fact> anyway = new ArrayList<>();
    twice(kernel, state.copy(), List.of(), anyway);
    Set<Fact> effects = new LinkedHashSet<>(facts);
    anyway.forEach(effects::remove);
    List<EventReadiness> events = new ArrayList<>();
    for (SpecChange change : changes) {
      EventReadiness readiness =
          change.spec() instanceof PeakEvent event ? Readiness.of(copy, event.name()) : null;
      if (readiness != null) {
        events.add(readiness);
      }
    }
    double before = nodesPerHour(state);
    Kernel.evolve(copy, next);
    return new CellPlan(
        state.name(),
        state.epoch(),
        state.nowMs(),
        List.copyOf(effects),
        reasons(next, effects),
        events,
        before,
        nodesPerHour(copy),
        forMs > 0 ? Foresight.of(kernel, state, changes, forMs) : null);
  }

  /** Decides the change and the tick after it; all but the latter is evolved. */
  private static Decision twice(
      Kernel kernel, CellState copy, List<SpecChange> changes, List<Fact> facts) {
    Decision taken =
        kernel.step(
            copy, new Input(copy.name(), copy.epoch(), 1, copy.nowMs(), changes, List.of()));
    facts.addAll(taken.facts());
    Kernel.evolve(copy, taken);
    Decision next =
        kernel.step(
            copy,
            new Input(
                copy.name(), copy.epoch(), 2, copy.nowMs() + TICK_MS, List.of(), goingOn(copy)));
    facts.addAll(next.facts());
    return next;
  }

  /** What the front door would report next if users went on as they did. */
  private static List<Observation> goingOn(CellState state) {
    List<Observation> reports = new ArrayList<>();
    for (ServiceState service : state.services()) {
      Traffic traffic = service.traffic();
      ServiceTraffic last = traffic.last();
      double more = service.offeredPerSecond() * TICK_MS / 1_000;
      if (last != null && more >= 0) {
        reports.add(
            new Observation.FrontDoorReport(
                traffic.atMs() + TICK_MS,
                traffic.startedAtMs(),
                List.of(last.withAttempts(Math.round(more)))));
      }
    }
    return reports;
  }

  private static List<Explanation> reasons(Decision next, Set<Fact> effects) {
    Set<ServiceId> services = new TreeSet<>();
    Set<String> pools = new TreeSet<>();
    for (Fact fact : effects) {
      if (fact instanceof Fact.TargetSet f) {
        services.add(f.service());
      } else if (fact instanceof Fact.ReplicasPlaced f) {
        services.add(f.service());
      } else if (fact instanceof Fact.ReplicasStopped f) {
        services.add(f.service());
      } else if (fact instanceof Fact.PoolTargetSet f) {
        pools.add(f.pool());
      }
    }
    return next.explanations().stream()
        .filter(
            each ->
                (each instanceof Explanation.ServiceExplained e && services.contains(e.service()))
                    || (each instanceof Explanation.PoolExplained p && pools.contains(p.pool())))
        .toList();
  }

  private static double nodesPerHour(CellState state) {
    double sum = 0;
    for (PoolState pool : state.pools().values()) {
      NodePool last = pool.lastSpec();
      int nodes = pool.spec() == null ? pool.nodes() : pool.target();
      sum += last == null ? 0 : nodes * last.pricePerHour();
    }
    return sum;
  }
}
