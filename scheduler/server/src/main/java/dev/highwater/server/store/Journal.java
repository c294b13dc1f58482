package dev.highwater.server.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * What was decided, per cell, in an order without gaps; its beginning may have been dropped once a
 * snapshot includes it. Thread-safe; blocks.
 *
 * <p>Hard rules: a record is appended only under the current epoch; a position is acknowledged
 * once; a repeated append of the same record is acknowledged without a second row, so that a caller
 * who never heard the answer may ask again.
 */
public final class Journal {
  private static final String WITHOUT_REASONS =
      "SELECT position, epoch, format_version, now_ms, spec_revision, facts, '' AS reasons"
          + " FROM journal";

  private static final String WITH_REASONS =
      "SELECT position, epoch, format_version, now_ms, spec_revision, facts, reasons FROM journal";

  private final Transactions transactions;

  Journal(Transactions transactions) {
    this.transactions = transactions;
  }

  /** Answer to an append. */
  public enum Append {
    /** The record is on disk. */
    ACKNOWLEDGED,
    /** The epoch is over: nothing was written and the caller must resign. */
    FENCED
  }

  /**
   * Appends at {@code record.position()}, which must follow the last acknowledged one.
   *
   * @throws StoreUnavailableException if it is unknown whether the record was written; repeat the
   *     same call
   */
  public Append append(String cell, JournalRecord record) throws StoreUnavailableException {
    return transactions.write(
        "append to the journal of cell " + cell,
        connection -> {
          if (advance(connection, cell, record)) {
            insert(connection, cell, record);
            return Append.ACKNOWLEDGED;
          }
          return alreadyWritten(connection, cell, record) ? Append.ACKNOWLEDGED : Append.FENCED;
        });
  }

  private static boolean advance(Connection connection, String cell, JournalRecord record)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE cell_epoch SET position = ?, beat = beat + 1"
                + " WHERE cell = ? AND epoch = ? AND position = ?")) {
      update.setLong(1, record.position());
      update.setString(2, cell);
      update.setLong(3, record.epoch());
      update.setLong(4, record.position() - 1);
      return update.executeUpdate() == 1;
    }
  }

  private static void insert(Connection connection, String cell, JournalRecord record)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO journal (cell, position, epoch, format_version, now_ms, spec_revision,"
                + " facts, reasons) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")) {
      insert.setString(1, cell);
      insert.setLong(2, record.position());
      insert.setLong(3, record.epoch());
      insert.setInt(4, record.formatVersion());
      insert.setLong(5, record.nowMs());
      insert.setLong(6, record.specRevision());
      insert.setString(7, record.facts());
      insert.setString(8, record.reasons());
      insert.executeUpdate();
    }
  }

  /**
   * True if this very record is the newest one, that is: an earlier attempt got through unheard.
   */
  private static boolean alreadyWritten(Connection connection, String cell, JournalRecord record)
      throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT 1 FROM journal j JOIN cell_epoch c ON c.cell = j.cell"
                + " WHERE j.cell = ? AND j.position = ? AND j.epoch = ? AND j.facts = ?"
                + " AND c.epoch = j.epoch AND c.position = j.position")) {
      query.setString(1, cell);
      query.setLong(2, record.position());
      query.setLong(3, record.epoch());
      query.setString(4, record.facts());
      try (ResultSet rows = query.executeQuery()) {
        return rows.next();
      }
    }
  }

  /**
   * Records after {@code position}, oldest first and without their reasons.
   *
   * @param limit most records to return; a full answer means: ask again after its last position
   */
  public List<JournalRecord> readAfter(String cell, long position, int limit)
      throws StoreUnavailableException {
    return transactions.read(
        "read the journal of cell " + cell,
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  WITHOUT_REASONS + " WHERE cell = ? AND position > ? ORDER BY position LIMIT ?")) {
            query.setString(1, cell);
            query.setLong(2, position);
            query.setInt(3, limit);
            return records(query);
          }
        });
  }

  /**
   * Records before {@code position}, newest first, for those who look back.
   *
   * @param text only records whose facts or reasons hold this, by the pattern rules of SQL's LIKE
   *     and perhaps in another case: a first sieve; empty for all
   * @param position exclusive; {@code Long.MAX_VALUE} begins at the newest
   * @param atMs only records of inputs at or before this time, epoch ms
   */
  public List<JournalRecord> readBefore(
      String cell, String text, long position, long atMs, int limit)
      throws StoreUnavailableException {
    return transactions.read(
        "read the journal of cell " + cell,
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  WITH_REASONS
                      + " WHERE cell = ? AND position < ? AND now_ms <= ?"
                      + " AND (reasons LIKE ? OR facts LIKE ?)"
                      + " ORDER BY position DESC LIMIT ?")) {
            query.setString(1, cell);
            query.setLong(2, position);
            query.setLong(3, atMs);
            query.setString(4, "%" + text + "%");
            query.setString(5, "%" + text + "%");
            query.setInt(6, limit);
            return records(query);
          }
        });
  }

  /**
   * Drops the oldest records, of those only that a snapshot in the store includes.
   *
   * @param kind of the snapshot
   * @param beforeMs only records of inputs before this time, epoch ms
   * @param limit most records to drop
   * @return how many were dropped; 0 also when {@code epoch} is over
   */
  public int dropKept(String cell, long epoch, String kind, long beforeMs, int limit)
      throws StoreUnavailableException {
    return transactions.write(
        "shorten the journal of cell " + cell,
        connection -> {
          try (PreparedStatement fence =
              connection.prepareStatement(
                  "UPDATE cell_epoch SET beat = beat + 1 WHERE cell = ? AND epoch = ?")) {
            fence.setString(1, cell);
            fence.setLong(2, epoch);
            if (fence.executeUpdate() == 0) {
              return 0;
            }
          }
          long last = lastKept(connection, cell, kind, beforeMs, limit);
          try (PreparedStatement delete =
              connection.prepareStatement("DELETE FROM journal WHERE cell = ? AND position <= ?")) {
            delete.setString(1, cell);
            delete.setLong(2, last);
            return delete.executeUpdate();
          }
        });
  }

  /** The last of the oldest records that may be dropped; 0 if none may. Their times only grow. */
  private static long lastKept(
      Connection connection, String cell, String kind, long beforeMs, int limit)
      throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT COALESCE(MAX(position), 0) FROM (SELECT position, now_ms FROM journal"
                + " WHERE cell = ? AND position <="
                + " (SELECT position FROM snapshot WHERE cell = ? AND kind = ?)"
                + " ORDER BY position LIMIT ?) AS oldest WHERE now_ms < ?")) {
      query.setString(1, cell);
      query.setString(2, cell);
      query.setString(3, kind);
      query.setInt(4, limit);
      query.setLong(5, beforeMs);
      try (ResultSet rows = query.executeQuery()) {
        return rows.next() ? rows.getLong(1) : 0;
      }
    }
  }

  private static List<JournalRecord> records(PreparedStatement query) throws SQLException {
    List<JournalRecord> result = new ArrayList<>();
    try (ResultSet rows = query.executeQuery()) {
      while (rows.next()) {
        result.add(
            new JournalRecord(
                rows.getLong("position"),
                rows.getLong("epoch"),
                rows.getInt("format_version"),
                rows.getLong("now_ms"),
                rows.getLong("spec_revision"),
                rows.getString("facts"),
                rows.getString("reasons")));
      }
    }
    return result;
  }
}
