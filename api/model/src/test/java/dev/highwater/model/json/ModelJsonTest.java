package dev.highwater.model.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.highwater.model.AgentMessage;
import dev.highwater.model.Command;
import dev.highwater.model.Decision;
import dev.highwater.model.Digest;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.Explanation;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.ManualOverride;
import dev.highwater.model.NodeDescriptor;
import dev.highwater.model.NodePool;
import dev.highwater.model.Observation;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Quota;
import dev.highwater.model.ReplicaState;
import dev.highwater.model.Resources;
import dev.highwater.model.Scaling;
import dev.highwater.model.ScalingBehavior;
import dev.highwater.model.SchedulerMessage;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecKind;
import dev.highwater.model.Tenant;
import dev.highwater.model.WishSource;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: the JSON form loses nothing, refuses what it does not know, and says where. */
class ModelJsonTest {
  private static final ServiceId SHOP = new ServiceId("shop", "order");

  static Stream<Object> values() {
    NodeDescriptor node =
        new NodeDescriptor(
            "east",
            "n-1",
            "east/std",
            "a",
            Resources.of(16_000, 65_536),
            new TreeMap<>(),
            List.of());
    Observation.ReplicaReport replica =
        new Observation.ReplicaReport(SHOP, 7, ReplicaState.READY, 3, 1, 0.25);
    Observation.ServiceTraffic traffic =
        new Observation.ServiceTraffic(
            SHOP,
            10,
            12,
            9,
            1,
            0,
            1,
            0,
            0,
            0,
            2,
            5,
            new Observation.SparseHistogram(List.of(3, 9), List.of(8L, 1L)));
    Fact target = new Fact.TargetSet(SHOP, 12, WishSource.CALENDAR);
    Explanation explanation =
        new Explanation.ServiceExplained(
            SHOP,
            "slo",
            new Explanation.LoadView(Double.NaN, 1.5, 2.5, 5_000, 3.5, 20_000, 0.1, 160.25, 1),
            List.of(new Explanation.Wish(WishSource.CALENDAR, 12, 0, "event")),
            WishSource.CALENDAR,
            List.of(new Explanation.Clamp("replicasMax", 13, 12)),
            4,
            12,
            4,
            null,
            new Explanation.PlacementView(
                8,
                7,
                1,
                new TreeMap<>(java.util.Map.of("cpu", 3)),
                new TreeMap<>(java.util.Map.of("packing", 0.75))),
            new Explanation.AdmissionView(100, 120, 2_000, 20, 0.2),
            0.5,
            new ManualOverride(ManualOverride.Kind.CAP, 12, 9_000, "calm", "kim"));
    Command run =
        new Command.RunReplicas(
            2,
            9,
            "n-1",
            List.of(new Command.ReplicaOrder(SHOP, 7)),
            List.of(Service.named("shop", "order")));
    return Stream.of(
        Tenant.named("shop"),
        new Tenant(
            "a",
            "A",
            2,
            5,
            "c",
            List.of(new Quota("east", Resources.of(1, 2), null, Resources.NONE)),
            9),
        Service.named("shop", "order"),
        NodePool.named("east", "std"),
        new PeakEvent("sale", 5, 1, 2, 3, List.of(new PeakEvent.EventLoad(SHOP, 1e5))),
        new Input(
            "east",
            1,
            2,
            3,
            List.of(),
            List.of(
                new Observation.NodeConnected(1, node, List.of(replica)),
                new Observation.FrontDoorReport(2, 1, List.of(traffic)))),
        new Decision(
            "east",
            1,
            2,
            3,
            List.of(
                target,
                new Fact.SpecApplied(SpecKind.TENANT, "shop", 1, 4, Tenant.named("shop")),
                new Fact.ReplicasPlaced(SHOP, 4, List.of(new Fact.NodeShare("n-1", 3))),
                new Fact.NodeLost(
                    "n-2",
                    Fact.NodeLossReason.LEASE_EXPIRED,
                    List.of(new Fact.ServiceShare(SHOP, 2)))),
            List.of(run),
            List.of(explanation)),
        new AgentMessage.Hello(
            1, AgentMessage.Role.NODE, "east", "n-1", "", 0, node, List.of(replica)),
        new AgentMessage.Report(new Observation.NodeDisconnected(9, "n-1")),
        new SchedulerMessage.Instruct(run),
        new SchedulerMessage.Simulate(
            List.of(
                new SimulationCommand.Fault(
                    SimulationCommand.FaultKind.NODE_CRASH, "east", "n-1", 0))));
  }

  @ParameterizedTest
  @MethodSource("values")
  void everyValueSurvivesARoundTrip(Object value) {
    String json = ModelJson.write(value);
    assertThat(ModelJson.read(json, value.getClass())).as(json).isEqualTo(value);
    assertThat(ModelJson.read(ModelJson.writeBytes(value), value.getClass())).isEqualTo(value);
  }

