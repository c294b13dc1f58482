package dev.highwater.server.control;

import dev.highwater.http.ControlPlane;
import dev.highwater.http.DecisionQuery;
import dev.highwater.http.MinuteQuery;
import dev.highwater.http.PageRequest;
import dev.highwater.http.Precondition;
import dev.highwater.http.StreamListener;
import dev.highwater.http.UnavailableException;
import dev.highwater.model.AgentMessage.Role;
import dev.highwater.model.Cell;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Command;
import dev.highwater.model.Decision;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.NodePool;
import dev.highwater.model.Observation;
import dev.highwater.model.Purchase;
import dev.highwater.model.SchedulerMessage;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import dev.highwater.model.json.ModelJson;
import dev.highwater.model.view.Bundle;
import dev.highwater.model.view.BundleApplied;
import dev.highwater.model.view.DatedExplanation;
import dev.highwater.model.view.DatedRoute;
import dev.highwater.model.view.EventReadinessList;
import dev.highwater.model.view.MinutePage;
import dev.highwater.model.view.Plan;
import dev.highwater.model.view.Plan.PlannedSpec;
import dev.highwater.model.view.PlanRequest;
import dev.highwater.model.view.Readiness;
import dev.highwater.model.view.Readiness.Check;
import dev.highwater.model.view.SpecPage;
import dev.highwater.server.cluster.ClusterMember;
import dev.highwater.server.loop.CellLoop;
import dev.highwater.server.loop.Ownership;
import dev.highwater.server.metrics.SchedulerMetrics;
import dev.highwater.server.session.AgentSessions;
import dev.highwater.server.store.AuditEntry;
import dev.highwater.server.store.CellEpoch;
import dev.highwater.server.store.Store;
import dev.highwater.server.store.StoreUnavailableException;
import io.vertx.core.CompositeFuture;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The control plane of a running cluster. Writes go to the store and are answered once committed;
 * reads come from the store and the read models, so that every member answers for every cell.
 * Thread-safe; nothing blocks the caller.
 */
public final class LiveControlPlane implements ControlPlane {
  /** Who acts while the API knows no tokens. */
  private static final String PRINCIPAL = "local";

  private static final long RELAY_TIMEOUT_MS = 3_000;

  /** Requests that wait for the store or a map at the same time; others queue. */
  private static final int ANSWERING = 8;

  /** What is shown while a member hangs is older than that by this at most. */
  private static final long READ_EVERY_MS = 5_000;

  /** A member's answer to a surge on a service that no front door of it has users of. */
  private static final int NO_USERS = -1;

  /** A cell whose owner has been still for so long is not being decided for. */
  private static final long FRESH_MS = 5_000;

  private final ClusterMember cluster;
  private final Vertx vertx;
  private final Store store;

  /** Not Vert.x's own workers: its cluster manager waits on those for members that hang. */
  private final WorkerExecutor answering;

  private final ReadModelReader reader;
  private final ReadModelWriter writer;
  private final Ownership ownership;
  private final AgentSessions sessions;
  private final SchedulerMetrics metrics;
  private final Clock clock;
  private final Specs specs;
  private final DecisionHistory history;
  private final Streams streams;
  private final WhatIfs whatIfs;
  private final Routes routes;

  /** Creates the control plane; {@link #start} before use. */
  public LiveControlPlane(
      ClusterMember cluster,
      Store store,
      Ownership ownership,
      AgentSessions sessions,
      SchedulerMetrics metrics,
      Clock clock) {
    this.cluster = cluster;
    this.store = store;
    this.ownership = ownership;
    this.sessions = sessions;
    this.metrics = metrics;
    this.clock = clock;
    vertx = cluster.vertx();
    answering = vertx.createSharedWorkerExecutor("control-plane", ANSWERING);
    reader = new ReadModelReader(cluster.readModels(), vertx);
    writer = new ReadModelWriter(cluster.readModels(), metrics::readModelFailed);
    specs = new Specs(store, clock, this::readSnapshots);
    history = new DecisionHistory(store);
    streams =
        new Streams(
            vertx,
            cluster.id(),
            () -> cluster.members().size() < 2,
            cell -> ownership.epochs().containsKey(cell));
    ownership.onGone(this::gone);
    whatIfs = new WhatIfs(vertx, cluster.id(), ownership);
    routes =
        new Routes(
            vertx, cluster.id(), () -> cluster.members().size() < 2, ownership, sessions, clock);
  }

