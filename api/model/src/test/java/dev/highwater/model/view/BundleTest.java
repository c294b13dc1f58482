package dev.highwater.model.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.highwater.model.Spec;
import dev.highwater.model.Tenant;
import dev.highwater.model.json.ModelJson;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: a bundle that no store could write as a whole is refused before one is asked. */
class BundleTest {
  @Test
  void eachSpecIsDeclaredOnceAndNotTooMany() {
    Tenant shop = Tenant.named("shop");
    assertThatThrownBy(() -> Bundle.of(List.of(shop, Tenant.named("rail"), shop), false))
        .hasMessage("items[2].spec must be declared once: tenant/shop");
    assertThatThrownBy(() -> Bundle.of(List.of(), false))
        .hasMessage("items must hold 1 to 5000 specs: nothing");
    List<Spec> many = new ArrayList<>();
    for (int i = 0; i <= Bundle.ITEMS_MAX; i++) {
      many.add(Tenant.named("t" + i));
    }
    assertThatThrownBy(() -> Bundle.of(many, false)).hasMessageContaining("at most 5000");
  }

  @Test
  void onlyTheSpecsNeedBeSaid() {
    Bundle read =
        ModelJson.read(
            "{\"items\":[{\"spec\":{\"kind\":\"tenant\",\"name\":\"shop\"}}]}", Bundle.class);
    assertThat(read).isEqualTo(Bundle.of(List.of(Tenant.named("shop")), false));
  }
}
