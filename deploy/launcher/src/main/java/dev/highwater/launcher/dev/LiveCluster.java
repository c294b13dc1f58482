package dev.highwater.launcher.dev;

import dev.highwater.agent.Agent;
import dev.highwater.agent.AgentSettings;
import dev.highwater.agent.SessionSettings;
import dev.highwater.http.ControlPlane;
import dev.highwater.http.HttpSettings;
import dev.highwater.http.PageRequest;
import dev.highwater.http.Precondition;
import dev.highwater.http.StreamListener;
import dev.highwater.model.Cell;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.CellSnapshot.NodeState;
import dev.highwater.model.CellSnapshot.NodeStatus;
import dev.highwater.model.CellSnapshot.PoolStatus;
import dev.highwater.model.CellSnapshot.ServiceStatus;
import dev.highwater.model.Decision;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.NodePool;
import dev.highwater.model.Observation;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import dev.highwater.model.Tenant;
import dev.highwater.model.json.ModelJson;
import dev.highwater.rehearsal.PolicyChoice;
import dev.highwater.rehearsal.Worlds;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.TimedFault;
import dev.highwater.rehearsal.scenario.TimedSurge;
import dev.highwater.server.Member;
import dev.highwater.server.MemberSettings;
import dev.highwater.server.store.StoreUnavailableException;
import dev.highwater.workload.SimulatedCell;
import dev.highwater.workload.TrafficTrace;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One live run of a scenario: member, agents and what watches them, from start to summary.
 *
 * <p>Runs on the caller's thread, which it blocks; not reusable.
 */
final class LiveCluster {
  /** Longest wait for one write or the first welcome; chosen by us, a hundred times the usual. */
  private static final int ANSWER_SECONDS = 20;

  /**
   * Longest wait until nodes and first replicas stand; seconds, unless the machine is very busy.
   */
  private static final int READY_SECONDS = 120;

  /**
   * From the moment that nodes and first replicas stand until users come. Events are declared at
   * its beginning, and what an event that is near or under way needs boots at once, as in the ticks
   * that prepare a rehearsal: an order of nodes, their sessions and an order of replicas take three
   * to four reports of a second.
   */
  private static final long PREPARE_MS = 5_000;

  /** The same where no event asks for anything. */
  private static final long PREPARE_NOTHING_MS = 1_500;

  /** So long before users come, boots begin to take their time. */
  private static final long BEGIN_LEAD_MS = 500;

  /** A shutdown that takes longer is cut off. */
  private static final int CLOSE_SECONDS = 20;

  private final Options options;
  private final PrintWriter out;
  private final Scenario scenario;
  private final LiveNight night = new LiveNight();
  private final LinePrinter printer;
  private final StateLines lines;
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final List<Agent> agents = new ArrayList<>();
  private @Nullable Member member;
  private volatile boolean linesShown;
  private long usersComeAtMs;

  /**
   * What to run.
   *
   * @param traces series of the scenario by file name
   * @param policy replaces the services' own, or null
   * @param data folder to keep everything in, or null
   * @param record file for inputs and decisions, or null
   * @param report file for what came of it, or null
   * @param ends whether the run ends after the scenario's duration, and is judged
   */
  record Options(
      LivePlan plan,
      Map<String, TrafficTrace> traces,
      @Nullable PolicyChoice policy,
      int port,
      @Nullable Path data,
      @Nullable Path record,
      @Nullable Path report,
      boolean ends) {}

  private LiveCluster(Options options, PrintWriter out) {
    this.options = options;
    this.out = out;
    this.scenario = options.plan().scenario();
    this.printer = new LinePrinter(out);
    this.lines = new StateLines(this::line);
  }

  /**
   * Runs until the end, or until the process is asked to stop.
   *
   * @return exit code
   */
  static int run(Options options, PrintWriter out) throws CannotRunException {
    return new LiveCluster(options, out).run();
  }

