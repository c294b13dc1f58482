package dev.highwater.launcher.dev;

import dev.highwater.launcher.rehearse.ScenarioFiles;
import dev.highwater.rehearsal.scenario.ScenarioException;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Starts several members and the agents on this machine, each a process of its own. */
@Command(
    name = "up",
    description = {
      "Run a cluster of several members on this machine, each a process of its own on one shared"
          + " file, and the simulated nodes and users of a scenario in one more.",
      "",
      "Kill a member (kill -9 with the process number that is shown): another one decides on within"
          + " seconds, and users are served meanwhile. What is printed is explained by"
          + " 'highwater dev --help'."
    },
    footer = {
      "",
      "Exit code 0; with --for 1 when the scenario's expectations are missed; 2 when it cannot run.",
      "",
      "Examples:",
      "  highwater up",
      "  highwater up deploy/scenarios/double-peak.yaml --members 2 --from 1h --for 5m",
      "  highwater up --record night && highwater report night --html night.html"
    })
public final class UpCommand extends LiveVerb {
  private static final int MEMBERS_MAX = 9;

  /** Longest wait for a member to listen; seconds, unless the machine is very busy. */
  private static final int START_SECONDS = 120;

  private static final Pattern ROW = Pattern.compile("  (API|Cluster|Member) +(\\S+).*");

  @Mixin ScenarioOptions options = new ScenarioOptions();

  @Parameters(
      arity = "0..1",
      paramLabel = "SCENARIO",
      description = "What happens (default: deploy/scenarios/peak-night.yaml).")
  @Nullable Path scenario;

