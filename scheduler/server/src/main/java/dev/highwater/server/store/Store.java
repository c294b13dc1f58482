package dev.highwater.server.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/**
 * The open store, with one object per subject. It exists so that the promise "an acknowledged write
 * is never lost" has one place: every write here returns only after its transaction was synced to
 * disk (SQLite: WAL with synchronous=FULL, PostgreSQL: synchronous_commit=on).
 *
 * <p>Thread-safe. Every method of every subject blocks for about a millisecond, and for up to
 * {@link #WAIT_MS} when the store is busy or down: never call them on an event loop.
 */
public final class Store implements AutoCloseable {
  /**
   * How long a caller waits for a connection or for SQLite's write lock. Chosen by us: five ticks.
   */
  static final int WAIT_MS = 5_000;

  private static final int READERS = 3;
  private static final int POSTGRESQL_WRITERS = 6;
  private static final String MIGRATIONS = "classpath:dev/highwater/server/store/migration";

  private final Transactions transactions;
  private final SpecTable specs;
  private final CellEpochs epochs;
  private final Journal journal;
  private final Snapshots snapshots;
  private final Minutes minutes;
  private final AuditLog audit;

  private Store(Transactions transactions) {
    this.transactions = transactions;
    specs = new SpecTable(transactions);
    epochs = new CellEpochs(transactions);
    journal = new Journal(transactions);
    snapshots = new Snapshots(transactions);
    minutes = new Minutes(transactions);
    audit = new AuditLog(transactions);
  }

  /** Opens the store and brings its schema up to date. */
  public static Store open(StoreLocation location) throws StoreUnavailableException {
    return open(location, WAIT_MS);
  }

  /** Opens a store whose callers wait {@code waitMs}, at least 250, when it is busy or down. */
  static Store open(StoreLocation location, int waitMs) throws StoreUnavailableException {
    try {
      if (location.sharedByHosts()) {
        return openPostgresql(location, waitMs);
      }
      return openSqlite(location, waitMs);
    } catch (SQLException | IOException | FlywayException e) {
      throw new StoreUnavailableException("cannot open the store " + location, e);
    }
  }

  // Synchronized because within one process a second locker of a file gets an exception, not a
  // wait.
  private static synchronized Store openSqlite(StoreLocation location, int waitMs)
      throws SQLException, IOException {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.setBusyTimeout(waitMs);
    SQLiteDataSource source = new SQLiteDataSource(config);
    source.setUrl(location.jdbcUrl());
    Path lockFile = Path.of(location.jdbcUrl().substring("jdbc:sqlite:".length()) + ".lock");
    // Flyway does not lock SQLite, so two members that start at once would both create the tables.
    try (FileChannel channel =
        FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.lock(); // until the channel is closed
      migrate(source);
      requireDurable(source);
    }
    return new Store(
        new Transactions(
            Transactions.Dialect.SQLITE,
            pool(source, "write", 1, waitMs),
            pool(source, "read", READERS, waitMs)));
  }

  private static Store openPostgresql(StoreLocation location, int waitMs) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(location.jdbcUrl());
    config.setUsername(location.user());
    config.setPassword(location.password());
    config.setConnectionInitSql("SET synchronous_commit TO on");
    // A silent database must not hold a tick for longer than a take-over by another member takes.
    config.addDataSourceProperty("socketTimeout", Math.max(1, waitMs / 1_000));
    config.addDataSourceProperty("connectTimeout", Math.max(1, waitMs / 1_000));
    config.setMaximumPoolSize(POSTGRESQL_WRITERS);
    config.setConnectionTimeout(waitMs);
    config.setPoolName("highwater-store");
    HikariDataSource pool = new HikariDataSource(config);
    try {
      migrate(pool);
    } catch (FlywayException e) {
      pool.close();
      throw e;
    }
    return new Store(new Transactions(Transactions.Dialect.POSTGRESQL, pool, pool));
  }

  private static HikariDataSource pool(DataSource source, String name, int size, int waitMs) {
    HikariConfig config = new HikariConfig();
    config.setDataSource(source);
    config.setMaximumPoolSize(size);
    config.setConnectionTimeout(waitMs);
    config.setPoolName("highwater-store-" + name);
    return new HikariDataSource(config);
  }

  private static void migrate(DataSource source) {
    Flyway.configure(Store.class.getClassLoader())
        .dataSource(source)
        .locations(MIGRATIONS)
        .table("schema_history")
        .load()
        .migrate();
  }

  /**
   * SQLite answers a PRAGMA it cannot follow (WAL on a network file system) with silence; so ask.
   */
  private static void requireDurable(DataSource source) throws SQLException {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement()) {
      requirePragma(statement, "journal_mode", "wal");
      requirePragma(statement, "synchronous", "2");
    }
  }

  private static void requirePragma(Statement statement, String pragma, String expected)
      throws SQLException {
    try (ResultSet rows = statement.executeQuery("PRAGMA " + pragma)) {
      String actual = rows.next() ? rows.getString(1) : "nothing";
      if (!expected.equals(actual)) {
        throw new SQLException(
            "SQLite answers "
                + pragma
                + "="
                + actual
                + " instead of "
                + expected
                + "; put the data directory on a local disk");
      }
    }
  }

  /** What operators want. */
  public SpecTable specs() {
    return specs;
  }

  /** Who may decide for which cell. */
  public CellEpochs epochs() {
    return epochs;
  }

  /** What was decided. */
  public Journal journal() {
    return journal;
  }

  /** States that shorten a replay. */
  public Snapshots snapshots() {
    return snapshots;
  }

  /** What was lived through. */
  public Minutes minutes() {
    return minutes;
  }

  /** Who did what. */
  public AuditLog audit() {
    return audit;
  }

  @Override
  public void close() {
    transactions.close();
  }
}
