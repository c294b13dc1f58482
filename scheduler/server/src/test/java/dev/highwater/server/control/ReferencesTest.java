package dev.highwater.server.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.highwater.model.Cell;
import dev.highwater.model.Cordon;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Spec;
import dev.highwater.model.json.ModelJson;
import dev.highwater.server.store.AuditEntry;
import dev.highwater.server.store.SpecEdit;
import dev.highwater.server.store.SpecRows;
import dev.highwater.server.store.SpecWrite;
import dev.highwater.server.store.Store;
import dev.highwater.server.store.StoreLocation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Goal: cordons are counted with those of their own transaction, a cell for itself. */
class ReferencesTest {
  private static final AuditEntry ENTRY = new AuditEntry(0, "root", "apply", "cordons", "");

  @Test
  void aCellHasSoManyCordonsAndNoMore(@TempDir Path directory) throws Exception {
    try (Store store = Store.open(StoreLocation.directory(directory))) {
      List<Spec> all = new ArrayList<>(List.of(Cell.named("east"), Cell.named("west")));
      for (int i = 0; i < Cordon.IN_CELL_MAX - 1; i++) {
        all.add(Cordon.of("east", "n-" + i));
      }
      all.add(Cordon.of("west", "n-0"));
      assertThat(write(store, all)).isInstanceOf(SpecWrite.Written.class);

      Spec again = new Cordon("east", "n-0", true, "", "");
      Spec last = Cordon.of("east", "last");
      assertThatThrownBy(() -> write(store, List.of(again, last, Cordon.of("east", "over"))))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("has 1000 cordons");
      assertThat(write(store, List.of(last, Cordon.of("west", "n-1"))))
          .isInstanceOf(SpecWrite.Written.class);
      assertThatThrownBy(() -> write(store, List.of(Cordon.of("east", "over"))))
          .isInstanceOf(InvalidInputException.class);
    }
  }

  private static SpecWrite write(Store store, List<Spec> specs) throws Exception {
    References references = new References();
    return store
        .specs()
        .write(
            specs.stream().map(spec -> SpecRows.put(spec, SpecEdit.ANY)).toList(),
            (edit, reader) -> references.check(ModelJson.read(edit.body(), Spec.class), reader),
            List.of(ENTRY));
  }
}
