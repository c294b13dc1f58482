package dev.highwater.server.store;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Runs pieces of work as transactions. Writers of one process queue for one connection on SQLite,
 * which has one writer anyway, and for a small pool on PostgreSQL. Thread-safe; blocks, so never
 * called on an event loop.
 */
final class Transactions implements AutoCloseable {
  private final Dialect dialect;
  private final HikariDataSource writer;
  private final HikariDataSource reader;

  Transactions(Dialect dialect, HikariDataSource writer, HikariDataSource reader) {
    this.dialect = dialect;
    this.writer = writer;
    this.reader = reader;
  }

  /** How a writing transaction is begun and ended. */
  enum Dialect {
    /**
     * By statements of our own: BEGIN IMMEDIATE takes the write lock at once, where a read lock
     * that is upgraded later fails when another member wrote in between; and the driver's own
     * transactions stay unusable after a BEGIN that found the file locked.
     */
    SQLITE {
      @Override
      void begin(Connection connection) throws SQLException {
        execute(connection, "BEGIN IMMEDIATE");
      }

      @Override
      void commit(Connection connection) throws SQLException {
        execute(connection, "COMMIT");
      }

      @Override
      void rollback(Connection connection) throws SQLException {
        execute(connection, "ROLLBACK");
      }
    },
    /** By JDBC. */
    POSTGRESQL {
      @Override
      void begin(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
      }

      @Override
      void commit(Connection connection) throws SQLException {
        connection.commit();
      }

      @Override
      void rollback(Connection connection) throws SQLException {
        connection.rollback();
      }
    };

    abstract void begin(Connection connection) throws SQLException;

    abstract void commit(Connection connection) throws SQLException;

    abstract void rollback(Connection connection) throws SQLException;

    private static void execute(Connection connection, String sql) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql);
      }
    }
  }

  /** One piece of work on one connection. */
  interface Work<T> {
    T run(Connection connection) throws SQLException;
  }

  /** Runs {@code work} and commits; any exception rolls back. */
  <T> T write(String what, Work<T> work) throws StoreUnavailableException {
    try (Connection connection = writer.getConnection()) {
      boolean begun = false;
      try {
        dialect.begin(connection);
        begun = true;
        T result = work.run(connection);
        dialect.commit(connection);
        return result;
      } catch (SQLException e) {
        if (begun) {
          rollback(connection, e);
        }
        // What state the driver is in now is not worth finding out.
        writer.evictConnection(connection);
        throw e;
      } catch (RuntimeException e) {
        rollback(connection, e);
        throw e;
      }
    } catch (SQLException e) {
      throw new StoreUnavailableException("cannot " + what, e);
    }
  }

  private void rollback(Connection connection, Exception cause) {
    try {
      dialect.rollback(connection);
    } catch (SQLException e) {
      writer.evictConnection(connection);
      cause.addSuppressed(e);
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

  @Override
  public void close() {
    reader.close();
    writer.close();
  }
}
