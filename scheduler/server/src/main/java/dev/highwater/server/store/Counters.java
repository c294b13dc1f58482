package dev.highwater.server.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Numbers that grow in commit order: the updated row stays locked until the transaction ends. */
final class Counters {
  static final String SPEC = "spec";
  static final String AUDIT = "audit";

  private Counters() {}

  /** Takes several numbers in a row and returns the first. */
  static long next(Connection connection, String name, int count) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement("UPDATE counter SET value = value + ? WHERE name = ?")) {
      update.setInt(1, count);
      update.setString(2, name);
      update.executeUpdate();
    }
    return current(connection, name) - count + 1;
  }

  static long current(Connection connection, String name) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement("SELECT value FROM counter WHERE name = ?")) {
      query.setString(1, name);
      try (ResultSet rows = query.executeQuery()) {
        if (!rows.next()) {
          throw new SQLException("the counter " + name + " is missing from the store");
        }
        return rows.getLong(1);
      }
    }
  }
}
