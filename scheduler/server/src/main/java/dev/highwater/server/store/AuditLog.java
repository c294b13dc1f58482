package dev.highwater.server.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Who did what, in commit order. Spec writes add an entry for each spec in their own transaction.
 * Thread-safe; blocks.
 */
public final class AuditLog {
  private final Transactions transactions;

  AuditLog(Transactions transactions) {
    this.transactions = transactions;
  }

  /** Adds an entry for something that changed no spec, such as a command to the simulation. */
  public void add(AuditEntry entry) throws StoreUnavailableException {
    transactions.<Boolean>write(
        "write the audit log",
        connection -> {
          insert(connection, List.of(entry));
          return true;
        });
  }

  static void insert(Connection connection, List<AuditEntry> entries) throws SQLException {
    long id = Counters.next(connection, Counters.AUDIT, entries.size());
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO audit_log (id, at_ms, principal, verb, subject, detail)"
                + " VALUES (?, ?, ?, ?, ?, ?)")) {
      for (AuditEntry entry : entries) {
        insert.setLong(1, id++);
        insert.setLong(2, entry.atMs());
        insert.setString(3, entry.principal());
        insert.setString(4, entry.verb());
        insert.setString(5, entry.subject());
        insert.setString(6, entry.detail());
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  /** The newest entries, newest first. */
  public List<AuditEntry> newest(int limit) throws StoreUnavailableException {
    return transactions.read(
        "read the audit log",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT at_ms, principal, verb, subject, detail FROM audit_log"
                      + " ORDER BY id DESC LIMIT ?")) {
            query.setInt(1, limit);
            List<AuditEntry> result = new ArrayList<>();
            try (ResultSet rows = query.executeQuery()) {
              while (rows.next()) {
                result.add(
                    new AuditEntry(
                        rows.getLong(1),
                        rows.getString(2),
                        rows.getString(3),
                        rows.getString(4),
                        rows.getString(5)));
              }
            }
            return result;
          }
        });
  }
}
