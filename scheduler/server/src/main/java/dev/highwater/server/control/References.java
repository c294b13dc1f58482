package dev.highwater.server.control;

import dev.highwater.model.Cordon;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.NodePool;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Service;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecKind;
import dev.highwater.model.Tenant;
import dev.highwater.model.json.ModelJson;
import dev.highwater.server.store.SpecKey;
import dev.highwater.server.store.SpecRow;
import dev.highwater.server.store.SpecRows;
import dev.highwater.server.store.SpecTable;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * What specs may say of one another: nothing names what does not exist, nothing is removed that is
 * still named, and no cell has too many. Checked inside the writing transaction. Counts once a
 * cell, so it is made for one transaction; confined to its thread.
 */
final class References {
  /** How many of a kind a cell has, with those of this transaction. */
  private final Map<SpecKey, Long> inCell = new HashMap<>();

  /** Refuses a spec that names something that does not exist. */
  void check(Spec spec, SpecTable.Reader reader) throws SQLException {
    if (spec instanceof NodePool pool) {
      require(reader, SpecKind.CELL, pool.cell(), "cell");
      limit(SpecKind.NODE_POOL, pool.cell(), pool.key(), NodePool.IN_CELL_MAX, reader);
    } else if (spec instanceof Cordon cordon) {
      require(reader, SpecKind.CELL, cordon.cell(), "cell");
      limit(SpecKind.CORDON, cordon.cell(), cordon.key(), Cordon.IN_CELL_MAX, reader);
    } else if (spec instanceof Service service) {
      require(reader, SpecKind.TENANT, service.tenant(), "tenant");
      for (int i = 0; i < service.cells().size(); i++) {
        require(reader, SpecKind.CELL, service.cells().get(i), "cells[" + i + "]");
      }
    } else if (spec instanceof Tenant tenant) {
      for (int i = 0; i < tenant.quotas().size(); i++) {
        require(reader, SpecKind.CELL, tenant.quotas().get(i).cell(), "quotas[" + i + "].cell");
      }
    } else if (spec instanceof PeakEvent event) {
      for (int i = 0; i < event.loads().size(); i++) {
        String service = event.loads().get(i).service().toString();
        require(reader, SpecKind.SERVICE, service, "loads[" + i + "].service");
      }
    }
  }

  /** Refuses one of a kind more than a cell may have. */
  private void limit(SpecKind kind, String cell, String key, int max, SpecTable.Reader reader)
      throws SQLException {
    if (reader.exists(SpecRows.key(kind, key))) {
      return;
    }
    SpecKey all = SpecRows.key(kind, cell + "/");
    Long known = inCell.get(all);
    long before = known != null ? known : reader.count(all.kind(), all.name());
    inCell.put(all, before + 1);
    if (before >= max) {
      throw new InvalidInputException(
          ErrorCode.TOO_LARGE,
          "cell",
          cell,
          "has " + max + " " + kind.word() + "s, the most there may be; remove one first");
    }
  }

  private static void require(SpecTable.Reader reader, SpecKind kind, String key, String field)
      throws SQLException {
    if (!reader.exists(SpecRows.key(kind, key))) {
      throw new InvalidInputException(
          ErrorCode.UNRESOLVED_REFERENCE,
          field,
          key,
          "must name an existing " + kind.word() + "; create it first");
    }
  }

  /**
   * Refuses to remove what another spec names.
   *
   * @param field where the request has the key
   */
  static void checkUnused(String field, SpecKind kind, String key, SpecTable.Reader reader)
      throws SQLException {
    switch (kind) {
      case CELL -> {
        refuse(field, reader, SpecKind.NODE_POOL, key, NodePool.class, p -> p.cell().equals(key));
        refuse(field, reader, SpecKind.CORDON, key, Cordon.class, c -> c.cell().equals(key));
        refuse(field, reader, SpecKind.SERVICE, key, Service.class, s -> s.cells().contains(key));
        refuse(
            field,
            reader,
            SpecKind.TENANT,
            key,
            Tenant.class,
            t -> t.quotas().stream().anyMatch(q -> q.cell().equals(key)));
      }
      case TENANT ->
          refuse(field, reader, SpecKind.SERVICE, key, Service.class, s -> s.tenant().equals(key));
      case SERVICE ->
          refuse(
              field,
              reader,
              SpecKind.PEAK_EVENT,
              key,
              PeakEvent.class,
              e -> e.loads().stream().anyMatch(l -> l.service().toString().equals(key)));
      case NODE_POOL, PEAK_EVENT, CORDON -> {
        // Nothing names these.
      }
    }
  }

  private static <S extends Spec> void refuse(
      String field,
      SpecTable.Reader reader,
      SpecKind kind,
      String key,
      Class<S> type,
      Predicate<S> names)
      throws SQLException {
    for (SpecRow row : reader.all(SpecRows.kind(kind))) {
      if (names.test(ModelJson.read(row.body(), type))) {
        throw new InvalidInputException(
            ErrorCode.IN_USE,
            field,
            key,
            "is still named by "
                + kind.word()
                + " "
                + row.key().name()
                + "; change or remove that first");
      }
    }
  }
}
