package dev.highwater.model.view;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.highwater.model.Ownership;
import dev.highwater.model.ServiceId;
import dev.highwater.model.json.ModelJson;
import dev.highwater.model.view.EventReadiness.ServiceReadiness;
import dev.highwater.model.view.EventReadinessList.Burst;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: an event is a go when all cells together bear it, whichever the users go to now. */
class EventReadinessListTest {
  private static final ServiceId WEB = new ServiceId("shop", "web");
  private static final ServiceId API = new ServiceId("shop", "api");

  private static ServiceReadiness part(ServiceId service, double peak, double bears) {
    return new ServiceReadiness(
        service,
        peak,
        27,
        12,
        16,
        0,
        0,
        0,
        List.of(),
        12,
        bears,
        14_000,
        6,
        15_000,
        peak > bears ? 1 - bears / peak : 0,
        0,
        1,
        peak > bears ? "quota allows 16" : "");
  }

  private static EventReadiness cell(String name, Ownership of, ServiceReadiness... services) {
    boolean go = List.of(services).stream().allMatch(each -> each.shortOf().isEmpty());
    return new EventReadiness(
        "sale", name, of, go, 0, 20_000, 15_000, 1, 0, 0, 1, List.of(services), List.of(), null);
  }

  private static EventReadinessList list(EventReadiness... cells) {
    return new EventReadinessList(List.of(cells));
  }

  @Test
  void whatAPrivateCellLacksBurstsToAPublicOne() {
    EventReadiness park = cell("park", Ownership.PRIVATE, part(WEB, 5_000, 2_241));
    EventReadinessList both = list(cell("cloud", Ownership.PUBLIC, part(WEB, 0, 5_042)), park);
    assertThat(both.go()).isTrue();
    assertThat(both.met(park)).isTrue();
    assertThat(both.bursts())
        .singleElement()
        .satisfies(
            burst -> {
              assertThat(burst.from().cell()).isEqualTo("park");
              assertThat(burst.to().cell()).isEqualTo("cloud");
              assertThat(burst.perSecond()).isEqualTo(2_759);
              assertThat(burst.costPerHour()).isEqualTo(6 * 2_759 / 5_042.0);
            });
    assertThat(both.lastMomentMs(park)).as("of what bursts").isEqualTo(14_000);
    assertThat(both.lastMomentMs(both.items().get(0))).as("its own").isEqualTo(15_000);
    assertThat(both.burstsCostPerHour(park)).isEqualTo(both.bursts().get(0).costPerHour());
    assertThat(list(park).go()).as("alone").isFalse();
    assertThat(list(park).bursts()).isEmpty();
  }

  @Test
  void privateCellsBearItFirstAndWhatIsSpareCountsOnce() {
    EventReadiness a = cell("a", Ownership.PUBLIC, part(WEB, 1_000, 3_000));
    EventReadiness b = cell("b", Ownership.PRIVATE, part(WEB, 2_000, 1_500));
    EventReadiness c = cell("c", Ownership.PRIVATE, part(WEB, 1_000, 1_700));
    EventReadiness d = cell("d", Ownership.PRIVATE, part(WEB, 3_000, 1_000));
    assertThat(list(a, b, c, d).bursts())
        .extracting(burst -> burst.from().cell() + burst.to().cell() + burst.perSecond())
        .containsExactly("bc500.0", "dc200.0", "da1800.0");
    assertThat(list(a, b, c, d).go()).isTrue();

    EventReadiness less = cell("a", Ownership.PUBLIC, part(WEB, 1_000, 2_799));
    assertThat(list(less, b, c, d).go()).isFalse();
    assertThat(list(less, b, c, d).met(b)).isTrue();
    assertThat(list(less, b, c, d).met(d)).isFalse();
  }

  @Test
  void oneServicesRoomIsNotAnothers() {
    EventReadiness park = cell("park", Ownership.PRIVATE, part(WEB, 5_000, 2_000));
    EventReadiness cloud = cell("cloud", Ownership.PUBLIC, part(API, 0, 9_000));
    assertThat(list(cloud, park).go()).isFalse();
    assertThat(list(cloud, park).bursts()).isEmpty();
  }

  /** Other members may be older while they are replaced one by one. */
  @Test
  void whoDoesNotTellWhatItBearsBearsNothingForOthers() {
    EventReadiness cloud = cell("cloud", Ownership.PUBLIC, part(WEB, 0, 5_042));
    ObjectNode older = (ObjectNode) ModelJson.toTree(cloud);
    older.remove("ownership");
    ((ObjectNode) older.get("services").get(0)).remove("bearsPerSecond");
    EventReadiness read = ModelJson.read(older.toString(), EventReadiness.class);
    EventReadiness park = cell("park", Ownership.PRIVATE, part(WEB, 5_000, 2_241));
    assertThat(read.services().get(0).bearsPerSecond()).isZero();
    assertThat(list(read).go()).isTrue();
    assertThat(list(read, park).bursts()).extracting(Burst::perSecond).isEmpty();
    assertThat(list(read, park).go()).isFalse();
  }
}