  private int run() throws CannotRunException {
    requireFreePort(options.port());
    Path folder = options.data() == null ? temporary() : created(options.data());
    Path log =
        options.data() == null
            ? Path.of(System.getProperty("java.io.tmpdir"), "highwater-dev-" + pid() + ".log")
            : folder.resolve("dev.log");
    FileChannel lock = locked(folder);
    Thread hook = new Thread(this::stop, "stop");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      DevLog.to(log);
      start(folder, log);
      boolean whole =
          options.ends()
              && !asked.await(
                  usersComeAtMs + scenario.durationMs() - System.currentTimeMillis(),
                  TimeUnit.MILLISECONDS);
      if (!options.ends()) {
        asked.await();
      }
      return finish(whole);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    } finally {
      close();
      unlock(lock);
      if (options.data() == null) {
        delete(folder);
      }
      ended.countDown();
      if (asked.getCount() > 0) {
        Runtime.getRuntime().removeShutdownHook(hook);
      }
    }
  }

  /** Ctrl-C: the process waits until the summary is told and everything is closed. */
  private void stop() {
    asked.countDown();
    try {
      if (!ended.await(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        out.println("highwater: some part did not close in time");
      }
      out.flush();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void start(Path folder, Path log) throws CannotRunException, InterruptedException {
    Member started = startMember(folder);
    member = started;
    Watch watch = new Watch();
    started.controlPlane().subscribe(watch);
    declare(started.controlPlane(), scenario.specs(0));
    startAgents(started);
    watch.awaitReady();
    long readyMs = System.currentTimeMillis() - processStartMs();
    long prepareMs = scenario.events().isEmpty() ? PREPARE_NOTHING_MS : PREPARE_MS;
    usersComeAtMs = (System.currentTimeMillis() + prepareMs + 999) / 1_000 * 1_000;
    night.usersComeAt(usersComeAtMs);
    declare(started.controlPlane(), scenario.specs(usersComeAtMs));
    block(started, folder, log, readyMs).print(out);
    linesShown = true;
    if (asked.await(
        Math.max(0, usersComeAtMs - BEGIN_LEAD_MS - System.currentTimeMillis()),
        TimeUnit.MILLISECONDS)) {
      return;
    }
    for (Agent agent : agents) {
      answered(agent.usersComeAt(usersComeAtMs));
    }
    started
        .vertx()
        .setTimer(
            Math.max(1, usersComeAtMs - System.currentTimeMillis()),
            timer -> lines.say(usersComeAtMs, "users", "come now"));
  }

  private Member startMember(Path folder) throws CannotRunException {
    MemberSettings settings =
        MemberSettings.loopback(
                "dev-" + UUID.randomUUID(), HttpSettings.DEFAULT.withPort(options.port()), folder)
            .withRecording(options.record());
    try {
      return Member.start(settings);
    } catch (StoreUnavailableException | IOException e) {
      throw new CannotRunException(
          "the member cannot start: " + Objects.requireNonNullElse(e.getMessage(), "" + e), e);
    }
  }

  /** Declares what is not declared yet; what a folder kept stays as it is. */
  private void declare(ControlPlane controlPlane, List<Spec> specs)
      throws CannotRunException, InterruptedException {
    List<Spec> now = new ArrayList<>();
    for (Spec spec : specs) {
      if (spec instanceof PeakEvent
          == (usersComeAtMs != 0)) { // events need to know when users come
        now.add(spec);
      }
    }
    for (int from = 0; from < now.size(); from += ControlPlane.CREATE_MAX) {
      int to = Math.min(now.size(), from + ControlPlane.CREATE_MAX);
      answered(controlPlane.create(now.subList(from, to)));
    }
    if (options.policy() == null) {
      return;
    }
    for (Spec spec : now) {
      if (spec instanceof Service service) {
        // The command line wins over the folder.
        Service wanted = options.policy().applied(List.of(kept(controlPlane, service))).get(0);
        answered(controlPlane.put(wanted, Precondition.NONE));
      }
    }
  }

  private static Service kept(ControlPlane controlPlane, Service declared)
      throws CannotRunException, InterruptedException {
    try {
      SpecChange row = answered(controlPlane.spec(SpecKind.SERVICE, declared.key()));
      return row.spec() instanceof Service service ? service : declared;
    } catch (InvalidInputException e) {
      if (e.code() == ErrorCode.NOT_FOUND) {
        return declared;
      }
      throw e;
    }
  }

  private void startAgents(Member started) throws CannotRunException, InterruptedException {
    URI address = URI.create("ws://127.0.0.1:" + started.httpPort() + "/agent/v1");
    List<AgentSettings.Timed> timeline = new ArrayList<>();
    for (TimedSurge surge : scenario.surges()) {
      timeline.add(new AgentSettings.Timed(surge.startMs(), surge.command()));
    }
    for (TimedFault fault : scenario.faults()) {
      if (!fault.fault().rehearsedOnly()) {
        timeline.add(new AgentSettings.Timed(fault.startMs(), fault.command()));
      }
    }
    for (SimulatedCell.Setup world :
        Worlds.of(scenario, scenario.services(), options.traces(), 0)) {
      AgentSettings settings =
          new AgentSettings(SessionSettings.to(address), "dev", world, timeline);
      agents.add(answered(Agent.start(started.vertx(), settings, lines::onSimulated)));
    }
  }

  private StartBlock block(Member started, Path folder, Path log, long readyMs)
      throws CannotRunException, InterruptedException {
    ControlPlane controlPlane = started.controlPlane();
    List<String> cells = new ArrayList<>();
    Resources capacity = Resources.NONE;
    for (Cell cell : scenario.cells()) {
      CellSnapshot shown = night.last(cell.name());
      if (shown != null) {
        cells.add(cell.name() + " (epoch " + shown.epoch() + ")");
        for (NodeStatus node : shown.nodes()) {
          capacity = capacity.plus(node.total());
        }
      }
    }
    return new StartBlock(
        version(),
        options.data() == null ? null : folder,
        started.clusterAddress(),
        cells,
        night.nodesReady(),
        capacity,
        declared(controlPlane, SpecKind.NODE_POOL, NodePool.class),
        declared(controlPlane, SpecKind.TENANT, Tenant.class),
        declared(controlPlane, SpecKind.SERVICE, Service.class),
        started.httpPort(),
        log,
        readyMs,
        options.plan(),
        Math.max(0, usersComeAtMs - System.currentTimeMillis()));
  }

  private static <T extends Spec> List<T> declared(
      ControlPlane controlPlane, SpecKind kind, Class<T> type)
      throws CannotRunException, InterruptedException {
    List<T> specs = new ArrayList<>();
    for (SpecChange row :
        answered(controlPlane.specs(kind, new PageRequest(PageRequest.LIMIT_MAX, "", "")))
            .items()) {
      if (type.isInstance(row.spec())) {
        specs.add(type.cast(row.spec()));
      }
    }
    return specs;
  }

  private int finish(boolean whole) throws CannotRunException, InterruptedException {
    List<Observation.FrontDoorReport> doors = new ArrayList<>();
    for (Agent agent : agents) {
      doors.add(answered(agent.counted()));
    }
    linesShown = false;
    printer.end();
    long livedMs = Math.max(1_000, System.currentTimeMillis() - usersComeAtMs) / 1_000 * 1_000;
    LiveReport report =
        night.report(whole ? options.plan() : options.plan().lasting(livedMs), doors);
    List<String> misses = whole ? report.outcome().misses(scenario.expect()) : List.of();
    Summary.print(out, report, misses, whole);
    if (options.report() != null) {
      try {
        Files.writeString(
            options.report(), ModelJson.toTree(report).toPrettyString() + System.lineSeparator());
      } catch (IOException e) {
        throw new CannotRunException(options.report() + " cannot be written: " + e, e);
      }
    }
    return misses.isEmpty() ? 0 : 1;
  }

  private void close() {
    for (Agent agent : agents) {
      try {
        answered(agent.close());
      } catch (CannotRunException e) {
        out.println("highwater: an agent did not close: " + e.getMessage());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    Member started = member;
    if (started != null) {
      started.close();
    }
  }

  private void line(String text) {
    if (linesShown) {
      printer.print(text);
    }
  }

  /** Waits for an answer; Vert.x throws whatever a future failed with, checked or not. */
  private static <T> T answered(Future<T> future) throws CannotRunException, InterruptedException {
    try {
      return future.await(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new CannotRunException("no answer within " + ANSWER_SECONDS + " s", e);
    } catch (InvalidInputException e) {
      throw e;
    } catch (Exception e) {
      throw new CannotRunException(Objects.requireNonNullElse(e.getMessage(), "" + e), e);
    }
  }

  /** Shows and keeps what happens, and knows when everything stands. */
  private final class Watch implements StreamListener {
    private final CountDownLatch ready = new CountDownLatch(scenario.cells().size());
    private final Map<String, Integer> standing = new java.util.TreeMap<>();

    @Override
    public void onSnapshot(CellSnapshot snapshot) {
      night.onSnapshot(snapshot);
      lines.onSnapshot(snapshot);
      synchronized (standing) {
        // Twice in a row: the tick that sees the first replicas may still want more nodes.
        int inRow = stands(snapshot) ? standing.getOrDefault(snapshot.cell(), 0) + 1 : 0;
        standing.put(snapshot.cell(), inRow);
        if (inRow == 2) {
          ready.countDown();
        }
      }
    }

    private boolean stands(CellSnapshot snapshot) {
      for (PoolStatus pool : snapshot.pools()) {
        if (pool.ready() < pool.target()) {
          return false;
        }
      }
      for (ServiceStatus service : snapshot.services()) {
        if (service.ready() < service.target() || service.pending() > 0) {
          return false;
        }
      }
      return snapshot.services().size() >= scenario.services().size()
          && snapshot.nodes().stream().allMatch(node -> node.state() == NodeState.READY);
    }

    @Override
    public void onDecision(Decision decision) {
      night.onDecision(decision);
      lines.onDecision(decision);
    }

    void awaitReady() throws CannotRunException, InterruptedException {
      if (!ready.await(READY_SECONDS, TimeUnit.SECONDS)) {
        throw new CannotRunException(
            "nodes and first replicas did not stand after " + READY_SECONDS + " s");
      }
    }
  }

  private static void requireFreePort(int port) throws CannotRunException {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    } catch (IOException e) {
      throw new CannotRunException(
          "Port "
              + port
              + " is in use by another process. Start with --port "
              + (port < 65_535 ? port + 1 : 0)
              + ".",
          e);
    }
  }

  private static Path temporary() throws CannotRunException {
    try {
      return Files.createTempDirectory("highwater-dev-");
    } catch (IOException e) {
      throw new CannotRunException("no temporary folder: " + e.getMessage(), e);
    }
  }

  private static Path created(Path folder) throws CannotRunException {
    try {
      return Files.createDirectories(folder);
    } catch (IOException e) {
      throw new CannotRunException(folder + " cannot be created: " + e, e);
    }
  }

  /** Two clusters on one folder would decide for the same cells. Closing the channel unlocks. */
  private static FileChannel locked(Path folder) throws CannotRunException {
    try {
      FileChannel channel =
          FileChannel.open(
              folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (channel.tryLock() != null) {
        return channel;
      }
      channel.close();
    } catch (OverlappingFileLockException e) {
      // Held by this very process: told below.
    } catch (IOException e) {
      throw new CannotRunException(folder + " cannot be written: " + e, e);
    }
    throw new CannotRunException(
        folder + " is used by another highwater. Stop it, or give another --data folder.");
  }

  private static void unlock(FileChannel lock) {
    try {
      lock.close();
    } catch (IOException e) {
      // The end of the process unlocks too.
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      // The system empties its temporary folder sooner or later.
    }
  }

  private static long processStartMs() {
    return ManagementFactory.getRuntimeMXBean().getStartTime();
  }

  private static long pid() {
    return ProcessHandle.current().pid();
  }

  private static String version() {
    return Objects.requireNonNullElse(
        LiveCluster.class.getPackage().getImplementationVersion(), "(not from a jar)");
  }
}