  /** Listens on the event bus; the future succeeds once every member knows that. */
  public Future<Void> start() {
    Future<Void> simulate =
        vertx
            .eventBus()
            .<Buffer>consumer(Channels.simulate(cluster.id()), this::onSimulate)
            .completion();
    Future<Void> changed =
        vertx
            .eventBus()
            .consumer(
                Channels.SPECS_CHANGED,
                message -> ownership.loops().forEach(loop -> loop.inbox().wake()))
            .completion();
    vertx.setPeriodic(
        READ_EVERY_MS,
        timer -> answering.executeBlocking(Executors.callable(reader::readAhead), false));
    return Future.all(simulate, changed, streams.start(), whatIfs.start(), routes.start())
        .mapEmpty();
  }

  /** Tells the routes what a cell of this member bears; called on the cell's thread. */
  public void report(Observation.CellReport report) {
    routes.report(report);
  }

  /** Gives the routes to owners and front doors; called on the thread that decides them. */
  public void order(Command.RouteUsers order) {
    routes.order(order);
  }

  /**
   * Shows what a tick of a cell of this member brought; called on the cell's thread.
   *
   * @param snapshot null of the routes
   */
  public void publish(@Nullable CellSnapshot snapshot, Decision decision) {
    if (snapshot != null) {
      byte[] json = ModelJson.writeBytes(snapshot);
      writer.snapshot(snapshot, json);
      streams.publish(snapshot, json);
    }
    writer.explanations(decision);
    if (!decision.decidesNothing()) {
      streams.publish(decision);
    }
  }

  /** A cell was deleted; every member finds that out by itself. */
  private void gone(String cell) {
    writer.forget(cell);
    streams.gone(cell);
  }

  private <T> Future<T> blocking(Callable<T> work) {
    return answering
        .executeBlocking(work, false)
        .recover(
            e ->
                Future.failedFuture(
                    e instanceof StoreUnavailableException
                        ? new UnavailableException(
                            "the store does not answer",
                            "try again in a second; deciding and serving go on meanwhile")
                        : e));
  }

  @Override
  public Future<SpecPage> specs(SpecKind kind, PageRequest page) {
    return blocking(() -> specs.page(kind, page));
  }

  @Override
  public Future<SpecChange> spec(SpecKind kind, String key) {
    return blocking(() -> specs.get(kind, key));
  }

  @Override
  public Future<SpecChange> put(Spec spec, Precondition precondition) {
    return blocking(() -> specs.put(spec, precondition, PRINCIPAL)).onSuccess(this::changed);
  }

  @Override
  public Future<List<SpecChange>> create(List<Spec> wanted) {
    return blocking(() -> specs.create(wanted, PRINCIPAL))
        .onSuccess(
            created -> {
              if (!created.isEmpty()) {
                changed(created.get(created.size() - 1));
              }
            });
  }

  @Override
  public Future<BundleApplied> apply(Bundle bundle) {
    return blocking(() -> specs.apply(bundle, PRINCIPAL))
        .onSuccess(
            applied -> {
              if (!bundle.dryRun()) {
                applied.items().stream()
                    .filter(each -> each.action() != Plan.Action.NONE)
                    .reduce((one, last) -> last)
                    .ifPresent(last -> changed(last.row()));
              }
            });
  }

  @Override
  public Future<SpecChange> delete(SpecKind kind, String key, Precondition precondition) {
    return blocking(() -> specs.delete(kind, key, precondition, PRINCIPAL))
        .onSuccess(this::changed);
  }

  private void changed(SpecChange change) {
    vertx.eventBus().publish(Channels.SPECS_CHANGED, change.revision());
  }

  @Override
  public Future<List<CellSnapshot>> snapshots() {
    return blocking(this::readSnapshots);
  }

  /** What was last seen of every declared cell; the map may still hold one that was deleted. */
  private List<CellSnapshot> readSnapshots() {
    List<CellSnapshot> result = new ArrayList<>();
    for (CellSnapshot snapshot : reader.snapshots()) {
      if (ownership.epochs().containsKey(snapshot.cell())) {
        result.add(snapshot);
      }
    }
    return result;
  }

