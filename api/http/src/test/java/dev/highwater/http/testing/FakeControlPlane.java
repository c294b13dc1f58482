package dev.highwater.http.testing;

import dev.highwater.http.ControlPlane;
import dev.highwater.http.DecisionQuery;
import dev.highwater.http.MinuteQuery;
import dev.highwater.http.PageRequest;
import dev.highwater.http.Precondition;
import dev.highwater.http.StreamListener;
import dev.highwater.http.UnavailableException;
import dev.highwater.model.CellMinute;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Cordon;
import dev.highwater.model.Decision;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.Explanation.ServiceExplained;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.ManualOverride;
import dev.highwater.model.NodePool;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import dev.highwater.model.view.Bundle;
import dev.highwater.model.view.BundleApplied;
import dev.highwater.model.view.BundleApplied.AppliedSpec;
import dev.highwater.model.view.DatedExplanation;
import dev.highwater.model.view.DatedRoute;
import dev.highwater.model.view.EventReadiness;
import dev.highwater.model.view.EventReadinessList;
import dev.highwater.model.view.MinutePage;
import dev.highwater.model.view.Plan;
import dev.highwater.model.view.Plan.CellPlan;
import dev.highwater.model.view.Plan.PlannedSpec;
import dev.highwater.model.view.PlanRequest;
import dev.highwater.model.view.Readiness;
import dev.highwater.model.view.SpecPage;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A control plane in memory that keeps the promises of the port: versions, references, order of
 * lists. What it shows as snapshots and decisions is what a test published. Thread-safe.
 */
public final class FakeControlPlane implements ControlPlane {
  private final Map<SpecKind, NavigableMap<String, SpecChange>> specs =
      new EnumMap<>(SpecKind.class);
  private final SortedMap<String, CellSnapshot> snapshots = new TreeMap<>();
  private final List<Decision> decisions = new ArrayList<>();
  private final List<CellMinute> minutes = new ArrayList<>();
  private final List<SimulationCommand> simulated = new ArrayList<>();
  private final List<StreamListener> listeners = new CopyOnWriteArrayList<>();
  private long revision;
  private @Nullable RuntimeException broken;
  private @Nullable CellPlan foreseen;
  private List<EventReadiness> foreseenReadiness = List.of();

  /** A control plane without any spec. */
  public FakeControlPlane() {
    for (SpecKind kind : SpecKind.values()) {
      specs.put(kind, new TreeMap<>());
    }
  }

  /** Declares specs without a precondition, in order. */
  public synchronized FakeControlPlane with(Spec... declared) {
    for (Spec spec : declared) {
      store(spec);
    }
    return this;
  }

  /** Publishes what a cell looks like after a tick. */
  public void publish(CellSnapshot snapshot) {
    synchronized (this) {
      snapshots.put(snapshot.cell(), snapshot);
    }
    listeners.forEach(listener -> listener.onSnapshot(snapshot));
  }

  /** Publishes a decision. */
  public void publish(Decision decision) {
    synchronized (this) {
      decisions.add(0, decision);
    }
    listeners.forEach(listener -> listener.onDecision(decision));
  }

  /** Keeps a minute that a cell lived through; oldest first. */
  public synchronized void keep(CellMinute minute) {
    minutes.add(minute);
  }

  /** Tells that a cell is not declared any more. */
  public void gone(String cell) {
    synchronized (this) {
      snapshots.remove(cell);
    }
    listeners.forEach(listener -> listener.onCellGone(cell));
  }

  /** Makes every later call fail, or work again with null. */
  public synchronized void breakWith(@Nullable RuntimeException failure) {
    broken = failure;
  }

  /** Commands to the simulation so far, oldest first. */
  public synchronized List<SimulationCommand> simulated() {
    return List.copyOf(simulated);
  }

  /** Subscriptions that are open. */
  public int listeners() {
    return listeners.size();
  }

