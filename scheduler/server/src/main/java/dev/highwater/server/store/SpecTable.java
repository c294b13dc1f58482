package dev.highwater.server.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The versioned specs. Owners read them as a stream of changes, the API as rows. Thread-safe;
 * blocks.
 */
public final class SpecTable {
  private static final String COLUMNS =
      "SELECT kind, name, resource_version, revision, deleted, format_version, updated_at_ms, body"
          + " FROM spec";

  private final Transactions transactions;

  SpecTable(Transactions transactions) {
    this.transactions = transactions;
  }

  /**
   * Writes all edits and what the audit log says of them in one transaction, or nothing.
   *
   * @param guard asked for every edit inside the transaction, before it is written
   * @param entries at least one; the rows are of the time of the first
   * @return the rows, or the first edit whose row was not at the expected version
   */
  public SpecWrite write(List<SpecEdit> edits, Guard guard, List<AuditEntry> entries)
      throws StoreUnavailableException {
    try {
      return transactions.write(
          "write specs", connection -> write(connection, edits, guard, entries));
    } catch (RolledBackException e) {
      return e.outcome;
    }
  }

  /** The outcome that {@link #write} would have; nothing of it stays. */
  public SpecWrite tryOut(List<SpecEdit> edits, Guard guard, List<AuditEntry> entries)
      throws StoreUnavailableException {
    try {
      return transactions.write(
          "try specs out",
          connection -> {
            throw new RolledBackException(write(connection, edits, guard, entries));
          });
    } catch (RolledBackException e) {
      return e.outcome;
    }
  }

  /** Writes without a guard. */
  public SpecWrite write(List<SpecEdit> edits, AuditEntry entry) throws StoreUnavailableException {
    return write(edits, (edit, reader) -> {}, List.of(entry));
  }

  /** Rolls the transaction back; never leaves this class. */
  private static final class RolledBackException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient SpecWrite outcome;

