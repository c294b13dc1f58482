package dev.highwater.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.highwater.model.BootTime;
import dev.highwater.model.Capacity;
import dev.highwater.model.Cell;
import dev.highwater.model.CellMinute;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Cordon;
import dev.highwater.model.Decision;
import dev.highwater.model.Explanation;
import dev.highwater.model.ManualOverride;
import dev.highwater.model.MetricTarget;
import dev.highwater.model.NodePool;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.PlacementRule;
import dev.highwater.model.Problem;
import dev.highwater.model.Quota;
import dev.highwater.model.Residency;
import dev.highwater.model.Resources;
import dev.highwater.model.Scaling;
import dev.highwater.model.ScalingBehavior;
import dev.highwater.model.ScheduleFloor;
import dev.highwater.model.Service;
import dev.highwater.model.SimulationCommand;
import dev.highwater.model.Slo;
import dev.highwater.model.SpecChange;
import dev.highwater.model.Tenant;
import dev.highwater.model.json.ModelJson;
import dev.highwater.model.view.Bundle;
import dev.highwater.model.view.BundleApplied;
import dev.highwater.model.view.CellNode;
import dev.highwater.model.view.DatedExplanation;
import dev.highwater.model.view.DecisionList;
import dev.highwater.model.view.EventReadiness;
import dev.highwater.model.view.EventReadinessList;
import dev.highwater.model.view.ExplanationList;
import dev.highwater.model.view.MinutePage;
import dev.highwater.model.view.NodePage;
import dev.highwater.model.view.Plan;
import dev.highwater.model.view.PlanRequest;
import dev.highwater.model.view.PlanSpan;
import dev.highwater.model.view.Readiness;
import dev.highwater.model.view.SnapshotList;
import dev.highwater.model.view.SpecPage;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Goal: the published contract and the records cannot drift apart unseen. */
class ContractTest {
  private static final JsonNode SCHEMAS = read().at("/components/schemas");

  static Stream<Class<?>> records() {
    return Stream.of(
        BootTime.class,
        Bundle.class,
        Bundle.Item.class,
        BundleApplied.class,
        BundleApplied.AppliedSpec.class,
        Capacity.class,
        Cell.class,
        CellMinute.class,
        CellMinute.Changes.class,
        CellMinute.Growth.class,
        CellMinute.Latencies.class,
        CellMinute.Move.class,
        CellMinute.PoolMinute.class,
        CellMinute.ServiceMinute.class,
        CellNode.class,
        CellSnapshot.class,
        CellSnapshot.EventStatus.class,
        CellSnapshot.NodeStatus.class,
        CellSnapshot.PoolStatus.class,
        CellSnapshot.ServiceStatus.class,
        Cordon.class,
        DatedExplanation.class,
        Decision.class,
        DecisionList.class,
        Explanation.AdmissionView.class,
        Explanation.Clamp.class,
        Explanation.LoadView.class,
        Explanation.PlacementView.class,
        Explanation.PoolExplained.class,
        Explanation.MovesView.class,
        Explanation.ServiceExplained.class,
        Explanation.SharingView.class,
        Explanation.TradeView.class,
        Explanation.Wish.class,
        EventReadiness.class,
        EventReadiness.Reclaimed.class,
        EventReadiness.ServiceReadiness.class,
        EventReadinessList.class,
        ExplanationList.class,
        ManualOverride.class,
        MetricTarget.class,
        MinutePage.class,
        NodePage.class,
        NodePool.class,
        PeakEvent.class,
        PeakEvent.EventLoad.class,
        PlacementRule.class,
        Plan.class,
        Plan.CellPlan.class,
        Plan.PlannedSpec.class,
        PlanRequest.class,
        PlanRequest.Removal.class,
        PlanSpan.class,
        PlanSpan.Moment.class,
        PlanSpan.PoolSpan.class,
        PlanSpan.ServiceSpan.class,
        Problem.class,
        Quota.class,
        Readiness.class,
        Readiness.Check.class,
        Residency.class,
        Resources.class,
        Scaling.class,
        ScalingBehavior.class,
        ScalingBehavior.HpaPolicy.class,
        ScalingBehavior.ScalingRules.class,
        ScheduleFloor.class,
        Service.class,
        SimulationCommand.Fault.class,
        SimulationCommand.Surge.class,
        Slo.class,
        SnapshotList.class,
        SpecChange.class,
        SpecPage.class,
        Tenant.class);
  }

