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

  static long next(Connection connection, String name) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement("UPDATE counter SET value = value + 1 WHERE name = ?")) {
      update.setString(1, name);
      update.executeUpdate();
    }
    return current(connection, name);
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
