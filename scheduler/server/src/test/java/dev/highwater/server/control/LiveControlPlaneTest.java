package dev.highwater.server.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.highwater.http.ControlPlane;
import dev.highwater.http.ControlPlane.Subscription;
import dev.highwater.http.DecisionQuery;
import dev.highwater.http.HttpSettings;
import dev.highwater.http.PageRequest;
import dev.highwater.http.Precondition;
import dev.highwater.http.StreamListener;
import dev.highwater.http.UnavailableException;
import dev.highwater.model.Cell;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Cordon;
import dev.highwater.model.Decision;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.Fact;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.ManualOverride;
import dev.highwater.model.NodePool;
import dev.highwater.model.Ownership;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Residency;
import dev.highwater.model.Scaling;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand;
import dev.highwater.model.SimulationCommand.Fault;
import dev.highwater.model.SimulationCommand.FaultKind;
import dev.highwater.model.SimulationCommand.Surge;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import dev.highwater.model.Tenant;
import dev.highwater.model.view.Bundle;
import dev.highwater.model.view.BundleApplied;
import dev.highwater.model.view.BundleApplied.AppliedSpec;
import dev.highwater.model.view.EventReadiness;
import dev.highwater.model.view.EventReadinessList;
import dev.highwater.model.view.Plan;
import dev.highwater.model.view.PlanRequest;
import dev.highwater.model.view.SpecPage;
import dev.highwater.server.Member;
import dev.highwater.server.MemberSettings;
import dev.highwater.server.store.AuditEntry;
import dev.highwater.server.store.SpecEdit;
import dev.highwater.server.store.SpecRows;
import dev.highwater.server.store.Store;
import dev.highwater.server.store.StoreLocation;
import dev.highwater.server.testing.OwnedCells;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The port's promises, kept by a running member without agents. Each test has names of its own. */
class LiveControlPlaneTest {
  private static final int WAIT_S = 20;

