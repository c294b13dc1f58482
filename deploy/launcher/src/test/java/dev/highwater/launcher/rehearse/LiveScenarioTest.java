package dev.highwater.launcher.rehearse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.client.HighwaterClient;
import dev.highwater.http.HttpApi;
import dev.highwater.http.HttpSettings;
import dev.highwater.http.testing.FakeControlPlane;
import dev.highwater.model.Cell;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.CellSnapshot.NodeState;
import dev.highwater.model.CellSnapshot.NodeStatus;
import dev.highwater.model.CellSnapshot.PoolStatus;
import dev.highwater.model.Cordon;
import dev.highwater.model.NodePool;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import dev.highwater.model.Tenant;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.StartNodes;
import io.vertx.core.Vertx;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Goal: what runs is rehearsed with the capacity that its users can really have. */
class LiveScenarioTest {
  private static final long NOW_MS = 1_800_000_000_000L;

  private static NodeStatus node(String name, NodeState state, @Nullable Cordon cordon) {
    return new NodeStatus(
        name,
        "east/p",
        "a",
        state,
        Resources.of(16_000, 65_536),
        Resources.NONE,
        0,
        NOW_MS,
        cordon);
  }

  @Test
  void nodesThatNobodyMayUseAreNoPartOfIt(@TempDir Path folder) throws Exception {
    Cordon drain = new Cordon("east", "operator-drains", true, "", "");
    FakeControlPlane world =
        new FakeControlPlane()
            .with(
                Cell.named("east"),
                NodePool.named("east", "p"),
                Tenant.named("shop"),
                Service.named("shop", "web"));
    Vertx vertx = Vertx.vertx();
    try {
      HttpApi api = new HttpApi(world, HttpSettings.DEFAULT.withPort(0));
      vertx.deployVerticle(api).await(20, TimeUnit.SECONDS);
      world.publish(
          new CellSnapshot(
              "east",
              1,
              "a",
              NOW_MS,
              1,
              1,
              0,
              List.of(),
              List.of(
                  node("open", NodeState.READY, null),
                  node("open-too", NodeState.READY, null),
                  node("held", NodeState.CORDONED, Cordon.of("east", "held")),
                  node("silent", NodeState.SILENT, Cordon.of("east", "silent")),
                  node("operator-drains", NodeState.DRAINING, drain),
                  node("given-back", NodeState.DRAINING, null)),
              List.of(new PoolStatus("east/p", 6, 6, 0, 0, 60, 1)),
              List.of(),
              0,
              0,
              0,
              NOW_MS));
      HighwaterClient client = new HighwaterClient(URI.create("http://127.0.0.1:" + api.port()));

      Path file = LiveScenario.write(client, folder, line -> {});

      Scenario scenario = ScenarioFiles.read(file).scenario();
      assertThat(scenario.startNodes()).containsExactly(new StartNodes("east/p", 2));
      assertThat(scenario.pools())
          .as("two stay and are in the way of others, two are replaced")
          .extracting(NodePool::nodesMax)
          .containsExactly(58);
    } finally {
      vertx.close().await(20, TimeUnit.SECONDS);
    }
  }
}