  @Override
  public Future<SpecPage> specs(SpecKind kind, PageRequest page) {
    return answer(
        () -> {
          List<SpecChange> found =
              of(kind).tailMap(page.after(), false).values().stream()
                  .filter(change -> change.key().startsWith(page.prefix()))
                  .limit(page.limit() + 1L)
                  .toList();
          return found.size() <= page.limit()
              ? new SpecPage(found, null)
              : new SpecPage(found.subList(0, page.limit()), found.get(page.limit() - 1).key());
        });
  }

  @Override
  public Future<SpecChange> spec(SpecKind kind, String key) {
    return answer(() -> existing(kind, key));
  }

  @Override
  public Future<SpecChange> put(Spec spec, Precondition precondition) {
    return answer(
        () -> {
          check(SpecKind.of(spec), spec.key(), precondition);
          checkReferences(spec);
          return store(spec);
        });
  }

  @Override
  public Future<List<SpecChange>> create(List<Spec> wanted) {
    return answer(
        () -> {
          wanted.forEach(this::checkReferences);
          return wanted.stream().map(this::store).toList();
        });
  }

  @Override
  public Future<BundleApplied> apply(Bundle bundle) {
    return answer(
        () -> {
          Map<SpecKind, NavigableMap<String, SpecChange>> before = new EnumMap<>(SpecKind.class);
          specs.forEach((kind, rows) -> before.put(kind, new TreeMap<>(rows)));
          List<AppliedSpec> applied = new ArrayList<>();
          try {
            for (Bundle.Item item : bundle.items()) {
              applied.add(apply(item, applied.size()));
            }
          } catch (InvalidInputException refused) {
            specs.putAll(before);
            throw refused;
          }
          if (bundle.dryRun()) {
            specs.putAll(before);
          }
          return new BundleApplied(applied, bundle.dryRun());
        });
  }

  private AppliedSpec apply(Bundle.Item item, int index) {
    SpecKind kind = SpecKind.of(item.spec());
    SpecChange row = of(kind).get(item.spec().key());
    Long version = item.resourceVersion();
    if (version != null) {
      check(
          kind,
          item.spec().key(),
          version == 0 ? Precondition.ABSENT : Precondition.version(version));
    }
    if (row != null && item.spec().equals(row.spec())) {
      return new AppliedSpec(Plan.Action.NONE, row, "");
    }
    try {
      checkReferences(item.spec());
    } catch (InvalidInputException e) {
      throw new InvalidInputException(
              e.code(), e.field(), e.value(), e.remedy() + ", in " + item.name())
          .under("items[" + index + "].spec");
    }
    return new AppliedSpec(
        row == null ? Plan.Action.CREATE : Plan.Action.CHANGE,
        store(item.spec()),
        resumed(row == null ? null : row.spec(), item.spec()));
  }

  /** Of operators' words, the fake knows only those that a spec ends. */
  private static String resumed(@Nullable Spec before, Spec after) {
    ManualOverride was = before instanceof Service service ? service.scaling().override() : null;
    boolean ended = after instanceof Service service && service.scaling().override() == null;
    return was != null && ended ? "resumed, was " + was.phrase() : "";
  }

  @Override
  public Future<SpecChange> delete(SpecKind kind, String key, Precondition precondition) {
    return answer(
        () -> {
          SpecChange before = existing(kind, key);
          check(kind, key, precondition);
          boolean owns =
              kind == SpecKind.TENANT
                  && of(SpecKind.SERVICE).keySet().stream()
                      .anyMatch(service -> service.startsWith(key + "/"));
          if (owns) {
            throw new InvalidInputException(
                ErrorCode.IN_USE, "name", key, "still has services, remove them first");
          }
          of(kind).remove(key);
          return new SpecChange(kind, key, before.resourceVersion() + 1, ++revision, null);
        });
  }

  @Override
  public Future<List<CellSnapshot>> snapshots() {
    return answer(() -> List.copyOf(snapshots.values()));
  }

  @Override
  public Future<List<DatedRoute>> routes() {
    return answer(() -> List.of(SampleNight.route()));
  }

