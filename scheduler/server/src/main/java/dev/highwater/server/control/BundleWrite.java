package dev.highwater.server.control;

import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import dev.highwater.model.view.Bundle;
import dev.highwater.model.view.BundleApplied;
import dev.highwater.model.view.BundleApplied.AppliedSpec;
import dev.highwater.model.view.Plan;
import dev.highwater.server.store.AuditEntry;
import dev.highwater.server.store.SpecEdit;
import dev.highwater.server.store.SpecKey;
import dev.highwater.server.store.SpecRow;
import dev.highwater.server.store.SpecRows;
import dev.highwater.server.store.SpecTable;
import dev.highwater.server.store.SpecWrite;
import dev.highwater.server.store.StoreUnavailableException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Writes a bundle of specs in one transaction.
 *
 * <p>What is compared with the rows outside of the transaction is written on the condition that
 * they are still as they were. Made for one bundle; confined to its thread.
 */
final class BundleWrite {
  private final SpecTable table;
  private final SpecChecks checks;
  private final References references = new References();
  private final Bundle bundle;
  private final AppliedSpec[] applied;
  private final Map<SpecKey, Integer> positions = new LinkedHashMap<>();
  private final List<SpecEdit> edits = new ArrayList<>();
  private final List<Change> changes = new ArrayList<>();

  BundleWrite(SpecTable table, SpecChecks checks, Bundle bundle) {
    this.table = table;
    this.checks = checks;
    this.bundle = bundle;
    applied = new AppliedSpec[bundle.items().size()];
  }

  /** What an edit does. */
  private record Change(SpecKey key, Plan.Action action, String operator) {}

  /** Writes it, or with a dry run does as if. */
  BundleApplied write(long nowMs, String principal) throws StoreUnavailableException {
    for (int i = 0; i < applied.length; i++) {
      compare(i);
    }
    if (!edits.isEmpty()) {
      List<AuditEntry> entries = new ArrayList<>();
      for (Change each : changes) {
        String subject = each.key().toString();
        entries.add(new AuditEntry(nowMs, principal, "apply", subject, each.operator()));
      }
      SpecTable.Guard guard = this::check;
      SpecWrite outcome =
          bundle.dryRun()
              ? table.tryOut(edits, guard, entries)
              : table.write(edits, guard, entries);
      if (outcome instanceof SpecWrite.Conflict conflict) {
        throw conflicts(conflict);
      }
      List<SpecRow> rows = ((SpecWrite.Written) outcome).rows();
      for (int e = 0; e < rows.size(); e++) {
        Change change = changes.get(e);
        applied[position(change.key())] =
            new AppliedSpec(change.action(), SpecRows.change(rows.get(e)), change.operator());
      }
    }
    return new BundleApplied(List.of(applied), bundle.dryRun());
  }

  /** Finds out whether a spec is declared like that already. */
  private void compare(int i) throws StoreUnavailableException {
    Bundle.Item item = bundle.items().get(i);
    Spec spec = item.spec();
    SpecKey key = SpecRows.key(SpecKind.of(spec), spec.key());
    SpecChange row = table.find(key).map(SpecRows::change).orElse(null);
    long version = row == null ? SpecEdit.ABSENT : row.resourceVersion();
    long expected = item.resourceVersion() == null ? version : item.resourceVersion();
    positions.put(key, i);
    if (row != null && spec.equals(row.spec()) && expected == version) {
      applied[i] = new AppliedSpec(Plan.Action.NONE, row, "");
      return;
    }
    Plan.Action action = row == null ? Plan.Action.CREATE : Plan.Action.CHANGE;
    try {
      OperatorWords words = checks.check(row == null ? null : row.spec(), spec);
      edits.add(SpecRows.put(spec, expected));
      changes.add(new Change(key, action, words.detail()));
    } catch (InvalidInputException e) {
      throw named(e, i);
    }
  }

  private void check(SpecEdit edit, SpecTable.Reader reader) throws SQLException {
    int i = position(edit.key());
    try {
      references.check(bundle.items().get(i).spec(), reader);
    } catch (InvalidInputException e) {
      throw named(e, i);
    }
  }

  private int position(SpecKey key) {
    return Objects.requireNonNull(positions.get(key));
  }

  /** Says which spec of the bundle a refusal is about, by its place and by its name. */
  private InvalidInputException named(InvalidInputException e, int i) {
    return SpecChecks.named(e, bundle.items().get(i).spec(), "items[" + i + "].spec");
  }

  private InvalidInputException conflicts(SpecWrite.Conflict conflict) {
    int i = position(conflict.edit().key());
    Bundle.Item item = bundle.items().get(i);
    SpecRow current = conflict.current();
    String now =
        current == null || current.deleted()
            ? "there is none"
            : "it is " + current.resourceVersion();
    return new InvalidInputException(
        ErrorCode.VERSION_CONFLICT,
        "items[" + i + "].resourceVersion",
        conflict.edit().expectedVersion(),
        "must be the current version, and " + now + ", in " + item.name() + "; read it again");
  }
}
