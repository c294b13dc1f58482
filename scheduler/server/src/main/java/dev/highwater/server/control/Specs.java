package dev.highwater.server.control;

import dev.highwater.http.ControlPlane;
import dev.highwater.http.PageRequest;
import dev.highwater.http.Precondition;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Limits;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import dev.highwater.model.view.Plan;
import dev.highwater.model.view.SpecPage;
import dev.highwater.server.store.AuditEntry;
import dev.highwater.server.store.SpecEdit;
import dev.highwater.server.store.SpecKey;
import dev.highwater.server.store.SpecRow;
import dev.highwater.server.store.SpecRows;
import dev.highwater.server.store.SpecWrite;
import dev.highwater.server.store.Store;
import dev.highwater.server.store.StoreUnavailableException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Specs as the API reads and writes them. Thread-safe; blocks for the store. */
final class Specs {
  private final Store store;
  private final Clock clock;

  Specs(Store store, Clock clock) {
    this.store = store;
    this.clock = clock;
  }

  SpecPage page(SpecKind kind, PageRequest page) throws StoreUnavailableException {
    List<SpecRow> rows =
        store.specs().list(SpecRows.kind(kind), page.prefix(), page.after(), page.limit() + 1);
    List<SpecChange> items = new ArrayList<>();
    for (SpecRow row : rows.subList(0, Math.min(rows.size(), page.limit()))) {
      items.add(SpecRows.change(row));
    }
    boolean more = rows.size() > page.limit();
    return new SpecPage(items, more ? items.get(items.size() - 1).key() : null);
  }

  SpecChange get(SpecKind kind, String key) throws StoreUnavailableException {
    return store
        .specs()
        .find(SpecRows.key(kind, key))
        .map(SpecRows::change)
        .orElseThrow(() -> notFound(kind, key));
  }

  static InvalidInputException notFound(SpecKind kind, String key) {
    return new InvalidInputException(
        ErrorCode.NOT_FOUND, "", key, "must name a " + SpecRows.kind(kind) + " that exists");
  }

  SpecChange put(Spec spec, Precondition precondition, String principal)
      throws StoreUnavailableException {
    SpecWrite outcome =
        store
            .specs()
            .write(
                List.of(SpecRows.put(spec, precondition.resourceVersion())),
                (edit, reader) -> References.check(spec, reader),
                entry(principal, "put", SpecRows.key(SpecKind.of(spec), spec.key())));
    return written(outcome, SpecKind.of(spec), spec.key(), precondition);
  }

  /**
   * What putting these specs would write, by the same checks and without writing it.
   *
   * @return a change for each spec that is not declared like that already
   */
  List<SpecChange> tryOut(List<Spec> specs, String principal) throws StoreUnavailableException {
    List<SpecEdit> edits = new ArrayList<>();
    Map<SpecKey, Integer> positions = new HashMap<>();
    for (int i = 0; i < specs.size(); i++) {
      Spec spec = specs.get(i);
      SpecKey key = SpecRows.key(SpecKind.of(spec), spec.key());
      positions.put(key, i);
      if (action(spec) != Plan.Action.NONE) {
        edits.add(SpecRows.put(spec, SpecEdit.ANY));
      }
    }
    SpecWrite outcome =
        store
            .specs()
            .tryOut(
                edits,
                (edit, reader) -> {
                  int i = positions.getOrDefault(edit.key(), 0);
                  try {
                    References.check(specs.get(i), reader);
                  } catch (InvalidInputException e) {
                    throw e.under("specs[" + i + "]");
                  }
                },
                new AuditEntry(clock.millis(), principal, "plan", "specs", ""));
    return ((SpecWrite.Written) outcome).rows().stream().map(SpecRows::change).toList();
  }

  /** What putting a spec would do to its row. */
  Plan.Action action(Spec spec) throws StoreUnavailableException {
    SpecRow row = store.specs().find(SpecRows.key(SpecKind.of(spec), spec.key())).orElse(null);
    return row == null
        ? Plan.Action.CREATE
        : spec.equals(SpecRows.change(row).spec()) ? Plan.Action.NONE : Plan.Action.CHANGE;
  }

  List<SpecChange> create(List<Spec> specs, String principal) throws StoreUnavailableException {
    Limits.list("specs", specs, ControlPlane.CREATE_MAX);
    Map<SpecKey, Spec> absent = new LinkedHashMap<>();
    specs.forEach(spec -> absent.put(SpecRows.key(SpecKind.of(spec), spec.key()), spec));
    while (!absent.isEmpty()) {
      List<SpecEdit> edits = new ArrayList<>();
      absent.values().forEach(spec -> edits.add(SpecRows.put(spec, SpecEdit.ABSENT)));
      SpecWrite outcome =
          store
              .specs()
              .write(
                  edits,
                  (edit, reader) ->
                      References.check(Objects.requireNonNull(absent.get(edit.key())), reader),
                  entry(principal, "create", edits.get(0).key()));
      if (outcome instanceof SpecWrite.Written written) {
        return written.rows().stream().map(SpecRows::change).toList();
      }
      for (SpecEdit edit : edits) {
        if (store.specs().find(edit.key()).isPresent()) {
          absent.remove(edit.key());
        }
      }
    }
    return List.of();
  }

  SpecChange delete(SpecKind kind, String key, Precondition precondition, String principal)
      throws StoreUnavailableException {
    SpecWrite outcome =
        store
            .specs()
            .write(
                List.of(SpecEdit.delete(SpecRows.key(kind, key), precondition.resourceVersion())),
                (edit, reader) -> References.checkUnused(kind, key, reader),
                entry(principal, "delete", SpecRows.key(kind, key)));
    return written(outcome, kind, key, precondition);
  }

  private AuditEntry entry(String principal, String verb, SpecKey key) {
    return new AuditEntry(clock.millis(), principal, verb, key.toString(), "");
  }

  private static SpecChange written(
      SpecWrite outcome, SpecKind kind, String key, Precondition precondition) {
    if (outcome instanceof SpecWrite.Written written) {
      return SpecRows.change(written.rows().get(0));
    }
    SpecRow current = ((SpecWrite.Conflict) outcome).current();
    String now =
        current == null || current.deleted()
            ? "there is none"
            : "it is " + current.resourceVersion();
    boolean deleting = ((SpecWrite.Conflict) outcome).edit().deleted();
    if (deleting && (current == null || current.deleted())) {
      throw notFound(kind, key);
    }
    if (precondition.equals(Precondition.ABSENT)) {
      throw new InvalidInputException(
          ErrorCode.ALREADY_EXISTS, "", key, "exists already; change it with its version");
    }
    throw new InvalidInputException(
        ErrorCode.VERSION_CONFLICT,
        "resourceVersion",
        precondition.resourceVersion(),
        "must be the current version, and " + now + "; read it again");
  }
}