  @Test
  void aSealedTypeIsReadByItsKind() {
    String json = ModelJson.write(NodePool.named("east", "std"));
    assertThat(json).contains("\"kind\":\"node-pool\"");
    assertThat(ModelJson.read(json, Spec.class)).isEqualTo(NodePool.named("east", "std"));
  }

  @Test
  void aTenantNeedsNothingButItsName() {
    assertThat(ModelJson.read("{\"name\":\"x\"}", Tenant.class)).isEqualTo(Tenant.named("x"));
  }

  @Test
  void nestedDefaultsFillWhatIsLeftOut() {
    Service service =
        ModelJson.read(
            "{\"tenant\":\"shop\",\"name\":\"order\",\"scaling\":{\"replicasMin\":3}}",
            Service.class);
    assertThat(service.scaling().replicasMin()).isEqualTo(3);
    assertThat(service.scaling().replicasMax()).isEqualTo(Scaling.DEFAULT.replicasMax());
    assertThat(service.slo().quantile()).isEqualTo(0.99);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UNKNOWN_FIELD|scaling.replicasMim|{\"tenant\":\"a\",\"name\":\"b\",\"scaling\":{\"replicasMim\":3}}",
        "MISSING_FIELD|tenant|{\"name\":\"b\"}",
        "INVALID_VALUE|scaling.replicasMin|{\"tenant\":\"a\",\"name\":\"b\",\"scaling\":{\"replicasMin\":-3}}",
        "INVALID_VALUE|capacity.balancing|{\"tenant\":\"a\",\"name\":\"b\",\"capacity\":{\"balancing\":\"best\"}}",
        "INVALID_VALUE|capacity.concurrency|{\"tenant\":\"a\",\"name\":\"b\",\"capacity\":{\"concurrency\":\"many\"}}",
        "INVALID_VALUE|slo.latencyMs|{\"tenant\":\"a\",\"name\":\"b\",\"slo\":{\"latencyMs\":\"NaN\"}}",
        "INVALID_VALUE|placement.antiAffinity[0]|{\"tenant\":\"a\",\"name\":\"b\",\"placement\":{\"antiAffinity\":[\"x\"]}}",
        "INVALID_VALUE|name|{\"tenant\":\"a\",\"name\":\"../b\"}",
        "INVALID_VALUE||[]",
        "MALFORMED||{\"tenant\":",
      })
  void aMistakeIsNamedByItsPath(String expectedThenJson) {
    String[] parts = expectedThenJson.split("\\|", 3);
    assertThatThrownBy(() -> ModelJson.read(parts[2], Service.class))
        .isInstanceOfSatisfying(
            InvalidInputException.class,
            e -> {
              assertThat(e.code()).as(e.getMessage()).isEqualTo(ErrorCode.valueOf(parts[0]));
              assertThat(e.field()).as(e.getMessage()).isEqualTo(parts[1]);
            });
  }

  @Test
  void anUnknownFieldSuggestsTheNearestOne() {
    assertThatThrownBy(() -> ModelJson.read("{\"name\":\"x\",\"wieght\":2}", Tenant.class))
        .hasMessageContaining("did you mean weight?");
  }

  @Test
  void aTextThatEndsTooSoonIsToldWithoutTheParsersOwnWords() {
    assertThatThrownBy(() -> ModelJson.read("{", Tenant.class))
        .hasMessageContaining("Unexpected end-of-input")
        .hasMessageContaining("correct the syntax")
        .message()
        .doesNotContain("Source", "REDACTED");
  }

  @Test
  void aWrongTypeIsToldWithoutTheParsersSettingsAndOurClasses() {
    assertThatThrownBy(() -> ModelJson.read("{\"name\":\"x\",\"priority\":1e999}", Tenant.class))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("priority has the wrong type")
        .hasMessageNotContaining("oercion");
    assertThatThrownBy(() -> ModelJson.read("[]", SimulationCommand.class))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("has the wrong type")
        .hasMessageNotContaining("dev.highwater");
  }

  @Test
  void whatProgramsSayMustBeComplete() {
    assertThatThrownBy(
            () ->
                ModelJson.read(
                    "{\"kind\":\"report\",\"observation\":{\"kind\":\"node-disconnected\",\"node\":\"n\"}}",
                    AgentMessage.class))
        .hasMessageContaining("observation.atMs");
  }

  /**
   * Journals that are kept and agents that still run were written before serial steps had shards.
   */
  @Test
  void whatIsOlderThanShardsLimitsNone() {
    assertThat(
            ModelJson.read(
                "{\"ratePerSecond\":100,\"readyCapacityPerSecond\":120,"
                    + "\"serialPerSecond\":2000,\"retryRatio\":0.2}",
                Explanation.AdmissionView.class))
        .isEqualTo(new Explanation.AdmissionView(100, 120, 2_000, Double.MAX_VALUE, 0.2));
    assertThat(
            ModelJson.read(
                "{\"service\":\"shop/order\",\"ratePerSecond\":100,\"retryRatio\":0.2}",
                Command.AdmissionRate.class))
        .isEqualTo(new Command.AdmissionRate(SHOP, 100, Double.MAX_VALUE, 0.2));
    assertThatThrownBy(
            () ->
                ModelJson.read(
                    "{\"service\":\"shop/order\",\"ratePerSecond\":100}",
                    Command.AdmissionRate.class))
        .hasMessageContaining("retryRatio");
  }

