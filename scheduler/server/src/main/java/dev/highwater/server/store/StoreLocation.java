package dev.highwater.server.store;

import java.nio.file.Path;

/**
 * Where the store lives: one SQLite file on this host, or a PostgreSQL database. Immutable.
 *
 * <p>SQLite serves any number of members of <em>one</em> host; members on several hosts need
 * PostgreSQL.
 */
public final class StoreLocation {
  private static final String POSTGRESQL = "jdbc:postgresql:";

  /** Name of the SQLite file inside a data directory. */
  public static final String FILE_NAME = "highwater.db";

  private final String jdbcUrl;
  private final String user;
  private final String password;

  private StoreLocation(String jdbcUrl, String user, String password) {
    this.jdbcUrl = jdbcUrl;
    this.user = user;
    this.password = password;
  }

  /** The SQLite file {@value #FILE_NAME} in {@code directory}, which must exist. */
  public static StoreLocation directory(Path directory) {
    return new StoreLocation(
        "jdbc:sqlite:" + directory.resolve(FILE_NAME).toAbsolutePath(), "", "");
  }

  /**
   * A PostgreSQL database.
   *
   * @param jdbcUrl begins with {@code jdbc:postgresql:}
   */
  public static StoreLocation postgresql(String jdbcUrl, String user, String password) {
    if (!jdbcUrl.startsWith(POSTGRESQL)) {
      throw new IllegalArgumentException("store URL must begin with " + POSTGRESQL);
    }
    return new StoreLocation(jdbcUrl, user, password);
  }

  /** True if members on several hosts may share this store. */
  public boolean sharedByHosts() {
    return jdbcUrl.startsWith(POSTGRESQL);
  }

  String jdbcUrl() {
    return jdbcUrl;
  }

  String user() {
    return user;
  }

  String password() {
    return password;
  }

  /** Names the kind of store and never its credentials. */
  @Override
  public String toString() {
    return sharedByHosts() ? "PostgreSQL" : jdbcUrl;
  }
}
