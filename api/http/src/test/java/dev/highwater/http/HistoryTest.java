package dev.highwater.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.highwater.http.History.Excerpt;
import dev.highwater.http.testing.SampleNight;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.CellSnapshot.ServiceStatus;
import dev.highwater.model.ServiceId;
import dev.highwater.model.json.ModelJson;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: the charts' history is the last points in order, whatever came before. */
class HistoryTest {
  private static final ServiceId ORDER = new ServiceId("shop", "order");
  private final SampleNight night = new SampleNight(1_000_000_000_000L);
  private final History history = new History();

  @Test
  void onlyTheLastHalfHourIsKept() {
    for (int second = 0; second < History.POINTS_MAX + 300; second++) {
      history.add(night.snapshot(second));
    }

    Excerpt all = history.read(SampleNight.CELL, 10 * History.POINTS_MAX, null);

    assertThat(all.atMs()).hasSize(History.POINTS_MAX).isSorted();
    assertThat(all.atMs()[0]).isEqualTo(night.snapshot(300).nowMs());
    int last = History.POINTS_MAX - 1;
    assertThat(all.atMs()[last]).isEqualTo(night.snapshot(300 + last).nowMs());
    assertThat(target(all)[last]).isEqualTo(status(night.snapshot(300 + last)).target());
    assertThat(target(all)[0]).isEqualTo(status(night.snapshot(300)).target());
  }

  @Test
  void windowEndsWithTheLastPoint() {
    for (int second = 0; second < 100; second++) {
      history.add(night.snapshot(second));
    }

    assertThat(history.read(SampleNight.CELL, 10, null).atMs())
        .hasSize(10)
        .startsWith(night.snapshot(90).nowMs())
        .endsWith(night.snapshot(99).nowMs());
  }

  @Test
  void tickThatFollowsAtOnceReplacesThePoint() {
    CellSnapshot first = night.snapshot(10);
    CellSnapshot second = at(night.snapshot(11), first.nowMs() + 50, night.snapshot(11).services());

    history.add(first);
    history.add(second);

    Excerpt all = history.read(SampleNight.CELL, 600, null);
    assertThat(all.atMs()).containsExactly(second.nowMs());
    assertThat(target(all)).containsExactly(status(second).target());
  }

  @Test
  void serviceThatCameLaterOrIsGoneIsUnknownAtOtherTimes() {
    history.add(at(night.snapshot(0), night.snapshot(0).nowMs(), List.of()));
    history.add(night.snapshot(1));
    history.add(at(night.snapshot(2), night.snapshot(2).nowMs(), List.of()));

    Excerpt all = history.read(SampleNight.CELL, 600, null);

    assertThat(target(all)[0]).isNaN();
    assertThat(target(all)[1]).isEqualTo(status(night.snapshot(1)).target());
    assertThat(target(all)[2]).isNaN();
    JsonObject json = all.toJson().getJsonArray("services").getJsonObject(0);
    assertThat(json.getJsonArray("target").getValue(0)).isNull();
    assertThat(json.getJsonArray("target").getValue(1)).isNotNull();
  }

  @Test
  void readyNodesOfPoolsAreToldToo() {
    history.add(night.snapshot(0));
    history.add(night.snapshot(1));

    JsonObject pool =
        history.read(SampleNight.CELL, 600, null).toJson().getJsonArray("pools").getJsonObject(0);

    CellSnapshot.PoolStatus expected = night.snapshot(1).pools().get(0);
    assertThat(pool.getString("pool")).isEqualTo(expected.pool());
    assertThat(pool.getJsonArray("ready").getDouble(1)).isEqualTo(expected.ready());
  }

  @Test
  void deletedCellLeavesNothingBehindAndBeginsAnew() {
    history.add(night.snapshot(1));
    history.forget(SampleNight.CELL);
    assertThat(history.read(SampleNight.CELL, 60, null).atMs()).isEmpty();

    history.add(night.snapshot(2));
    assertThat(history.read(SampleNight.CELL, 60, null).atMs()).hasSize(1);
  }

  @Test
  void manyServicesComeInPages() {
    ServiceStatus one = status(night.snapshot(0));
    List<ServiceStatus> many = new ArrayList<>();
    for (int i = 0; i < History.EXCERPT_SERVICES_MAX + 2; i++) {
      many.add(named(one, new ServiceId("shop", String.format("s%02d", i))));
    }
    history.add(at(night.snapshot(0), night.snapshot(0).nowMs(), many));

    JsonObject first = history.read(SampleNight.CELL, 600, null).toJson();
    ServiceId after = ServiceId.parse(first.getString("next"));
    Excerpt second = history.read(SampleNight.CELL, 600, after);

    assertThat(first.getJsonArray("services")).hasSize(History.EXCERPT_SERVICES_MAX);
    assertThat(second.series().keySet())
        .containsExactly(new ServiceId("shop", "s40"), new ServiceId("shop", "s41"));
    assertThat(second.toJson().containsKey("next")).isFalse();
  }

  @Test
  void unknownCellHasNoHistory() {
    assertThat(history.read("nowhere", 60, null).atMs()).isEmpty();
  }

  private static float[] target(Excerpt excerpt) {
    float[][] figures = excerpt.series().get(ORDER);
    if (figures == null) {
      throw new AssertionError("no series of " + ORDER);
    }
    return figures[3];
  }

  private static ServiceStatus status(CellSnapshot snapshot) {
    return snapshot.services().stream()
        .filter(each -> each.service().equals(ORDER))
        .findFirst()
        .orElseThrow();
  }

  private static ServiceStatus named(ServiceStatus like, ServiceId service) {
    ObjectNode tree = (ObjectNode) ModelJson.toTree(like);
    return ModelJson.read(tree.put("service", service.toString()), ServiceStatus.class);
  }

  private static CellSnapshot at(CellSnapshot like, long nowMs, List<ServiceStatus> services) {
    return new CellSnapshot(
        like.cell(),
        like.epoch(),
        like.owner(),
        nowMs,
        like.position(),
        like.ticksTotal(),
        like.auditViolationsTotal(),
        services,
        like.nodes(),
        like.pools(),
        like.events(),
        like.costPerHour(),
        like.costTotal(),
        like.nodeHoursTotal(),
        like.costSinceMs());
  }
}