  @Override
  public Future<List<Decision>> decisions(DecisionQuery query) {
    return answer(
        () ->
            decisions.stream()
                .filter(each -> query.cell() == null || each.cell().equals(query.cell()))
                .filter(each -> query.atMs() == null || each.nowMs() <= query.atMs())
                .filter(each -> query.service() == null || explained(each, query.service()) != null)
                .limit(query.limit())
                .toList());
  }

  @Override
  public Future<MinutePage> minutes(MinuteQuery query) {
    return answer(
        () -> {
          List<CellMinute> found =
              minutes.stream()
                  .filter(each -> each.cell().equals(query.cell()))
                  .filter(
                      each -> each.startMs() >= query.sinceMs() && each.startMs() < query.untilMs())
                  .limit(query.limit())
                  .toList();
          return new MinutePage(
              found, found.isEmpty() ? null : found.get(found.size() - 1).startMs() + 1);
        });
  }

  @Override
  public Future<List<DatedExplanation>> explain(ServiceId service, @Nullable Long atMs) {
    return answer(
        () -> {
          existing(SpecKind.SERVICE, service.toString());
          SortedMap<String, DatedExplanation> last = new TreeMap<>();
          for (Decision each : decisions) {
            ServiceExplained explained = explained(each, service);
            if (explained != null && (atMs == null || each.nowMs() <= atMs)) {
              last.putIfAbsent(
                  each.cell(),
                  new DatedExplanation(
                      each.cell(), each.epoch(), each.sequence(), each.nowMs(), explained));
            }
          }
          return List.copyOf(last.values());
        });
  }

  /** What {@link #plan} answers about its one cell, and {@link #eventReadiness} about each. */
  public synchronized void foresee(CellPlan plan, EventReadiness... readiness) {
    foreseen = plan;
    foreseenReadiness = List.of(readiness);
  }

  @Override
  public Future<Plan> plan(PlanRequest request) {
    return answer(
        () -> {
          List<PlannedSpec> planned = new ArrayList<>();
          for (Spec spec : request.specs()) {
            SpecKind kind = SpecKind.of(spec);
            SpecChange before = of(kind).get(spec.key());
            Plan.Action action =
                before == null
                    ? Plan.Action.CREATE
                    : spec.equals(before.spec()) ? Plan.Action.NONE : Plan.Action.CHANGE;
            Spec was = before == null ? null : before.spec();
            planned.add(new PlannedSpec(kind, spec.key(), action, resumed(was, spec)));
          }
          for (PlanRequest.Removal each : request.delete()) {
            if (!of(each.kind()).containsKey(each.key())) {
              throw new InvalidInputException(
                  ErrorCode.NOT_FOUND, "delete[0]", each.key(), "must exist");
            }
            planned.add(new PlannedSpec(each.kind(), each.key(), Plan.Action.DELETE, ""));
          }
          return new Plan(planned, foreseen == null ? List.of() : List.of(foreseen));
        });
  }

  @Override
  public Future<EventReadinessList> eventReadiness(String event) {
    return answer(
        () -> {
          existing(SpecKind.PEAK_EVENT, event);
          return new EventReadinessList(foreseenReadiness);
        });
  }

  @Override
  public Future<Void> simulate(SimulationCommand command) {
    return answer(
        () -> {
          if (command instanceof SimulationCommand.Surge surge) {
            existing(SpecKind.SERVICE, surge.service().toString());
          } else if (command instanceof SimulationCommand.Fault fault) {
            checkFault(fault);
          }
          simulated.add(command);
          return null;
        });
  }

  @Override
  public Future<Readiness> readiness() {
    synchronized (this) {
      boolean works = broken == null;
      return Future.succeededFuture(
          Readiness.of(
              List.of(new Readiness.Check("store", works, works ? "writable" : "no answer"))));
    }
  }

  @Override
  public Future<String> metrics() {
    return answer(
        () -> "# HELP fake_specs Specs stored\n# TYPE fake_specs gauge\nfake_specs 1.0\n");
  }

