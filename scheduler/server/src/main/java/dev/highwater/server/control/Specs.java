package dev.highwater.server.control;

import dev.highwater.http.ControlPlane;
import dev.highwater.http.PageRequest;
import dev.highwater.http.Precondition;
import dev.highwater.kernel.policy.PolicyName;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Limits;
import dev.highwater.model.Service;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import dev.highwater.model.view.Bundle;
import dev.highwater.model.view.BundleApplied;
import dev.highwater.model.view.Plan;
import dev.highwater.model.view.Plan.PlannedSpec;
import dev.highwater.model.view.PlanRequest;
import dev.highwater.model.view.SpecPage;
import dev.highwater.server.store.AuditEntry;
import dev.highwater.server.store.SpecEdit;
import dev.highwater.server.store.SpecKey;
import dev.highwater.server.store.SpecRow;
import dev.highwater.server.store.SpecRows;
import dev.highwater.server.store.SpecTable;
import dev.highwater.server.store.SpecWrite;
import dev.highwater.server.store.Store;
import dev.highwater.server.store.StoreUnavailableException;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Specs as the API reads and writes them. Thread-safe; blocks for the store. */
final class Specs {
  private final Store store;
  private final Clock clock;
  private final Supplier<List<CellSnapshot>> seen;

  /**
   * Creates the table's face.
   *
   * @param seen the cells as they were last seen; may block
   */
  Specs(Store store, Clock clock, Supplier<List<CellSnapshot>> seen) {
    this.store = store;
    this.clock = clock;
    this.seen = seen;
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
        .orElseThrow(() -> notFound(kind.word(), kind, key));
  }

  private static InvalidInputException notFound(String field, SpecKind kind, String key) {
    return new InvalidInputException(
        ErrorCode.NOT_FOUND, field, key, "must name an existing " + kind.word());
  }

  SpecChange put(Spec spec, Precondition precondition, String principal)
      throws StoreUnavailableException {
    SpecKey key = SpecRows.key(SpecKind.of(spec), spec.key());
    OperatorWords words = checks().check(current(key), spec);
    References references = new References();
    SpecWrite outcome =
        store
            .specs()
            .write(
                List.of(SpecRows.put(spec, precondition.resourceVersion())),
                (edit, reader) -> references.check(spec, reader),
                List.of(entry(principal, "put", key, words.detail())));
    return written(outcome, SpecKind.of(spec), spec.key(), precondition);
  }

  private SpecChecks checks() {
    return new SpecChecks(clock.millis(), seen);
  }

  private @Nullable Spec current(SpecKey key) throws StoreUnavailableException {
    return store.specs().find(key).map(row -> SpecRows.change(row).spec()).orElse(null);
  }

  /**
   * What a change would write, by the same checks and without writing it.
   *
   * @return a change for each spec that is not declared like that already, and for each removal
   */
  List<SpecChange> tryOut(PlanRequest request, String principal) throws StoreUnavailableException {
    List<SpecEdit> edits = new ArrayList<>();
    Map<SpecEdit, Guarded> guards = new LinkedHashMap<>();
    SpecChecks checks = checks();
    References references = new References();
    for (int i = 0; i < request.specs().size(); i++) {
      Spec spec = request.specs().get(i);
      Spec before = current(SpecRows.key(SpecKind.of(spec), spec.key()));
      if (!spec.equals(before)) {
        String field = "specs[" + i + "]";
        try {
          checks.check(before, spec);
        } catch (InvalidInputException e) {
          throw SpecChecks.named(e, spec, field);
        }
        SpecEdit edit = SpecRows.put(spec, SpecEdit.ANY);
        edits.add(edit);
        guards.put(
            edit,
            new Guarded(
                reader -> references.check(spec, reader), e -> SpecChecks.named(e, spec, field)));
      }
    }
    for (int i = 0; i < request.delete().size(); i++) {
      PlanRequest.Removal each = request.delete().get(i);
      SpecEdit edit = SpecEdit.delete(SpecRows.key(each.kind(), each.key()), SpecEdit.ANY);
      String field = "delete[" + i + "]";
      edits.add(edit);
      guards.put(
          edit,
          new Guarded(
              reader -> References.checkUnused("key", each.kind(), each.key(), reader),
              e -> e.under(field)));
    }
    SpecWrite outcome =
        store
            .specs()
            .tryOut(
                edits,
                (edit, reader) -> Objects.requireNonNull(guards.get(edit)).check(reader),
                List.of(new AuditEntry(clock.millis(), principal, "plan", "specs", "")));
    if (outcome instanceof SpecWrite.Written written) {
      return written.rows().stream().map(SpecRows::change).toList();
    }
    // Puts are of any version, so only a removal of what is not there conflicts.
    SpecKey absent = ((SpecWrite.Conflict) outcome).edit().key();
    for (int i = 0; i < request.delete().size(); i++) {
      PlanRequest.Removal each = request.delete().get(i);
      if (SpecRows.key(each.kind(), each.key()).equals(absent)) {
        throw notFound("delete[" + i + "].key", each.kind(), each.key());
      }
    }
    throw new IllegalStateException("conflict at " + absent);
  }