  private static Member member;
  private static ControlPlane plane;
  private static Path folder;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    folder = directory;
    member =
        Member.start(
            MemberSettings.loopback(
                "control-" + System.nanoTime(), HttpSettings.DEFAULT.withPort(0), directory));
    plane = member.controlPlane();
  }

  @AfterAll
  static void close() {
    member.close();
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.await(WAIT_S, TimeUnit.SECONDS);
  }

  private static SpecChange create(Spec spec) throws Exception {
    return get(plane.put(spec, Precondition.ABSENT));
  }

  private static void refused(Future<?> future, ErrorCode code, String field) {
    assertThatThrownBy(() -> get(future))
        .isInstanceOfSatisfying(
            InvalidInputException.class,
            e -> {
              assertThat(e.code()).isEqualTo(code);
              assertThat(e.field()).isEqualTo(field);
            });
  }

  @Test
  void writerOfAnOldVersionIsTold() throws Exception {
    Tenant tenant = Tenant.named("versions");
    SpecChange first = create(tenant);
    assertThat(first.resourceVersion()).isEqualTo(1);
    refused(plane.put(tenant, Precondition.ABSENT), ErrorCode.ALREADY_EXISTS, "tenant");
    SpecChange second = get(plane.put(tenant, Precondition.version(1)));
    assertThat(second.resourceVersion()).isEqualTo(2);
    assertThat(second.revision()).isGreaterThan(first.revision());
    refused(
        plane.put(tenant, Precondition.version(1)), ErrorCode.VERSION_CONFLICT, "resourceVersion");
    refused(
        plane.delete(SpecKind.TENANT, "versions", Precondition.version(1)),
        ErrorCode.VERSION_CONFLICT,
        "resourceVersion");
    assertThat(get(plane.spec(SpecKind.TENANT, "versions"))).isEqualTo(second);
  }

  @Test
  void manyAreCreatedAtOnceAndThoseThatExistStayAsTheyAre() throws Exception {
    SpecChange first = create(Tenant.named("many-1"));
    List<Spec> wanted =
        List.of(
            new Tenant("many-1", "Other", 2, 100, "default", List.of(), 0),
            Tenant.named("many-2"),
            Service.named("many-2", "web"));
    List<SpecChange> created = get(plane.create(wanted));
    assertThat(created).extracting(SpecChange::key).containsExactly("many-2", "many-2/web");
    assertThat(get(plane.spec(SpecKind.TENANT, "many-1"))).isEqualTo(first);
    assertThat(get(plane.create(wanted))).isEmpty();

    refused(
        plane.create(List.of(Tenant.named("many-3"), Service.named("nobody", "web"))),
        ErrorCode.UNRESOLVED_REFERENCE,
        "tenant");
    refused(plane.spec(SpecKind.TENANT, "many-3"), ErrorCode.NOT_FOUND, "tenant");
    refused(
        plane.create(Collections.nCopies(1_001, Tenant.named("many-4"))),
        ErrorCode.TOO_LARGE,
        "specs");
  }

  @Test
  void aCellHasSoManyPoolsAndNoMore() throws Exception {
    create(Cell.named("crowded"));
    List<Spec> most =
        IntStream.range(0, NodePool.IN_CELL_MAX)
            .mapToObj(i -> (Spec) NodePool.named("crowded", "p" + i))
            .toList();
    assertThat(get(plane.create(most))).hasSize(NodePool.IN_CELL_MAX);

    refused(
        plane.put(NodePool.named("crowded", "one-more"), Precondition.NONE),
        ErrorCode.TOO_LARGE,
        "cell");
    NodePool changed = NodePool.named("crowded", "p0").withNodesMin(1);
    assertThat(get(plane.put(changed, Precondition.NONE)).spec()).isEqualTo(changed);
  }

  @Test
  void anOverrideEndsInTheFutureAndSoon() throws Exception {
    create(Tenant.named("held"));
    create(Service.named("held", "web"));
    long nowMs = System.currentTimeMillis();
    for (long expiresAtMs : List.of(nowMs - 1, nowMs / 1_000, nowMs + 31 * 86_400_000L)) {
      refused(
          plane.put(held(expiresAtMs, "late"), Precondition.NONE),
          ErrorCode.INVALID_VALUE,
          "scaling.override.expiresAtMs");
    }
    assertThat(get(plane.put(held(nowMs + 60_000, "calm"), Precondition.NONE)))
        .extracting(SpecChange::resourceVersion)
        .isEqualTo(2L);
    assertThat(audited()).startsWith("put service held/web: paused by kim until ").endsWith("calm");

    get(plane.put(Service.named("held", "web"), Precondition.NONE));
    assertThat(audited()).startsWith("put service held/web: resumed, was paused by kim until ");
  }

  @Test
  void aBundleSaysWhichWordsOfOperatorsItChanges() throws Exception {
    create(Tenant.named("words"));
    create(Service.named("words", "web"));
    create(Service.named("words", "api"));
    ManualOverride pause =
        new ManualOverride(
            ManualOverride.Kind.PAUSE, 0, System.currentTimeMillis() + 60_000, "calm", "kim");
    Spec word = Service.named("words", "web").withScaling(Scaling.DEFAULT.withOverride(pause));
    get(plane.put(word, Precondition.NONE));
    Spec api = Service.named("words", "api").withScaling(Scaling.DEFAULT.withPolicy("hpa"));

    List<Spec> file = List.of(Service.named("words", "web"), api);
    List<String> dryRun =
        get(plane.apply(Bundle.of(file, true))).items().stream()
            .map(AppliedSpec::operator)
            .toList();
    OwnedCells.await(member);
    assertThat(get(plane.plan(PlanRequest.of(file))).specs())
        .as("a plan says it as a dry run does")
        .extracting(Plan.PlannedSpec::operator)
        .isEqualTo(dryRun);
    PlanRequest.Removal removal = new PlanRequest.Removal(SpecKind.SERVICE, "words/web");
    assertThat(get(plane.plan(new PlanRequest(List.of(), List.of(removal), 0))).specs())
        .extracting(Plan.PlannedSpec::operator)
        .containsExactly(dryRun.get(0));
    BundleApplied applied = get(plane.apply(Bundle.of(file, false)));

    String resumed = applied.items().get(0).operator();
    assertThat(dryRun).containsExactly(resumed, "");
    assertThat(resumed).startsWith("resumed, was paused by kim until ").endsWith(": calm");
    assertThat(applied.items().get(1).operator()).isEmpty();
    assertThat(audited(2))
        .containsExactly("apply service words/api: ", "apply service words/web: " + resumed);
  }

  /** Else the service would keep its first number for ever, and only explain would say so. */
  @Test
  void aPolicyThatIsNoneIsRefusedHoweverItIsDeclared() throws Exception {
    create(Tenant.named("policies"));
    for (String policy : List.of("solo", "hpa:0", "hpa:NaN", "hpa:70@-3s", "")) {
      Spec web = Service.named("policies", "web").withScaling(Scaling.DEFAULT.withPolicy(policy));
      refused(plane.put(web, Precondition.NONE), ErrorCode.INVALID_VALUE, "scaling.policy", policy);
      refused(plane.create(List.of(web)), ErrorCode.INVALID_VALUE, "scaling.policy", policy);
      refused(
          plane.apply(Bundle.of(List.of(Tenant.named("policies"), web), true)),
          ErrorCode.INVALID_VALUE,
          "items[1].spec.scaling.policy",
          policy);
      refused(
          plane.plan(PlanRequest.of(List.of(Tenant.named("policies"), web))),
          ErrorCode.INVALID_VALUE,
          "specs[1].scaling.policy",
          policy);
    }
  }

  /** Rows of a store that took every policy: they are read, held, and mended, not written anew. */
  @Test
  void aStoredPolicyThatIsNoneIsStillReadAndHeld() throws Exception {
    create(Tenant.named("stored"));
    Service old = Service.named("stored", "web").withScaling(Scaling.DEFAULT.withPolicy("solo"));
    try (Store store = Store.open(StoreLocation.directory(folder))) {
      store
          .specs()
          .write(
              List.of(SpecRows.put(old, SpecEdit.ANY)),
              (edit, reader) -> {},
              List.of(new AuditEntry(0, "root", "put", "service stored/web", "")));
    }
    assertThat(get(plane.spec(SpecKind.SERVICE, "stored/web")).spec()).isEqualTo(old);

    ManualOverride pause =
        new ManualOverride(
            ManualOverride.Kind.PAUSE, 0, System.currentTimeMillis() + 60_000, "calm", "kim");
    Service held = old.withScaling(old.scaling().withOverride(pause));
    assertThat(get(plane.put(held, Precondition.NONE)).spec()).isEqualTo(held);
    Service other =
        old.withScaling(new Scaling("solo", 2, 9, 2, 60_000, List.of(), List.of(), null, 0));
    refused(plane.put(other, Precondition.NONE), ErrorCode.INVALID_VALUE, "scaling.policy", "solo");
    Spec mended = Service.named("stored", "web");
    assertThat(get(plane.put(mended, Precondition.NONE)).spec()).isEqualTo(mended);
  }

  private static void refused(Future<?> future, ErrorCode code, String field, String value) {
    refused(future, code, field);
    assertThatThrownBy(() -> get(future))
        .hasMessageContaining("must be one of slo, hpa, ")
        .hasMessageEndingWith(": " + value);
  }

  /** Put, bundle and plan hold a spec against the same things. */
  @Test
  void nothingIsSaidOfANodeThatIsNotThereNorForTooLong() throws Exception {
    create(Cell.named("bare"));
    Spec cordon = Cordon.of("bare", "n-1");
    refused(plane.put(cordon, Precondition.NONE), ErrorCode.NOT_FOUND, "node");
    refused(
        plane.apply(Bundle.of(List.of(Cell.named("bare"), cordon), false)),
        ErrorCode.NOT_FOUND,
        "items[1].spec.node");
    refused(
        plane.plan(PlanRequest.of(List.of(Cell.named("bare"), cordon))),
        ErrorCode.NOT_FOUND,
        "specs[1].node");
    refused(
        plane.plan(PlanRequest.of(List.of(held(1, "over")))),
        ErrorCode.INVALID_VALUE,
        "specs[0].scaling.override.expiresAtMs");
  }

  /** The newest line of the audit log. */
  private static String audited() throws Exception {
    return audited(1).get(0);
  }

  /** The newest lines of the audit log, newest first. */
  private static List<String> audited(int limit) throws Exception {
    try (Store store = Store.open(StoreLocation.directory(folder))) {
      return store.audit().newest(limit).stream()
          .map(each -> each.verb() + " " + each.subject() + ": " + each.detail())
          .toList();
    }
  }

  private static Service held(long expiresAtMs, String reason) {
    ManualOverride word =
        new ManualOverride(ManualOverride.Kind.PAUSE, 0, expiresAtMs, reason, "kim");
    return Service.named("held", "web").withScaling(Scaling.DEFAULT.withOverride(word));
  }

  @Test
  void aBundleIsDeclaredAsAWholeOrNotAtAll() throws Exception {
    Spec tenant = Tenant.named("bundle");
    Spec web = Service.named("bundle", "web");
    Spec lost = Service.named("nobody", "web");
    assertThatThrownBy(() -> get(plane.apply(Bundle.of(List.of(tenant, web, lost), false))))
        .hasMessage(
            "items[2].spec.tenant must name an existing tenant; create it first, in"
                + " service/nobody/web: nobody");
    refused(plane.spec(SpecKind.TENANT, "bundle"), ErrorCode.NOT_FOUND, "tenant");

    assertThat(actions(Bundle.of(List.of(tenant, web), true)))
        .containsExactly(Plan.Action.CREATE, Plan.Action.CREATE);
    refused(plane.spec(SpecKind.TENANT, "bundle"), ErrorCode.NOT_FOUND, "tenant");

    assertThat(actions(Bundle.of(List.of(tenant, web), false)))
        .containsExactly(Plan.Action.CREATE, Plan.Action.CREATE);
    assertThat(audited(2)).containsExactly("apply service bundle/web: ", "apply tenant bundle: ");
    Spec other = Service.named("bundle", "web").withScaling(Scaling.DEFAULT.withPolicy("hpa"));
    assertThat(actions(Bundle.of(List.of(tenant, other), false)))
        .containsExactly(Plan.Action.NONE, Plan.Action.CHANGE);
    assertThat(get(plane.spec(SpecKind.TENANT, "bundle")).resourceVersion()).isEqualTo(1);
    assertThat(get(plane.spec(SpecKind.SERVICE, "bundle/web")).resourceVersion()).isEqualTo(2);

    Bundle.Item old = new Bundle.Item(web, 1L);
    Bundle.Item more = new Bundle.Item(Tenant.named("bundle-2"), 0L);
    refused(
        plane.apply(new Bundle(List.of(more, old), false)),
        ErrorCode.VERSION_CONFLICT,
        "items[1].resourceVersion");
    refused(plane.spec(SpecKind.TENANT, "bundle-2"), ErrorCode.NOT_FOUND, "tenant");
    refused(
        plane.apply(Bundle.of(List.of(tenant, held(1, "over")), false)),
        ErrorCode.INVALID_VALUE,
        "items[1].spec.scaling.override.expiresAtMs");
  }

  private static List<Plan.Action> actions(Bundle bundle) throws Exception {
    return get(plane.apply(bundle)).items().stream()
        .map(BundleApplied.AppliedSpec::action)
        .toList();
  }

  @Test
  void nothingNamesWhatDoesNotExist() throws Exception {
    create(Tenant.named("names"));
    refused(
        plane.put(NodePool.named("nowhere", "p"), Precondition.ABSENT),
        ErrorCode.UNRESOLVED_REFERENCE,
        "cell");
    refused(
        plane.put(Service.named("nobody", "web"), Precondition.ABSENT),
        ErrorCode.UNRESOLVED_REFERENCE,
        "tenant");
    refused(
        plane.put(event("names", "absent"), Precondition.ABSENT),
        ErrorCode.UNRESOLVED_REFERENCE,
        "loads[0].service");
  }

  @Test
  void nothingIsRemovedThatIsStillNamed() throws Exception {
    create(Cell.named("used"));
    create(NodePool.named("used", "p"));
    create(Tenant.named("owner"));
    create(Service.named("owner", "web"));
    create(event("owner", "web"));
    refused(plane.delete(SpecKind.CELL, "used", Precondition.NONE), ErrorCode.IN_USE, "cell");
    refused(plane.delete(SpecKind.TENANT, "owner", Precondition.NONE), ErrorCode.IN_USE, "tenant");
    refused(
        plane.delete(SpecKind.SERVICE, "owner/web", Precondition.NONE),
        ErrorCode.IN_USE,
        "service");

    get(plane.delete(SpecKind.PEAK_EVENT, "owner-web", Precondition.NONE));
    get(plane.delete(SpecKind.SERVICE, "owner/web", Precondition.NONE));
    get(plane.delete(SpecKind.TENANT, "owner", Precondition.NONE));
    get(plane.delete(SpecKind.NODE_POOL, "used/p", Precondition.NONE));
    SpecChange gone = get(plane.delete(SpecKind.CELL, "used", Precondition.NONE));
    assertThat(gone.spec()).isNull();
    refused(plane.spec(SpecKind.CELL, "used"), ErrorCode.NOT_FOUND, "cell");
    refused(plane.delete(SpecKind.CELL, "used", Precondition.NONE), ErrorCode.NOT_FOUND, "cell");
  }

  @Test
  void pagesGoOnWhereTheLastEnded() throws Exception {
    create(Tenant.named("paged"));
    for (String name : List.of("a", "b", "c")) {
      create(Service.named("paged", name));
    }
    SpecPage first = get(plane.specs(SpecKind.SERVICE, new PageRequest(2, "", "paged/")));
    assertThat(first.items()).extracting(SpecChange::key).containsExactly("paged/a", "paged/b");
    assertThat(first.next()).isEqualTo("paged/b");
    SpecPage second = get(plane.specs(SpecKind.SERVICE, new PageRequest(2, "paged/b", "paged/")));
    assertThat(second.items()).extracting(SpecChange::key).containsExactly("paged/c");
    assertThat(second.next()).isNull();
  }

  @Test
  void simulationNeedsATargetAndAnAgent() throws Exception {
    create(Cell.named("simulated"));
    create(Tenant.named("sim"));
    create(Service.named("sim", "web"));
    refused(simulate(surge("sim", "absent")), ErrorCode.NOT_FOUND, "service");
    Fault crash = new Fault(FaultKind.NODE_CRASH, "simulated", "n-1", 0);
    assertThatThrownBy(() -> get(simulate(crash)))
        .isInstanceOfSatisfying(
            InvalidInputException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
    refused(
        simulate(new Fault(FaultKind.SLOW_BOOTS, "simulated", "n-1", 60_000)),
        ErrorCode.INVALID_VALUE,
        "target");
    refused(
        simulate(new Fault(FaultKind.SPOT_LOSS, "simulated", "simulated", 60_000)),
        ErrorCode.NOT_FOUND,
        "target");
    assertThatThrownBy(() -> get(simulate(surge("sim", "web"))))
        .isInstanceOf(UnavailableException.class);
  }

  private static Future<Void> simulate(SimulationCommand command) {
    return plane.simulate(command);
  }

  @Test
  void deletedCellIsToldAndShownNoLonger() throws Exception {
    create(Cell.named("left"));
    awaitEpoch("left");
    CountDownLatch gone = new CountDownLatch(1);
    List<String> afterwards = new CopyOnWriteArrayList<>();
    StreamListener listener =
        new StreamListener() {
          @Override
          public void onSnapshot(CellSnapshot snapshot) {
            if (gone.getCount() == 0) {
              afterwards.add(snapshot.cell());
            }
          }

          @Override
          public void onDecision(Decision decision) {}

          @Override
          public void onCellGone(String cell) {
            if (cell.equals("left")) {
              gone.countDown();
            }
          }
        };
    try (Subscription subscription = plane.subscribe(listener)) {
      assertThat(subscription).isNotNull();
      get(plane.delete(SpecKind.CELL, "left", Precondition.NONE));
      assertThat(gone.await(WAIT_S, TimeUnit.SECONDS)).isTrue();
      create(Cell.named("stays"));
      awaitEpoch("stays");
      assertThat(afterwards).doesNotContain("left");
      assertThat(get(plane.snapshots())).extracting(CellSnapshot::cell).doesNotContain("left");
    }
  }

  @Test
  void decisionsAndReasonsAreReadBackFromTheJournal() throws Exception {
    ServiceId web = new ServiceId("why", "web");
    CountDownLatch decided = new CountDownLatch(1);
    StreamListener listener =
        new StreamListener() {
          @Override
          public void onSnapshot(CellSnapshot snapshot) {}

          @Override
          public void onDecision(Decision decision) {
            boolean target =
                decision.facts().stream()
                    .anyMatch(f -> f instanceof Fact.TargetSet t && t.service().equals(web));
            if (target && decision.cell().equals("decided")) {
              decided.countDown();
            }
          }
        };
    try (Subscription subscription = plane.subscribe(listener)) {
      assertThat(subscription).isNotNull();
      create(Cell.named("decided"));
      create(Tenant.named("why"));
      create(Service.named("why", "web"));
      assertThat(decided.await(WAIT_S, TimeUnit.SECONDS)).isTrue();
    }
    DecisionQuery query = new DecisionQuery("decided", web, null, 5);
    assertThat(get(plane.explain(web, null)))
        .anyMatch(explained -> explained.cell().equals("decided"));
    assertThat(get(plane.decisions(query)))
        .isNotEmpty()
        .allMatch(decision -> decision.cell().equals("decided"));
    assertThat(get(plane.decisions(new DecisionQuery("decided", web, 1L, 5))))
        .as("nothing was decided in 1970")
        .isEmpty();
    refused(plane.explain(new ServiceId("why", "absent"), null), ErrorCode.NOT_FOUND, "service");
  }

  @Test
  void planTellsWhatWouldBeWrittenAndDecidedAndDoesNothing() throws Exception {
    create(Cell.named("planned"));
    create(NodePool.named("planned", "p"));
    create(Tenant.named("plan"));
    awaitSnapshot("planned", snapshot -> !snapshot.pools().isEmpty());
    OwnedCells.await(member);
    Service web = in("planned", "plan", "web");
    Plan plan =
        get(plane.plan(PlanRequest.of(List.of(Tenant.named("plan"), web, event("plan", "web")))));

    assertThat(plan.specs())
        .extracting(Plan.PlannedSpec::action)
        .containsExactly(Plan.Action.NONE, Plan.Action.CREATE, Plan.Action.CREATE);
    Plan.CellPlan cell =
        plan.cells().stream().filter(c -> c.cell().equals("planned")).findFirst().orElseThrow();
    assertThat(cell.facts())
        .anyMatch(f -> f instanceof Fact.TargetSet t && t.service().equals(web.id()));
    assertThat(cell.events()).singleElement().satisfies(e -> assertThat(e.go()).isTrue());
    assertThat(plan.refused()).isFalse();
    refused(plane.spec(SpecKind.SERVICE, "plan/web"), ErrorCode.NOT_FOUND, "service");
    refused(plane.eventReadiness("plan-web"), ErrorCode.NOT_FOUND, "event");
  }

  @Test
  void planIsRefusedAsTheWriteWouldBe() throws Exception {
    create(Tenant.named("unplanned"));
    List<Spec> specs = List.of(Service.named("unplanned", "web"), Service.named("nobody", "web"));
    assertThatThrownBy(() -> get(plane.plan(PlanRequest.of(specs))))
        .hasMessage(
            "specs[1].tenant must name an existing tenant; create it first, in"
                + " service/nobody/web: nobody");
    assertThatThrownBy(() -> get(plane.plan(PlanRequest.of(List.of(held(1, "over"))))))
        .hasMessageStartingWith("specs[0].scaling.override.expiresAtMs must be ")
        .hasMessageContaining(", in service/held/web: 1");
  }

  @Test
  void planOfARemovalLooksAheadAndRemovesNothing() throws Exception {
    create(Cell.named("removed"));
    create(NodePool.named("removed", "p"));
    create(Tenant.named("rem"));
    Service web = in("removed", "rem", "web");
    create(web);
    create(event("rem", "web"));
    OwnedCells.await(member);
    PlanRequest.Removal event = new PlanRequest.Removal(SpecKind.PEAK_EVENT, "rem-web");
    PlanRequest.Removal service = new PlanRequest.Removal(SpecKind.SERVICE, "rem/web");

    Plan plan = get(plane.plan(new PlanRequest(List.of(), List.of(event, service), 60_000)));
    assertThat(plan.specs())
        .extracting(Plan.PlannedSpec::action)
        .containsExactly(Plan.Action.DELETE, Plan.Action.DELETE);
    Plan.CellPlan cell =
        plan.cells().stream().filter(c -> c.cell().equals("removed")).findFirst().orElseThrow();
    assertThat(cell.span()).isNotNull();
    assertThat(cell.span().forMs()).isEqualTo(60_000);
    assertThat(get(plane.spec(SpecKind.SERVICE, "rem/web")).spec()).isEqualTo(web);
    assertThat(get(plane.spec(SpecKind.PEAK_EVENT, "rem-web")).spec()).isNotNull();

    // The same checks as the write's: it is still named, and it is not there.
    refused(
        plane.plan(new PlanRequest(List.of(), List.of(service, event), 0)),
        ErrorCode.IN_USE,
        "delete[0].key");
    refused(
        plane.plan(
            new PlanRequest(
                List.of(), List.of(event, new PlanRequest.Removal(SpecKind.TENANT, "nobody")), 0)),
        ErrorCode.NOT_FOUND,
        "delete[1].key");
  }

  @Test
  void readinessOfADeclaredEventIsTheOwners() throws Exception {
    create(Cell.named("ready"));
    create(NodePool.named("ready", "p"));
    create(Tenant.named("go"));
    create(in("ready", "go", "web"));
    create(event("go", "web"));
    EventReadinessList readiness = readiness("go-web", 1, 1);
    assertThat(readiness.go()).isTrue();
    assertThat(readiness.items())
        .singleElement()
        .satisfies(
            each -> {
              assertThat(each.cell()).isEqualTo("ready");
              assertThat(each.services().get(0).needed()).isEqualTo(1);
              assertThat(each.lastMomentMs()).isLessThan(each.startMs());
            });
  }

  @Test
  void readinessOfAnEventThatIsOverIsNoGo() throws Exception {
    create(Cell.named("late"));
    create(NodePool.named("late", "p"));
    create(Tenant.named("gone"));
    create(in("late", "gone", "web"));
    PeakEvent day = event("gone", "web");
    create(new PeakEvent(day.name(), 0, 1_000, 1_000, 1_000, day.loads()));
    EventReadinessList readiness = readiness("gone-web", 1, 0);
    assertThat(readiness.go()).isFalse();
    assertThat(readiness.items().get(0).overSinceMs()).isEqualTo(12_000);
  }

  /** One service may burst, the other must stay private: each cell answers for its own. */
  @Test
  void readinessOfAnEventOverTwoCellsAsksEachForWhatMayRunThere() throws Exception {
    create(new Cell("burst-own", "east", "cn", Ownership.PRIVATE, 10));
    create(new Cell("burst-rented", "east", "cn", Ownership.PUBLIC, 20));
    create(NodePool.named("burst-own", "p"));
    create(NodePool.named("burst-rented", "p"));
    create(Tenant.named("burst"));
    List<String> both = List.of("burst-own", "burst-rented");
    Service query = in(both, "burst", "query", Residency.ANYWHERE);
    Service order = in(both, "burst", "order", new Residency(List.of(), true));
    Service nowhere = in(List.of("burst-rented"), "burst", "none", order.residency());
    create(query);
    create(order);
    create(event("burst", "query", "order"));
    EventReadinessList readiness = readiness("burst-query", 2, 2);
    assertThat(readiness.items())
        .extracting(EventReadiness::cell)
        .containsExactly("burst-own", "burst-rented");
    assertThat(readiness.items().get(0).elsewhere()).isEmpty();
    assertThat(readiness.items().get(1).elsewhere()).containsExactly(order.id());
    assertThat(readiness.items())
        .allSatisfy(
            cell -> {
              assertThat(cell.go()).isTrue();
              assertThat(cell.uncoveredRatio()).isZero();
              assertThat(cell.lastMomentMs()).isGreaterThan(cell.nowMs());
            });
    assertThat(readiness.nowhere()).isEmpty();
    assertThat(readiness.go()).isTrue();

    create(nowhere);
    create(event("burst", "none", "query", "order"));
    EventReadinessList without = readiness("burst-none", 2, 2);
    assertThat(without.items()).allMatch(EventReadiness::go);
    assertThat(without.nowhere()).containsExactly(nowhere.id());
    assertThat(without.go()).isFalse();
  }

  /** Asks until so many cells know the event, and the first so many of its services. */
  private static EventReadinessList readiness(String event, int cells, int services)
      throws Exception {
    OwnedCells.await(member);
    long untilNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_S);
    EventReadinessList readiness = new EventReadinessList(List.of());
    while (System.nanoTime() < untilNanos) {
      readiness = get(plane.eventReadiness(event));
      if (readiness.items().size() == cells
          && readiness.items().get(0).services().size() == services) {
        return readiness;
      }
    }
    throw new AssertionError("not every cell took the event: " + readiness);
  }

  private static Service in(String cell, String tenant, String name) {
    return in(List.of(cell), tenant, name, Residency.ANYWHERE);
  }

  private static Service in(List<String> cells, String tenant, String name, Residency residency) {
    Service any = Service.named(tenant, name);
    return new Service(
        tenant,
        name,
        cells,
        any.resources(),
        any.capacity(),
        any.slo(),
        any.scaling(),
        residency,
        any.placement(),
        any.criticality(),
        any.waitingRoomMax());
  }

  /** Waits until a member decides for the cell, which says nothing of who knows that it does. */
  private static void awaitEpoch(String cell) throws Exception {
    awaitSnapshot(cell, snapshot -> true);
  }

  private static void awaitSnapshot(String cell, Predicate<CellSnapshot> wanted) throws Exception {
    CountDownLatch decided = new CountDownLatch(1);
    StreamListener listener =
        new StreamListener() {
          @Override
          public void onSnapshot(CellSnapshot snapshot) {
            if (snapshot.cell().equals(cell) && wanted.test(snapshot)) {
              decided.countDown();
            }
          }

          @Override
          public void onDecision(Decision decision) {}
        };
    try (Subscription subscription = plane.subscribe(listener)) {
      assertThat(subscription).isNotNull();
      assertThat(decided.await(WAIT_S, TimeUnit.SECONDS)).isTrue();
    }
  }

  /** Named after the first of its services. */
  private static PeakEvent event(String tenant, String... services) {
    return new PeakEvent(
        tenant + "-" + services[0],
        4_000_000_000_000L,
        1_000,
        1_000,
        1_000,
        Stream.of(services)
            .map(service -> new PeakEvent.EventLoad(new ServiceId(tenant, service), 10))
            .toList());
  }

  private static Surge surge(String tenant, String service) {
    return new Surge(new ServiceId(tenant, service), 2, 1_000, 1_000, 1_000);
  }
}
