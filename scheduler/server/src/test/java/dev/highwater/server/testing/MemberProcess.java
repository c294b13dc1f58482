package dev.highwater.server.testing;

import dev.highwater.http.HttpSettings;
import dev.highwater.server.Member;
import dev.highwater.server.MemberSettings;
import dev.highwater.server.cluster.ClusterSettings;
import dev.highwater.server.store.Retention;
import dev.highwater.server.store.StoreLocation;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * A member in a process of its own, so that it can be killed or held by a signal like a real one.
 * For the thread of a test.
 */
public final class MemberProcess implements AutoCloseable {
  private static final int SESSIONS_MAX = 200;

  private final Process process;
  private final Path log;
  private final String id;
  private final int httpPort;

  private MemberProcess(Process process, Path log, String id, int httpPort) {
    this.process = process;
    this.log = log;
    this.id = id;
    this.httpPort = httpPort;
  }

  /** What runs in the process: a member until it is killed; prints its id and port. */
  static final class Program {
    private Program() {}

    public static void main(String[] arguments) throws Exception {
      List<String> seeds = new ArrayList<>();
      for (int i = 2; i < arguments.length; i++) {
        seeds.add("127.0.0.1:" + arguments[i]);
      }
      MemberSettings settings =
          new MemberSettings(
              new ClusterSettings(
                  "test-" + arguments[2],
                  "127.0.0.1",
                  Integer.parseInt(arguments[1]),
                  seeds,
                  ClusterSettings.SILENT_SECONDS_DEFAULT),
              HttpSettings.DEFAULT.withPort(0),
              StoreLocation.directory(Path.of(arguments[0])),
              "",
              SESSIONS_MAX,
              null,
              Retention.DEFAULT);
      try (Member member = Member.start(settings)) {
        System.out.println("member " + member.id() + " " + member.httpPort());
        new CountDownLatch(1).await();
      }
    }
  }

  /**
   * Starts a member and returns once it listens.
   *
   * @param directory with the store that all share
   * @param port for its cluster
   * @param all ports of all members in the same order for each; the first names the cluster
   */
  public static MemberProcess start(Path directory, int port, List<Integer> all)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // The same flags as this process: what Hazelcast asks for, by version of Java.
    for (String argument : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (argument.startsWith("-X") || argument.startsWith("--")) {
        command.add(argument);
      }
    }
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            Program.class.getName(),
            directory.toString(),
            Integer.toString(port)));
    all.forEach(each -> command.add(Integer.toString(each)));
    Path log = directory.resolve("member-" + port + ".log");
    Process process = new ProcessBuilder(command).redirectError(log.toFile()).start();
    // Not closed: that would end the process's output, and the process is ended anyway.
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String line = lines.readLine();
    if (line == null || !line.startsWith("member ")) {
      process.toHandle().destroyForcibly();
      throw new AssertionError("no member but \"" + line + "\":\n" + Files.readString(log));
    }
    String[] words = line.split(" ");
    return new MemberProcess(process, log, words[1], Integer.parseInt(words[2]));
  }

  /** So many ports that are free now. */
  public static List<Integer> freePorts(int count) throws IOException {
    List<Integer> ports = new ArrayList<>();
    List<ServerSocket> held = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      held.add(socket);
      ports.add(socket.getLocalPort());
    }
    for (ServerSocket socket : held) {
      socket.close();
    }
    return ports;
  }

  /** Id of the member. */
  public String id() {
    return id;
  }

  /** Port of its API. */
  public int httpPort() {
    return httpPort;
  }

  /** What it logged up to now. */
  public String log() throws IOException {
    return Files.readString(log);
  }

  /** Ends it without a word: SIGKILL. */
  public void kill() {
    process.toHandle().destroyForcibly();
  }

  /** Holds it as a hung machine would: SIGSTOP. */
  public void hold() throws IOException, InterruptedException {
    signal("STOP");
  }

  /** Lets a held one go on: SIGCONT. */
  public void release() throws IOException, InterruptedException {
    signal("CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
    int exit =
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
            .inheritIO()
            .start()
            .waitFor();
    if (exit != 0) {
      throw new AssertionError("kill -" + name + " answered " + exit);
    }
  }

  @Override
  public void close() {
    kill();
  }
}
