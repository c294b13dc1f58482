package dev.highwater.kernel;

import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Command;
import dev.highwater.model.Decision;
import dev.highwater.model.Explanation;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.Observation;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SpecChange;
import dev.highwater.model.view.EventReadiness;
import dev.highwater.model.view.PlanSpan;
import dev.highwater.model.view.PlanSpan.Moment;
import dev.highwater.model.view.PlanSpan.PoolSpan;
import dev.highwater.model.view.PlanSpan.ServiceSpan;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Lets a copied state decide on for a while in a {@link ForeseenWorld}, with and without a change,
 * and tells the difference. Stateless.
 */
final class Foresight {
  private static final long TICK_MS = 1_000;

  private Foresight() {}

  /**
   * Looks ahead.
   *
   * @param state left as it is
   */
  static PlanSpan of(Kernel kernel, CellState state, List<SpecChange> changes, long forMs) {
    Run with = new Run(kernel, state.copy(), changes, forMs);
    Run without = new Run(kernel, state.copy(), List.of(), forMs);
    List<ServiceSpan> services = new ArrayList<>(with.services());
    services.removeAll(without.services());
    List<PoolSpan> pools = new ArrayList<>(with.pools());
    pools.removeAll(without.pools());
    List<EventReadiness.Reclaimed> reclaimed = new ArrayList<>();
    with.reclaimed.forEach(
        (service, count) -> {
          int more = count - without.reclaimed.getOrDefault(service, 0);
          if (more > 0) {
            reclaimed.add(new EventReadiness.Reclaimed(service, more));
          }
        });
    return new PlanSpan(forMs, services, pools, reclaimed, with.cost, without.cost);
  }

  /** What became of one target. */
  private static final class Course {
    final int before;
    int most;
    int placed;
    int stopped;
    Explanation.@Nullable PlacementView placement;
    final List<Moment> moments = new ArrayList<>();

    Course(int before) {
      this.before = before;
      this.most = before;
    }

    void moved(long afterMs, int target, String because) {
      most = Math.max(most, target);
      if (moments.size() < PlanSpan.MOMENTS_MAX) {
        moments.add(new Moment(afterMs, target, because));
      }
    }
  }

  private static final class Run {
    private final CellState state;
    private final long startMs;
    private final ForeseenWorld world;
    private final SortedMap<ServiceId, Course> services = new TreeMap<>();
    private final SortedMap<String, Course> pools = new TreeMap<>();
    final SortedMap<ServiceId, Integer> reclaimed = new TreeMap<>();
    double cost;

    Run(Kernel kernel, CellState state, List<SpecChange> changes, long forMs) {
      this.state = state;
      this.startMs = state.nowMs();
      this.world = new ForeseenWorld(state);
      for (ServiceState service : state.services()) {
        services.put(service.id(), new Course(service.target()));
      }
      state.pools().forEach((key, pool) -> pools.put(key, new Course(pool.target())));
      step(kernel, 1, startMs, changes, List.of());
      for (long t = TICK_MS; t <= forMs; t += TICK_MS) {
        cost += world.pricePerSecond();
        step(kernel, 1 + t / TICK_MS, startMs + t, List.of(), world.reports(startMs + t));
      }
    }

    private void step(
        Kernel kernel,
        long sequence,
        long nowMs,
        List<SpecChange> changes,
        List<Observation> reports) {
      Input input = new Input(state.name(), state.epoch(), sequence, nowMs, changes, reports);
      Decision decision = kernel.step(state, input);
      note(decision);
      Kernel.evolve(state, decision);
      for (Command command : decision.commands()) {
        world.obey(command);
      }
    }

    private void note(Decision decision) {
      long afterMs = decision.nowMs() - startMs;
      SortedMap<ServiceId, Explanation.ServiceExplained> services = new TreeMap<>();
      SortedMap<String, String> reasons = new TreeMap<>();
      for (Explanation explanation : decision.explanations()) {
        if (explanation instanceof Explanation.ServiceExplained e) {
          services.put(e.service(), e);
          course(e.service()).placement = e.placement();
        } else if (explanation instanceof Explanation.PoolExplained e) {
          reasons.put(e.pool(), e.reason());
        }
      }
      for (Fact fact : decision.facts()) {
        if (fact instanceof Fact.TargetSet set) {
          course(set.service()).moved(afterMs, set.replicas(), because(set, services));
        } else if (fact instanceof Fact.ReplicasPlaced placed) {
          course(placed.service()).placed +=
              placed.shares().stream().mapToInt(Fact.NodeShare::count).sum();
        } else if (fact instanceof Fact.ReplicasStopped stopped) {
          course(stopped.service()).stopped += stopped.ordinals().size();
          if (stopped.reason() == Fact.StopReason.RECLAIMED
              || stopped.reason() == Fact.StopReason.PREEMPTED) {
            reclaimed.merge(stopped.service(), stopped.ordinals().size(), Integer::sum);
          }
        } else if (fact instanceof Fact.PoolTargetSet set) {
          pools
              .computeIfAbsent(set.pool(), key -> new Course(0))
              .moved(afterMs, set.nodes(), reasons.getOrDefault(set.pool(), ""));
        }
      }
    }

    private Course course(ServiceId service) {
      return services.computeIfAbsent(service, id -> new Course(0));
    }

    private static String because(
        Fact.TargetSet set, SortedMap<ServiceId, Explanation.ServiceExplained> explained) {
      Explanation.ServiceExplained e = explained.get(set.service());
      String winner = set.winner().name().toLowerCase(Locale.ROOT);
      String because = e == null ? "" : e.because();
      return because.isEmpty() ? winner : winner + ": " + because;
    }

    List<ServiceSpan> services() {
      List<ServiceSpan> spans = new ArrayList<>();
      services.forEach(
          (id, course) -> {
            ServiceState known = state.service(id);
            ServiceState service = known == null || known.removed() ? null : known;
            int target = service == null ? 0 : service.target();
            Explanation.PlacementView placement = course.placement;
            int pending = service == null ? 0 : Math.max(0, target - service.active());
            spans.add(
                new ServiceSpan(
                    id,
                    course.before,
                    course.most,
                    target,
                    known == null ? 0 : known.ready(),
                    course.placed,
                    course.stopped,
                    pending,
                    pending > 0 && placement != null ? placement.refusals() : new TreeMap<>(),
                    course.moments));
          });
      return spans;
    }

    List<PoolSpan> pools() {
      List<PoolSpan> spans = new ArrayList<>();
      pools.forEach(
          (key, course) -> {
            PoolState pool = state.pools().get(key);
            spans.add(
                new PoolSpan(
                    key,
                    course.before,
                    course.most,
                    pool == null ? 0 : pool.target(),
                    world.count(key, true),
                    course.moments));
          });
      return spans;
    }
  }
}
