package dev.highwater.server.store;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A PostgreSQL server of the test's own, from the programs that Debian installs. */
final class TemporaryPostgresql implements AutoCloseable {
  private static final Path INSTALLED = Path.of("/usr/lib/postgresql");
  private static final int COMMAND_SECONDS = 60;

  private final Path programs;
  private final Path folder;
  private final int port;
  private int databases;

  private TemporaryPostgresql(Path programs, Path folder, int port) {
    this.programs = programs;
    this.folder = folder;
    this.port = port;
  }

  /** The newest installed version's programs, if any. */
  static Optional<Path> programs() {
    if (!Files.isDirectory(INSTALLED)) {
      return Optional.empty();
    }
    try (Stream<Path> versions = Files.list(INSTALLED)) {
      return versions
          .map(version -> version.resolve("bin"))
          .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
          .max(Comparator.naturalOrder());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  static TemporaryPostgresql start(Path programs) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("highwater-postgresql");
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    TemporaryPostgresql server = new TemporaryPostgresql(programs, folder, port);
    if (root()) {
      command("chown", "postgres", folder.toString());
    }
    server.run(programs.resolve("initdb") + " -D " + folder.resolve("data") + " -A trust -U test");
    server.run(
        programs.resolve("pg_ctl")
            + " -D "
            + folder.resolve("data")
            + " -l "
            + folder.resolve("log")
            + " -w start -o '-p "
            + port
            + " -c listen_addresses=127.0.0.1 -c unix_socket_directories="
            + folder
            + "'");
    return server;
  }

  /** A new empty database. */
  StoreLocation database() throws SQLException {
    String name = "test" + databases++;
    try (Connection connection = DriverManager.getConnection(url("postgres"), "test", "");
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name);
    }
    return StoreLocation.postgresql(url(name), "test", "");
  }

  /** Ends every connection, as a restart of the server would. */
  void cutConnections() throws SQLException {
    try (Connection connection = DriverManager.getConnection(url("postgres"), "test", "");
        Statement statement = connection.createStatement()) {
      statement.execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
              + " WHERE pid <> pg_backend_pid() AND datname LIKE 'test%'");
    }
  }

  private String url(String database) {
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
  }

  /** PostgreSQL's programs refuse to run as root. */
  private static boolean root() {
    return "root".equals(System.getProperty("user.name"));
  }

  private void run(String line) throws IOException, InterruptedException {
    if (root()) {
      command("su", "postgres", "-s", "/bin/sh", "-c", line);
    } else {
      command("/bin/sh", "-c", line);
    }
  }

  private static void command(String... words) throws IOException, InterruptedException {
    Path output = Files.createTempFile("highwater-postgresql", ".out");
    try {
      Process process =
          new ProcessBuilder(words)
              .directory(Path.of("/").toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      if (!process.waitFor(COMMAND_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IOException(
            String.join(" ", words) + ": " + Files.readString(output, StandardCharsets.UTF_8));
      }
    } finally {
      Files.delete(output);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      run(programs.resolve("pg_ctl") + " -D " + folder.resolve("data") + " -m immediate stop");
      command("rm", "-rf", folder.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