  @Option(
      names = "--members",
      paramLabel = "N",
      defaultValue = "3",
      description = "How many, 1 to 9 (default: 3).")
  int members;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "8080",
      description =
          "Port of the first member's API on 127.0.0.1, the others follow; 0 takes free ones"
              + " (default: 8080).")
  int port;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "Keep what is declared and decided here; what is declared there already stays as it is"
              + " (default: a temporary folder that is deleted at the end).")
  @Nullable Path data;

  @Option(
      names = "--record",
      paramLabel = "FOLDER",
      description =
          "Record every input of every decision, each member into a file of its own in this folder,"
              + " which holds no others, for 'highwater report' and 'replay'.")
  @Nullable Path record;

  /** A member that runs as a child, and what it said at its start. */
  private static final class Started {
    final int number;
    final CompletableFuture<String> api = new CompletableFuture<>();
    final CompletableFuture<String> cluster = new CompletableFuture<>();
    final CompletableFuture<String> id = new CompletableFuture<>();
    private @Nullable ChildProcess process;

    Started(int number) {
      this.number = number;
    }

    void heard(String line) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        CompletableFuture<String> said =
            row.group(1).equals("API") ? api : row.group(1).equals("Cluster") ? cluster : id;
        said.complete(row.group(2));
      }
    }

    ChildProcess process() {
      if (process == null) {
        throw new IllegalStateException("not started");
      }
      return process;
    }
  }

  @Override
  int run(PrintWriter out, StopRequest stop)
      throws CannotRunException,
          InterruptedException,
          ScenarioException,
          ScenarioFiles.UnreadableFileException {
    if (members < 1 || members > MEMBERS_MAX) {
      throw wrong("--members must be 1 to " + MEMBERS_MAX + ": " + members);
    }
    if (port < 0 || port > 65_535 - members) {
      throw wrong("--port must be 0 to " + (65_535 - members) + ": " + port);
    }
    options.chosenPolicy();
    options.read(scenario); // mistakes are told before anything starts
    for (int i = 0; i < members && port > 0; i++) {
      OwnMember.requireFreePort(port + i);
    }
    createRecordingsFolder();
    try (DataFolder folder = DataFolder.alone(data)) {
      List<Started> started = new ArrayList<>();
      try {
        startMembers(started, folder.path());
        say(out, started, folder);
        return runAgents(out, stop, started, folder.path());
      } finally {
        for (Started member : started) {
          if (member.process != null) {
            member.process.end();
          }
        }
      }
    }
  }

  private void createRecordingsFolder() throws CannotRunException {
    if (record == null) {
      return;
    }
    try {
      Files.createDirectories(record);
    } catch (IOException e) {
      throw new CannotRunException(
          "--record " + record + " is no folder and cannot be made one; name another", e);
    }
    // Another night may have had more members, whose recordings would be told with this one.
    try (Stream<Path> held = Files.list(record)) {
      Path before = held.filter(file -> file.toString().endsWith(".jsonl")).findAny().orElse(null);
      if (before != null) {
        throw new CannotRunException(
            "--record " + record + " holds " + before.getFileName() + "; name a new folder");
      }
    } catch (IOException e) {
      throw new CannotRunException("--record " + record + " cannot be read", e);
    }
  }

  private void startMembers(List<Started> started, Path folder)
      throws CannotRunException, InterruptedException {
    List<Integer> ports = freePorts(members);
    for (int i = 0; i < members; i++) {
      Started member = new Started(i + 1);
      started.add(member);
      List<String> arguments =
          new ArrayList<>(
              List.of(
                  "scheduler",
                  "--child",
                  "--port",
                  Integer.toString(port == 0 ? 0 : port + i),
                  "--data",
                  folder.toString(),
                  "--cluster-port",
                  ports.get(i).toString(),
                  "--log",
                  folder.resolve("member-" + (i + 1) + ".log").toString()));
      List<String> others = new ArrayList<>();
      for (int other : ports) {
        if (other != ports.get(i)) {
          others.add("127.0.0.1:" + other);
        }
      }
      if (record != null) {
        arguments.add("--record");
        arguments.add(record.resolve("member-" + member.number + ".jsonl").toString());
      }
      if (!others.isEmpty()) {
        arguments.add("--join");
        arguments.add(String.join(",", others));
      }
      member.process = ChildProcess.start(arguments, errors(folder, member.number), member::heard);
      if (i == 0) {
        // Whoever comes later joins it at once; all at once would settle first who founds.
        awaitStart(member, errors(folder, member.number));
      }
    }
    for (Started member : started) {
      awaitStart(member, errors(folder, member.number));
    }
  }

  private static Path errors(Path folder, int member) {
    return folder.resolve("member-" + member + ".err");
  }

  private static void awaitStart(Started member, Path errors)
      throws CannotRunException, InterruptedException {
    CompletableFuture<Void> listens = member.id.thenAccept(id -> {});
    CompletableFuture<Void> either =
        CompletableFuture.anyOf(listens, member.process().ended().toCompletableFuture())
            .thenAccept(any -> {});
    try {
      either.get(START_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      // Told below.
    }
    if (!listens.isDone()) {
      throw new CannotRunException("member " + member.number + " did not start: " + why(errors));
    }
  }

  /** The last line that a process said of its mistakes; the folder may be gone in a moment. */
  private static String why(Path errors) {
    try {
      List<String> lines = Files.readAllLines(errors);
      return lines.isEmpty() ? "it does not say why" : lines.get(lines.size() - 1);
    } catch (IOException e) {
      return "what it said cannot be read: " + e;
    }
  }

  private void say(PrintWriter out, List<Started> started, DataFolder folder) {
    out.println(
        "Highwater "
            + LiveRun.version()
            + "   up: "
            + members
            + (members == 1 ? " member" : " members")
            + " and the agents, each a process of its own, "
            + (folder.isTemporary()
                ? "state in a temporary folder, lost at the end"
                : "state kept in " + folder.path())
            + ", not for production");
    out.println();
    for (Started member : started) {
      out.println(
          "  Member "
              + member.number
              + "    "
              + member.api.getNow("")
              + "   process "
              + member.process().pid()
              + "   cluster "
              + member.cluster.getNow("")
              + "   id "
              + member.id.getNow(""));
    }
    out.flush();
  }

  private int runAgents(PrintWriter out, StopRequest stop, List<Started> started, Path folder)
      throws CannotRunException, InterruptedException {
    List<String> apis = new ArrayList<>();
    for (Started member : started) {
      apis.add(member.api.getNow("").replace("http://", ""));
    }
    long beganMs = ManagementFactory.getRuntimeMXBean().getStartTime();
    List<String> arguments = new ArrayList<>(List.of("agent", "--child", Long.toString(beganMs)));
    if (scenario != null) {
      arguments.add(scenario.toString());
    }
    arguments.addAll(List.of("--join", String.join(",", apis)));
    arguments.addAll(List.of("--log", folder.resolve("agents.log").toString()));
    arguments.addAll(options.asArguments());
    try (ChildProcess agents =
        ChildProcess.start(
            arguments,
            null,
            line -> {
              out.println(line);
              out.flush();
            })) {
      for (Started member : started) {
        member
            .process()
            .ended()
            .thenAccept(exit -> ended(out, stop, member, started, agents.isAlive()));
      }
      agents.ended().thenAccept(exit -> stop.ask());
      stop.await();
      return agents.end();
    }
  }

  private static void ended(
      PrintWriter out, StopRequest stop, Started member, List<Started> all, boolean running) {
    if (!running) {
      return;
    }
    long left = all.stream().filter(each -> each.process().isAlive()).count();
    out.println(
        Display.clock(System.currentTimeMillis())
            + "  member    "
            + member.number
            + " has ended, "
            + left
            + (left == 1 ? " is left" : " are left"));
    out.flush();
    if (left == 0) {
      stop.ask();
    }
  }

  private static List<Integer> freePorts(int count) throws CannotRunException {
    List<ServerSocket> held = new ArrayList<>();
    List<Integer> ports = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        held.add(socket);
        ports.add(socket.getLocalPort());
      }
      for (ServerSocket socket : held) {
        socket.close();
      }
    } catch (IOException e) {
      throw new CannotRunException("no free port: " + e.getMessage(), e);
    }
    return ports;
  }
}