  /** Journals that are kept were written before it was told what a lost node held. */
  @Test
  void ofANodeThatWasLostBeforeItIsNotKnownWhatItHeld() {
    assertThat(
            ModelJson.read(
                "{\"kind\":\"node-lost\",\"node\":\"n-1\",\"reason\":\"lease-expired\"}",
                Fact.class))
        .isEqualTo(new Fact.NodeLost("n-1", Fact.NodeLossReason.LEASE_EXPIRED, List.of()));
  }

  /** Every list of a spec or message has a written bound, so that no input can exhaust a member. */
  @Test
  void listsAreBounded() {
    List<ServiceId> many = new ArrayList<>();
    for (int i = 0; i < 101; i++) {
      many.add(new ServiceId("t", "s" + i));
    }
    String json =
        "{\"tenant\":\"a\",\"name\":\"b\",\"placement\":{\"antiAffinity\":"
            + ModelJson.write(many)
            + "}}";
    assertThatThrownBy(() -> ModelJson.read(json, Service.class))
        .isInstanceOfSatisfying(
            InvalidInputException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOO_LARGE));
  }

  @Test
  void behaviorTakesTheDefaultsOfItsDirection() {
    Scaling scaling =
        ModelJson.read(
            """
            {"policy":"hpa:70",
             "schedules":[{"timezone":"Asia/Shanghai","start":"0 9 * * *","end":"0 18 * * *","replicasMin":4}],
             "behavior":{"scaleDown":{"policies":[{"type":"percent","value":10,"periodSeconds":60}]}}}
            """,
            Scaling.class);

    ScalingBehavior behavior = Objects.requireNonNull(scaling.behavior());
    assertThat(behavior.up()).isEqualTo(ScalingBehavior.DEFAULT.up());
    assertThat(behavior.down().windowMs()).isEqualTo(300_000);
    assertThat(behavior.down().policies())
        .containsExactly(new ScalingBehavior.HpaPolicy(ScalingBehavior.PolicyType.PERCENT, 10, 60));
    assertThat(ModelJson.read(ModelJson.write(scaling), Scaling.class)).isEqualTo(scaling);
    assertThat(new Digest().add(scaling).hex())
        .isNotEqualTo(new Digest().add(Scaling.DEFAULT).hex());
    assertThatThrownBy(
            () ->
                ModelJson.read(
                    "{\"behavior\":{\"scaleUp\":{\"policies\":[{\"type\":\"pods\",\"value\":0,"
                        + "\"periodSeconds\":15}]}}}",
                    Scaling.class))
        .hasMessageStartingWith("behavior.scaleUp.policies[0].value must be 1 to");
  }

  /** The record components must be things the digest and the codec both understand. */
  @Test
  void everyPermittedRecordUsesKnownShapes() {
    for (Class<?> sealed :
        List.of(
            AgentMessage.class,
            Command.class,
            Explanation.class,
            Fact.class,
            Observation.class,
            SchedulerMessage.class,
            SimulationCommand.class,
            Spec.class)) {
      for (Class<?> type : sealed.getPermittedSubclasses()) {
        for (RecordComponent component : type.getRecordComponents()) {
          Type shape = component.getGenericType();
          Class<?> raw =
              shape instanceof ParameterizedType p ? (Class<?>) p.getRawType() : (Class<?>) shape;
          assertThat(
                  raw.isPrimitive()
                      || raw.isRecord()
                      || raw.isEnum()
                      || raw.isSealed()
                      || raw == String.class
                      || raw == List.class
                      || raw == SortedMap.class)
              .as("%s.%s", type.getSimpleName(), component.getName())
              .isTrue();
          assertThat(component.getName()).as(type.getSimpleName()).isNotEqualTo("kind");
        }
      }
    }
  }

  @Test
  void onlySpotNodesAreTakenBackAtARate() {
    String text = "{\"cell\":\"local\",\"name\":\"p\",\"purchase\":\"%s\",\"spotLossPerHour\":%s}";
    assertThat(ModelJson.read(text.formatted("spot", "0.5"), NodePool.class).spotLossPerHour())
        .isEqualTo(0.5);
    assertThat(ModelJson.read("{\"cell\":\"c\",\"name\":\"p\"}", NodePool.class).spotLossPerHour())
        .isZero();
    assertThatThrownBy(() -> ModelJson.read(text.formatted("on-demand", "0.5"), NodePool.class))
        .hasMessageContaining("spotLossPerHour")
        .hasMessageContaining("must be 0 unless purchase is spot");
    for (String wrong : new String[] {"-1", "61"}) {
      assertThatThrownBy(() -> ModelJson.read(text.formatted("spot", wrong), NodePool.class))
          .hasMessageContaining("spotLossPerHour");
    }
  }
}