    RolledBackException(SpecWrite outcome) {
      super(null, null, false, false);
      this.outcome = outcome;
    }
  }

  /** Holds what must be true between specs, such as that a named tenant exists. */
  @FunctionalInterface
  public interface Guard {
    /** Throws an unchecked exception, which the writer's caller gets, to refuse the whole write. */
    void check(SpecEdit edit, Reader reader) throws SQLException;
  }

  /** Reads rows inside the writing transaction; nothing it saw can change before the commit. */
  public static final class Reader {
    private final Connection connection;

    private Reader(Connection connection) {
      this.connection = connection;
    }

    /** Whether a row with this key exists and is not deleted. */
    public boolean exists(SpecKey key) throws SQLException {
      SpecRow row = SpecTable.find(connection, key);
      return row != null && !row.deleted();
    }

    /** How many rows of a kind, whose names begin with {@code prefix}, are not deleted. */
    public long count(String kind, String prefix) throws SQLException {
      try (PreparedStatement query =
          connection.prepareStatement(
              "SELECT COUNT(*) FROM spec"
                  + " WHERE kind = ? AND substr(name, 1, ?) = ? AND deleted = 0")) {
        query.setString(1, kind);
        query.setInt(2, prefix.length());
        query.setString(3, prefix);
        try (ResultSet rows = query.executeQuery()) {
          return rows.next() ? rows.getLong(1) : 0;
        }
      }
    }

    /** Every row of a kind that is not deleted. */
    public List<SpecRow> all(String kind) throws SQLException {
      return SpecTable.list(connection, kind, "", "", Integer.MAX_VALUE);
    }
  }

  private static SpecWrite write(
      Connection connection, List<SpecEdit> edits, Guard guard, List<AuditEntry> entries)
      throws SQLException {
    Reader reader = new Reader(connection);
    List<SpecRow> rows = new ArrayList<>(edits.size());
    // The counter's row comes first, so that writers of overlapping sets queue and never deadlock.
    long revision = Counters.next(connection, Counters.SPEC, edits.size());
    for (SpecEdit edit : edits) {
      SpecRow current = find(connection, edit.key());
      if (conflicts(edit, current)) {
        throw new RolledBackException(new SpecWrite.Conflict(edit, current));
      }
      guard.check(edit, reader);
      SpecRow row =
          new SpecRow(
              edit.key(),
              current == null ? 1 : current.resourceVersion() + 1,
              revision++,
              edit.deleted(),
              edit.deleted() && current != null ? current.formatVersion() : edit.formatVersion(),
              entries.get(0).atMs(),
              edit.deleted() && current != null ? current.body() : edit.body());
      store(connection, row);
      rows.add(row);
    }
    AuditLog.insert(connection, entries);
    return new SpecWrite.Written(rows);
  }

  private static boolean conflicts(SpecEdit edit, @Nullable SpecRow current) {
    if (current == null || current.deleted()) {
      return edit.expectedVersion() > SpecEdit.ABSENT || edit.deleted();
    }
    return edit.expectedVersion() != SpecEdit.ANY
        && edit.expectedVersion() != current.resourceVersion();
  }

  private static void store(Connection connection, SpecRow row) throws SQLException {
    try (PreparedStatement upsert =
        connection.prepareStatement(
            "INSERT INTO spec (kind, name, resource_version, revision, deleted, format_version,"
                + " updated_at_ms, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                + " ON CONFLICT (kind, name) DO UPDATE SET"
                + " resource_version = excluded.resource_version, revision = excluded.revision,"
                + " deleted = excluded.deleted, format_version = excluded.format_version,"
                + " updated_at_ms = excluded.updated_at_ms, body = excluded.body")) {
      upsert.setString(1, row.key().kind());
      upsert.setString(2, row.key().name());
      upsert.setLong(3, row.resourceVersion());
      upsert.setLong(4, row.revision());
      upsert.setInt(5, row.deleted() ? 1 : 0);
      upsert.setInt(6, row.formatVersion());
      upsert.setLong(7, row.updatedAtMs());
      upsert.setString(8, row.body());
      upsert.executeUpdate();
    }
  }

  /** The row with this key, unless there is none or it was deleted. */
  public Optional<SpecRow> find(SpecKey key) throws StoreUnavailableException {
    return transactions.read(
        "read " + key,
        connection -> Optional.ofNullable(find(connection, key)).filter(row -> !row.deleted()));
  }

  private static @Nullable SpecRow find(Connection connection, SpecKey key) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(COLUMNS + " WHERE kind = ? AND name = ?")) {
      query.setString(1, key.kind());
      query.setString(2, key.name());
      try (ResultSet rows = query.executeQuery()) {
        return rows.next() ? row(rows) : null;
      }
    }
  }

  /**
   * Live rows of a kind in the order of their names.
   *
   * @param afterName only names greater than this; empty = from the first
   * @param limit most rows to return
   */
  public List<SpecRow> list(String kind, String afterName, int limit)
      throws StoreUnavailableException {
    return list(kind, "", afterName, limit);
  }

  /** The same, of names that begin with {@code prefix}. */
  public List<SpecRow> list(String kind, String prefix, String afterName, int limit)
      throws StoreUnavailableException {
    return transactions.read(
        "list specs", connection -> list(connection, kind, prefix, afterName, limit));
  }

  private static List<SpecRow> list(
      Connection connection, String kind, String prefix, String afterName, int limit)
      throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            COLUMNS
                + " WHERE kind = ? AND name > ? AND substr(name, 1, ?) = ? AND deleted = 0"
                + " ORDER BY name LIMIT ?")) {
      query.setString(1, kind);
      query.setString(2, afterName);
      query.setInt(3, prefix.length());
      query.setString(4, prefix);
      query.setInt(5, limit);
      return rows(query);
    }
  }

  /**
   * Rows, tombstones too, written after {@code revision}, oldest first. A row that was written
   * twice since then appears once, with its last write.
   *
   * @param limit most rows to return; a full answer means: ask again after its last revision
   */
  public List<SpecRow> changesAfter(long revision, int limit) throws StoreUnavailableException {
    return transactions.read(
        "read spec changes",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  COLUMNS + " WHERE revision > ? ORDER BY revision LIMIT ?")) {
            query.setLong(1, revision);
            query.setInt(2, limit);
            return rows(query);
          }
        });
  }

  /** The newest revision, 0 = nothing was ever written. */
  public long revision() throws StoreUnavailableException {
    return transactions.read(
        "read the spec revision", connection -> Counters.current(connection, Counters.SPEC));
  }

  private static List<SpecRow> rows(PreparedStatement query) throws SQLException {
    List<SpecRow> result = new ArrayList<>();
    try (ResultSet rows = query.executeQuery()) {
      while (rows.next()) {
        result.add(row(rows));
      }
    }
    return result;
  }

  private static SpecRow row(ResultSet rows) throws SQLException {
    return new SpecRow(
        new SpecKey(rows.getString("kind"), rows.getString("name")),
        rows.getLong("resource_version"),
        rows.getLong("revision"),
        rows.getInt("deleted") != 0,
        rows.getInt("format_version"),
        rows.getLong("updated_at_ms"),
        rows.getString("body"));
  }
}
