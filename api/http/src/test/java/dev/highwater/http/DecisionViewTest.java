package dev.highwater.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.ServiceId;
import java.util.List;
import org.junit.jupiter.api.Test;

class DecisionViewTest {
  private static final ServiceId ORDER = new ServiceId("shop", "order");
  private static final ServiceId QUERY = new ServiceId("rail", "query");

  private static Fact lost(String node, Fact.ServiceShare... held) {
    return new Fact.NodeLost(node, Fact.NodeLossReason.LEASE_EXPIRED, List.of(held));
  }

  @Test
  void ofALostNodeAServiceIsToldItsOwnReplicas() {
    Fact.ServiceShare own = new Fact.ServiceShare(ORDER, 2);
    Fact.ServiceShare others = new Fact.ServiceShare(QUERY, 3);
    List<Fact> facts = List.of(lost("n-1", others, own), lost("n-2", others), lost("n-3"));
    Decision decision = new Decision("east", 1, 2, 3, facts, List.of(), List.of());

    assertThat(DecisionView.cut(decision, ORDER).facts()).containsExactly(lost("n-1", own));
    assertThat(DecisionView.cut(decision, null).facts()).isEqualTo(facts);
  }
}