  /** A check of one edit, and how its refusal says where the request has the edit. */
  private record Guarded(Check check, UnaryOperator<InvalidInputException> placed) {
    /** Reads other rows inside of the transaction. */
    @FunctionalInterface
    private interface Check {
      void of(SpecTable.Reader reader) throws SQLException;
    }

    void check(SpecTable.Reader reader) throws SQLException {
      try {
        check.of(reader);
      } catch (InvalidInputException e) {
        throw placed.apply(e);
      }
    }
  }

  /** What putting a spec would do to its row, and to what operators say of it. */
  PlannedSpec planned(Spec spec) throws StoreUnavailableException {
    SpecKind kind = SpecKind.of(spec);
    Spec before = current(SpecRows.key(kind, spec.key()));
    Plan.Action action =
        before == null
            ? Plan.Action.CREATE
            : spec.equals(before) ? Plan.Action.NONE : Plan.Action.CHANGE;
    return new PlannedSpec(kind, spec.key(), action, new OperatorWords(before, spec).detail());
  }

  /** What a removal would do to its row, and to what operators say of it. */
  PlannedSpec planned(PlanRequest.Removal each) throws StoreUnavailableException {
    Spec before = current(SpecRows.key(each.kind(), each.key()));
    String operator = new OperatorWords(before, null).detail();
    return new PlannedSpec(each.kind(), each.key(), Plan.Action.DELETE, operator);
  }

  List<SpecChange> create(List<Spec> specs, String principal) throws StoreUnavailableException {
    Limits.list("specs", specs, ControlPlane.CREATE_MAX);
    for (Spec spec : specs) {
      if (spec instanceof Service service) {
        PolicyName.check(service);
      }
    }
    Map<SpecKey, Spec> absent = new LinkedHashMap<>();
    specs.forEach(spec -> absent.put(SpecRows.key(SpecKind.of(spec), spec.key()), spec));
    while (!absent.isEmpty()) {
      List<SpecEdit> edits = new ArrayList<>();
      absent.values().forEach(spec -> edits.add(SpecRows.put(spec, SpecEdit.ABSENT)));
      References references = new References();
      SpecWrite outcome =
          store
              .specs()
              .write(
                  edits,
                  (edit, reader) ->
                      references.check(Objects.requireNonNull(absent.get(edit.key())), reader),
                  edits.stream().map(edit -> entry(principal, "create", edit.key(), "")).toList());
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

  BundleApplied apply(Bundle bundle, String principal) throws StoreUnavailableException {
    return new BundleWrite(store.specs(), checks(), bundle).write(clock.millis(), principal);
  }

  SpecChange delete(SpecKind kind, String key, Precondition precondition, String principal)
      throws StoreUnavailableException {
    SpecKey row = SpecRows.key(kind, key);
    String detail = new OperatorWords(current(row), null).detail();
    SpecWrite outcome =
        store
            .specs()
            .write(
                List.of(SpecEdit.delete(row, precondition.resourceVersion())),
                (edit, reader) -> References.checkUnused(kind.word(), kind, key, reader),
                List.of(entry(principal, "delete", row, detail)));
    return written(outcome, kind, key, precondition);
  }

  private AuditEntry entry(String principal, String verb, SpecKey key, String detail) {
    return new AuditEntry(clock.millis(), principal, verb, key.toString(), detail);
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
      throw notFound(kind.word(), kind, key);
    }
    if (precondition.equals(Precondition.ABSENT)) {
      throw new InvalidInputException(
          ErrorCode.ALREADY_EXISTS, kind.word(), key, "exists already; change it with its version");
    }
    throw new InvalidInputException(
        ErrorCode.VERSION_CONFLICT,
        "resourceVersion",
        precondition.resourceVersion(),
        "must be the current version, and " + now + "; read it again");
  }
}
