package dev.highwater.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.highwater.http.HttpApi;
import dev.highwater.http.HttpSettings;
import dev.highwater.http.UnavailableException;
import dev.highwater.http.testing.FakeControlPlane;
import dev.highwater.http.testing.SampleNight;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Cordon;
import dev.highwater.model.Decision;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.Fact;
import dev.highwater.model.Ownership;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import dev.highwater.model.Tenant;
import dev.highwater.model.view.EventReadiness;
import dev.highwater.model.view.Plan;
import dev.highwater.model.view.Plan.CellPlan;
import io.vertx.core.Vertx;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Goal: the client and the real HTTP API understand each other, also when things go wrong. */
class HighwaterClientTest {
  private final SampleNight night = new SampleNight(1_000_000_000_000L);
  private Vertx vertx;
  private FakeControlPlane world;
  private HighwaterClient client;

  @BeforeEach
  void start() throws Exception {
    vertx = Vertx.vertx();
    world = new FakeControlPlane();
    HttpApi api = new HttpApi(world, HttpSettings.DEFAULT.withPort(0));
    vertx.deployVerticle(api).await(20, TimeUnit.SECONDS);
    client = new HighwaterClient(URI.create("http://127.0.0.1:" + api.port()));
  }

  @AfterEach
  void stop() throws Exception {
    vertx.close().await(20, TimeUnit.SECONDS);
  }

  @Test
  void everyKindOfSpecIsWrittenAndRead() {
    night.specs().forEach(client::create);
    world.publish(night.snapshot(1));
    client.create(Cordon.of(SampleNight.CELL, "standard-1"));

    for (SpecKind kind : SpecKind.values()) {
      List<SpecChange> listed = client.specs(kind);
      assertThat(listed).as(kind.name()).isNotEmpty();
      for (SpecChange each : listed) {
        assertThat(client.spec(kind, each.key())).isEqualTo(each);
      }
    }
    assertThat(client.specs(SpecKind.SERVICE)).hasSize(5);
  }

  @Test
  void listsOfSeveralPagesAreRead() {
    for (int i = 0; i < 1_005; i++) {
      world.with(Tenant.named("t-" + i));
    }

    assertThat(client.specs(SpecKind.TENANT)).hasSize(1_005);
  }

  @Test
  void staleVersionIsRefusedWithItsCode() {
    SpecChange first = client.create(Tenant.named("x"));
    SpecChange second = client.put(Tenant.named("x"), OptionalLong.of(first.resourceVersion()));

    assertThat(second.resourceVersion()).isEqualTo(2);
    assertThatThrownBy(() -> client.put(Tenant.named("x"), OptionalLong.of(1)))
        .isInstanceOfSatisfying(
            ProblemException.class,
            problem -> assertThat(problem.code()).isEqualTo(ErrorCode.VERSION_CONFLICT))
        .hasMessageContaining("version 2");
    assertThat(client.delete(SpecKind.TENANT, "x", OptionalLong.of(2)).spec()).isNull();
  }

  @Test
  void refusalTellsWhatToDo() {
    world.breakWith(new UnavailableException("the store does not answer", "try again"));

    assertThatThrownBy(() -> client.create(Tenant.named("x")))
        .isInstanceOf(ProblemException.class)
        .hasMessage("the store does not answer; try again");
    assertThat(client.readiness().ready()).isFalse();
  }

  @Test
  void readModelsArriveAsPublished() {
    night.specs().forEach(world::with);
    world.publish(night.snapshot(420));
    world.publish(night.decision(420));
    ServiceId service = new ServiceId("rail", "order");

    assertThat(client.snapshots()).containsExactly(night.snapshot(420));
    assertThat(client.nodes()).hasSize(night.snapshot(420).nodes().size());
    assertThat(client.decisions(service, null, 10)).hasSize(1);
    assertThat(client.explain(service, null))
        .singleElement()
        .satisfies(found -> assertThat(found.sequence()).isEqualTo(420));
    assertThat(client.explain(service, night.snapshot(3).nowMs())).isEmpty();
  }

  @Test
  void whatWouldBeIsAskedAndNothingIsWritten() {
    night.specs().forEach(world::with);
    EventReadiness readiness =
        new EventReadiness(
            "flash-sale",
            "east",
            Ownership.PRIVATE,
            true,
            1,
            2,
            1,
            0.5,
            0,
            0.01,
            7,
            List.of(),
            List.of(),
            null);
    CellPlan cell =
        new CellPlan(
            "east",
            3,
            1,
            List.of(new Fact.PoolTargetSet("east/standard", 9)),
            List.of(),
            List.of(readiness),
            1,
            2,
            null);
    world.foresee(cell, readiness);

    Plan plan = client.plan(List.of(Tenant.named("shop"), Tenant.named("new")));

    assertThat(plan.specs()).extracting(Plan.PlannedSpec::key).containsExactly("shop", "new");
    assertThat(plan.cells()).containsExactly(cell);
    assertThat(client.eventReadiness("flash-sale").items()).containsExactly(readiness);
    assertThatThrownBy(() -> client.eventReadiness("nothing"))
        .isInstanceOfSatisfying(
            ProblemException.class,
            problem -> assertThat(problem.code()).isEqualTo(ErrorCode.NOT_FOUND));
    assertThatThrownBy(() -> client.spec(SpecKind.TENANT, "new"))
        .isInstanceOf(ProblemException.class);
  }

  @Test
  void simulationIsCommanded() {
    night.specs().forEach(world::with);
    world.publish(night.snapshot(1));
    SimulationCommand surge =
        new SimulationCommand.Surge(new ServiceId("shop", "order"), 3, 0, 1_000, 0);
    SimulationCommand fault =
        new SimulationCommand.Fault(
            SimulationCommand.FaultKind.NODE_CRASH, SampleNight.CELL, "standard-0", 0);

    client.simulate(surge);
    client.simulate(fault);

    assertThat(world.simulated()).containsExactly(surge, fault);
  }

  @Test
  void streamIsReadUntilTheReaderHasEnough() {
    world.publish(night.snapshot(1));
    List<Object> heard = new ArrayList<>();

    client.stream(
        new StreamReader() {
          @Override
          public void onSnapshot(CellSnapshot snapshot) {
            heard.add(snapshot);
            world.publish(night.decision(448));
          }

          @Override
          public void onDecision(Decision decision) {
            heard.add(decision.sequence());
            world.gone(SampleNight.CELL);
          }

          @Override
          public void onCellGone(String cell) {
            heard.add(cell);
          }

          @Override
          public void onGap() {
            heard.add("gap");
          }

          @Override
          public boolean wantsMore() {
            return heard.size() < 3;
          }
        });

    assertThat(heard).containsExactly(night.snapshot(1), 448L, SampleNight.CELL);
  }

  @Test
  void serverThatIsNotThereIsToldWithAWayOut() {
    HighwaterClient nobody = new HighwaterClient(URI.create("http://127.0.0.1:1"));

    assertThatThrownBy(nobody::snapshots)
        .isInstanceOfSatisfying(
            UnreachableException.class,
            e ->
                assertThat(e.advising("highwater scheduler", "--join"))
                    .isEqualTo(
                        "no Highwater server answers at http://127.0.0.1:1: connection refused;"
                            + " start one with `highwater scheduler`, or name another with"
                            + " --join"));
  }

  @Test
  void addressThatIsNoneIsRefused() {
    assertThatThrownBy(() -> new HighwaterClient(URI.create("localhost:8080")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("http://127.0.0.1:8080");
  }
}