  @ParameterizedTest
  @MethodSource("records")
  void schemaNamesEveryFieldOfItsRecordAndNoOther(Class<?> type) {
    List<String> components =
        Arrays.stream(type.getRecordComponents()).map(RecordComponent::getName).toList();
    JsonNode properties = SCHEMAS.at("/" + type.getSimpleName() + "/properties");

    List<String> described = new ArrayList<>();
    properties.fieldNames().forEachRemaining(described::add);
    if (!components.contains("kind")) {
      described.remove("kind"); // what a value of a sealed type is called, not a component
    }

    assertThat(described).containsExactlyInAnyOrderElementsOf(components);
  }

  @ParameterizedTest
  @MethodSource("records")
  void schemaListsEveryConstantOfAnEnum(Class<?> type) {
    for (RecordComponent component : type.getRecordComponents()) {
      if (component.getType().isEnum()) {
        JsonNode listed =
            SCHEMAS.at("/" + type.getSimpleName() + "/properties/" + component.getName() + "/enum");
        List<String> names = new ArrayList<>();
        listed.forEach(name -> names.add(name.asText()));
        assertThat(names)
            .as(component.getName())
            .containsExactlyInAnyOrderElementsOf(
                Arrays.stream(component.getType().getEnumConstants())
                    .map(constant -> constant.toString().toLowerCase(Locale.ROOT).replace('_', '-'))
                    .toList());
      }
    }
  }

  @Test
  void kindsOfSealedTypesAreListed() {
    for (Class<?> sealed :
        List.of(dev.highwater.model.Fact.class, dev.highwater.model.Command.class)) {
      TreeSet<String> listed = new TreeSet<>();
      SCHEMAS
          .at("/" + sealed.getSimpleName() + "/properties/kind/enum")
          .forEach(name -> listed.add(name.asText()));
      TreeSet<String> permitted = new TreeSet<>();
      for (Class<?> type : sealed.getPermittedSubclasses()) {
        permitted.add(
            type.getSimpleName().replaceAll("(?<=[a-z])(?=[A-Z])", "-").toLowerCase(Locale.ROOT));
      }
      assertThat(listed).isEqualTo(permitted);
    }
  }

  @Test
  void defaultsInTheContractAreThoseOfTheRecords() {
    JsonNode tenant = ModelJson.toTree(Tenant.named("x"));
    JsonNode service = ModelJson.toTree(Service.named("x", "x"));
    JsonNode pool = ModelJson.toTree(NodePool.named("x", "x"));
    int checked =
        sameDefaults("Tenant", tenant)
            + sameDefaults("Service", service)
            + sameDefaults("NodePool", pool)
            + sameDefaults("Cell", ModelJson.toTree(Cell.named("x")))
            + sameDefaults("Capacity", service.get("capacity"))
            + sameDefaults("Scaling", service.get("scaling"))
            + sameDefaults("Slo", service.get("slo"))
            + sameDefaults("PlacementRule", service.get("placement"));

    assertThat(checked).isGreaterThan(25);
  }

  private static int sameDefaults(String schema, JsonNode example) {
    int checked = 0;
    JsonNode properties = SCHEMAS.at("/" + schema + "/properties");
    for (var property : properties.properties()) {
      JsonNode stated = property.getValue().get("default");
      if (stated != null) {
        JsonNode actual = example.get(property.getKey());
        boolean same =
            stated.isNumber()
                ? stated.doubleValue() == actual.doubleValue()
                : stated.equals(actual);
        assertThat(same)
            .as(schema + "." + property.getKey() + " " + stated + " " + actual)
            .isTrue();
        checked++;
      }
    }
    return checked;
  }

  private static JsonNode read() {
    try (InputStream in =
        Objects.requireNonNull(ContractTest.class.getResourceAsStream("/openapi.yaml"))) {
      return new ObjectMapper(new YAMLFactory()).readTree(in);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