  @Override
  public Future<List<Decision>> decisions(DecisionQuery query) {
    return blocking(
        () -> {
          List<String> deciding = new ArrayList<>(ownership.epochs().keySet());
          if (ownership.routed()) {
            deciding.add(Cell.ROUTES);
          }
          return history.decisions(deciding, query);
        });
  }

  @Override
  public Future<MinutePage> minutes(MinuteQuery query) {
    return blocking(
        () -> store.minutes().read(query.cell(), query.sinceMs(), query.untilMs(), query.limit()));
  }

  @Override
  public Future<List<DatedRoute>> routes() {
    return blocking(reader::routes);
  }

  @Override
  public Future<List<DatedExplanation>> explain(ServiceId service, @Nullable Long atMs) {
    return blocking(
        () -> {
          specs.get(SpecKind.SERVICE, service.toString());
          // What was in force then stands in the journal; what waits now may not be worth a record.
          Set<String> cells = ownership.epochs().keySet();
          Map<String, DatedExplanation> live =
              atMs == null ? reader.explanations(service, cells) : Map.of();
          List<DatedExplanation> result = new ArrayList<>();
          for (String cell : cells) {
            DatedExplanation found = live.get(cell);
            if (found == null) {
              found = history.explain(cell, service, atMs);
            }
            if (found != null) {
              result.add(found);
            }
          }
          if (result.isEmpty() && atMs != null) {
            history.requireKept(cells, atMs);
          }
          return result;
        });
  }

  @Override
  public Future<Plan> plan(PlanRequest request) {
    return blocking(
            () -> {
              List<PlannedSpec> planned = new ArrayList<>();
              for (Spec spec : request.specs()) {
                planned.add(specs.planned(spec));
              }
              for (PlanRequest.Removal each : request.delete()) {
                planned.add(specs.planned(each));
              }
              return new TriedOut(planned, specs.tryOut(request, PRINCIPAL));
            })
        .compose(
            tried ->
                ofCells(
                        tried.changes().isEmpty() ? List.of() : ownership.epochs().keySet(),
                        cell -> whatIfs.plan(cell, tried.changes(), request.forMs()))
                    .map(cells -> new Plan(tried.planned(), cells)));
  }

  private record TriedOut(List<PlannedSpec> planned, List<SpecChange> changes) {}

  @Override
  public Future<EventReadinessList> eventReadiness(String event) {
    return blocking(() -> specs.get(SpecKind.PEAK_EVENT, event))
        .compose(
            found -> ofCells(ownership.epochs().keySet(), cell -> whatIfs.readiness(cell, event)))
        .map(
            answers ->
                new EventReadinessList(
                    answers.stream()
                        .flatMap(Optional::stream)
                        .filter(cell -> !cell.services().isEmpty() || cell.overSinceMs() != null)
                        .toList()));
  }

  /** Asks about every cell at once; one that does not answer fails the whole. */
  private static <T> Future<List<T>> ofCells(
      Collection<String> cells, Function<String, Future<T>> question) {
    List<Future<T>> answers = new ArrayList<>();
    for (String cell : cells) {
      answers.add(question.apply(cell));
    }
    return Future.all(answers).map(CompositeFuture::<T>list);
  }

  @Override
  public Future<Void> simulate(SimulationCommand command) {
    return blocking(
            () -> {
              requireTarget(command);
              store
                  .audit()
                  .add(
                      new AuditEntry(
                          clock.millis(),
                          PRINCIPAL,
                          "simulate",
                          "simulation",
                          ModelJson.write(command)));
              return owners(command);
            })
        .compose(members -> relay(members, command));
  }

  private void requireTarget(SimulationCommand command) throws StoreUnavailableException {
    if (command instanceof SimulationCommand.Surge surge) {
      specs.get(SpecKind.SERVICE, surge.service().toString());
    } else if (command instanceof SimulationCommand.Fault fault) {
      specs.get(SpecKind.CELL, fault.cell());
      FaultTargets.check(fault, readSnapshots(), spotPools(fault.cell()));
    }
  }

  private Set<String> spotPools(String cell) throws StoreUnavailableException {
    Set<String> spot = new TreeSet<>();
    PageRequest all = new PageRequest(PageRequest.LIMIT_MAX, "", cell + "/");
    for (SpecChange pool : specs.page(SpecKind.NODE_POOL, all).items()) {
      if (pool.spec() instanceof NodePool declared && declared.purchase() == Purchase.SPOT) {
        spot.add(pool.key());
      }
    }
    return spot;
  }

