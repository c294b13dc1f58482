package dev.highwater.model.view;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.highwater.model.Tenant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: what a bundle would be refused for is refused of a plan as well. */
class PlanRequestTest {
  @Test
  void eachSpecIsDeclaredOnce() {
    Tenant shop = Tenant.named("shop");
    assertThatThrownBy(() -> PlanRequest.of(List.of(shop, Tenant.named("rail"), shop)))
        .hasMessage("specs[2] must be declared once: tenant/shop");
  }
}
