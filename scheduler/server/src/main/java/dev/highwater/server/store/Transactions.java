package dev.highwater.server.store;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * Runs pieces of work as transactions. Writers of one process queue for one connection on SQLite,
 * which has one writer anyway, and for a small pool on PostgreSQL. Thread-safe; blocks, so never
 * called on an event loop.
 */
final class Transactions implements AutoCloseable {
  private final HikariDataSource writer;
  private final HikariDataSource reader;

  Transactions(HikariDataSource writer, HikariDataSource reader) {
    this.writer = writer;
    this.reader = reader;
  }

  /** One piece of work on one connection. */
  interface Work<T> {
    T run(Connection connection) throws SQLException;
  }

  /** Runs {@code work} and commits; any exception rolls back. */
  <T> T write(String what, Work<T> work) throws StoreUnavailableException {
    try (Connection connection = writer.getConnection()) {
      connection.setAutoCommit(false);
      try {
        T result = work.run(connection);
        connection.commit();
        return result;
      } catch (SQLException | RuntimeException e) {
        rollback(connection, e);
        throw e;
      }
    } catch (SQLException e) {
      throw new StoreUnavailableException("cannot " + what, e);
    }
  }

  /**
   * Runs {@code work}, which must not write; each statement sees what was committed before it
   * began.
   */
  <T> T read(String what, Work<T> work) throws StoreUnavailableException {
    try (Connection connection = reader.getConnection()) {
      return work.run(connection);
    } catch (SQLException e) {
      throw new StoreUnavailableException("cannot " + what, e);
    }
  }

  private static void rollback(Connection connection, Exception cause) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
  }

  @Override
  public void close() {
    reader.close();
    writer.close();
  }
}