  /** Members that decide for a cell that the command concerns, each once. */
  private List<String> owners(SimulationCommand command) {
    return ownership.epochs().values().stream()
        .filter(
            row ->
                !(command instanceof SimulationCommand.Fault fault)
                    || fault.cell().equals(row.cell()))
        .map(CellEpoch::owner)
        .filter(owner -> !owner.isEmpty())
        .distinct()
        .toList();
  }

  private Future<Void> relay(List<String> members, SimulationCommand command) {
    Buffer json = Buffer.buffer(ModelJson.writeBytes(command));
    DeliveryOptions options = new DeliveryOptions().setSendTimeout(RELAY_TIMEOUT_MS);
    List<Future<Integer>> answers = new ArrayList<>();
    for (String member : members) {
      answers.add(
          vertx
              .eventBus()
              .<Integer>request(Channels.simulate(member), json, options)
              .map(Message::body)
              .otherwise(0));
    }
    return Future.all(answers)
        .compose(
            all -> {
              List<Integer> sent = all.list();
              if (sent.stream().anyMatch(count -> count > 0)) {
                return Future.<Void>succeededFuture();
              }
              return Future.failedFuture(
                  command instanceof SimulationCommand.Surge surge && sent.contains(NO_USERS)
                      ? new InvalidInputException(
                          ErrorCode.NOT_FOUND,
                          "service",
                          surge.service(),
                          "must have users of its own at a front door that is connected; calls of other"
                              + " services are none")
                      : new UnavailableException(
                          "no agent that this concerns is connected",
                          "start an agent, or try again when it has joined"));
            });
  }

  private void onSimulate(Message<Buffer> message) {
    SimulationCommand command = ModelJson.read(message.body().getBytes(), SimulationCommand.class);
    SchedulerMessage relayed = new SchedulerMessage.Simulate(List.of(command));
    int sent = 0;
    for (CellLoop loop : ownership.loops()) {
      if (command instanceof SimulationCommand.Surge surge) {
        sent += sessions.sendToDoorsOf(loop.cell(), surge.service(), relayed);
      } else if (command instanceof SimulationCommand.Fault fault
          && fault.cell().equals(loop.cell())) {
        sent += sessions.sendToAll(loop.cell(), Role.HOST, relayed);
      }
    }
    boolean noUsers =
        command instanceof SimulationCommand.Surge
            && sent == 0
            && sessions.count(Role.FRONT_DOOR) > 0;
    message.reply(noUsers ? NO_USERS : sent);
  }

  @Override
  public Future<Readiness> readiness() {
    return blocking(
        () -> {
          List<Check> checks = new ArrayList<>();
          List<String> members = cluster.members();
          checks.add(
              new Check(
                  "cluster", members.contains(cluster.id()), members.size() + " members seen"));
          checks.add(storeCheck());
          checks.addAll(cellChecks());
          return Readiness.of(checks);
        });
  }

  private Check storeCheck() {
    try {
      return new Check("store", true, "revision " + store.specs().revision());
    } catch (StoreUnavailableException e) {
      return new Check("store", false, "does not answer");
    }
  }

  private List<Check> cellChecks() {
    Map<String, Long> seenMs = new HashMap<>();
    readSnapshots().forEach(snapshot -> seenMs.put(snapshot.cell(), snapshot.nowMs()));
    List<Check> checks = new ArrayList<>();
    for (CellEpoch row : ownership.epochs().values()) {
      long agoMs = clock.millis() - seenMs.getOrDefault(row.cell(), 0L);
      checks.add(
          new Check(
              "cell " + row.cell(),
              agoMs <= FRESH_MS,
              agoMs <= FRESH_MS
                  ? "decided " + agoMs + " ms ago under epoch " + row.epoch()
                  : "nobody decides under epoch " + row.epoch()));
    }
    return checks;
  }

  @Override
  public Future<String> metrics() {
    return answering.executeBlocking(metrics::scrape, false);
  }

  @Override
  public Subscription subscribe(StreamListener listener) {
    return streams.subscribe(listener);
  }
}