  @Override
  public Subscription subscribe(StreamListener listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /** What is asked on an event loop is answered on a later turn, as a store's answer would be. */
  private <T> Future<T> answer(Supplier<T> work) {
    Future<T> answer = answered(work);
    Context context = Vertx.currentContext();
    if (context == null) {
      return answer;
    }
    Promise<T> later = Promise.promise();
    context.runOnContext(turn -> answer.onComplete(later));
    return later.future();
  }

  private synchronized <T> Future<T> answered(Supplier<T> work) {
    if (broken != null) {
      return Future.failedFuture(broken);
    }
    try {
      return Future.succeededFuture(work.get());
    } catch (InvalidInputException | UnavailableException refused) {
      return Future.failedFuture(refused);
    }
  }

  private SpecChange store(Spec spec) {
    SpecKind kind = SpecKind.of(spec);
    SpecChange before = of(kind).get(spec.key());
    long version = before == null ? 1 : before.resourceVersion() + 1;
    SpecChange stored = new SpecChange(kind, spec.key(), version, ++revision, spec);
    of(kind).put(spec.key(), stored);
    return stored;
  }

  private void check(SpecKind kind, String key, Precondition precondition) {
    SpecChange current = of(kind).get(key);
    long version = current == null ? 0 : current.resourceVersion();
    if (precondition.holds(version)) {
      return;
    }
    if (precondition.equals(Precondition.ABSENT)) {
      throw new InvalidInputException(
          ErrorCode.ALREADY_EXISTS, "name", key, "exists already, use PUT to change it");
    }
    throw new InvalidInputException(
        ErrorCode.VERSION_CONFLICT,
        "resourceVersion",
        precondition.resourceVersion(),
        "is not current, read version " + version + " and apply the change to it");
  }

  private void checkReferences(Spec spec) {
    if (spec instanceof Service service) {
      refer(SpecKind.TENANT, service.tenant(), "tenant");
    } else if (spec instanceof Cordon cordon) {
      CellSnapshot cell = snapshots.get(cordon.cell());
      if (cell == null
          || cell.nodes().stream().noneMatch(node -> node.node().equals(cordon.node()))) {
        throw new InvalidInputException(
            ErrorCode.NOT_FOUND, "node", cordon.node(), "must name a node of the cell");
      }
    } else if (spec instanceof NodePool pool) {
      refer(SpecKind.CELL, pool.cell(), "cell");
    } else if (spec instanceof PeakEvent event) {
      for (int i = 0; i < event.loads().size(); i++) {
        refer(
            SpecKind.SERVICE,
            event.loads().get(i).service().toString(),
            "loads[" + i + "].service");
      }
    }
  }

  private void refer(SpecKind kind, String key, String field) {
    if (!of(kind).containsKey(key)) {
      throw new InvalidInputException(
          ErrorCode.UNRESOLVED_REFERENCE, field, key, "does not exist, declare it first");
    }
  }

  private SpecChange existing(SpecKind kind, String key) {
    SpecChange found = of(kind).get(key);
    if (found == null) {
      throw new InvalidInputException(ErrorCode.NOT_FOUND, "name", key, "does not exist");
    }
    return found;
  }

  private void checkFault(SimulationCommand.Fault fault) {
    CellSnapshot cell = snapshots.get(fault.cell());
    boolean known =
        cell != null
            && (fault.target().equals(fault.cell())
                || cell.nodes().stream()
                    .anyMatch(
                        node ->
                            node.node().equals(fault.target())
                                || node.zone().equals(fault.target())));
    if (!known) {
      throw new InvalidInputException(
          ErrorCode.NOT_FOUND,
          "target",
          fault.target(),
          "is no node or zone of cell " + fault.cell());
    }
  }

  private NavigableMap<String, SpecChange> of(SpecKind kind) {
    NavigableMap<String, SpecChange> found = specs.get(kind);
    if (found == null) {
      throw new AssertionError(kind);
    }
    return found;
  }

  private static @Nullable ServiceExplained explained(Decision decision, ServiceId service) {
    return decision.explanations().stream()
        .filter(ServiceExplained.class::isInstance)
        .map(ServiceExplained.class::cast)
        .filter(explained -> explained.service().equals(service))
        .findFirst()
        .orElse(null);
  }
}
