package dev.highwater.server.store;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/** A store that gives up soon, and a way to make it not answer. */
public final class ImpatientStore {
  private ImpatientStore() {}

  /** Opens the store of a directory; its callers wait a quarter of a second. */
  public static Store open(Path directory) throws StoreUnavailableException {
    return Store.open(StoreLocation.directory(directory), 250);
  }

  /** Nobody can write until the result is closed, as if the disk did not answer. */
  public static AutoCloseable outage(Path directory) throws SQLException {
    Connection blocking = DriverManager.getConnection(StoreLocation.directory(directory).jdbcUrl());
    try (Statement statement = blocking.createStatement()) {
      statement.execute("PRAGMA busy_timeout = 10000");
      statement.execute("BEGIN IMMEDIATE");
    }
    return blocking;
  }
}
