package dev.highwater.launcher.dev;

import dev.highwater.http.StreamListener;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.CellSnapshot.NodeStatus;
import dev.highwater.model.Decision;
import dev.highwater.model.NodePool;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecKind;
import dev.highwater.model.Tenant;
import dev.highwater.model.json.ModelJson;
import dev.highwater.rehearsal.PolicyChoice;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.workload.TrafficTrace;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One scenario that happens to a cluster, from what it declares to what it came to: the agents of
 * its cells, and what watches them.
 *
 * <p>Runs on the caller's thread, which it blocks; not reusable.
 */
final class LiveRun {
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

  private final Options options;
  private final LiveTarget target;
  private final PrintWriter out;
  private final StopRequest stop;
  private final Scenario scenario;
  private final LiveNight night = new LiveNight();
  private final LinePrinter printer;
  private final StateLines lines;
  private final Standing standing;
  private final LiveAgents agents = new LiveAgents();
  private volatile boolean linesShown;
  private long usersComeAtMs;

  /**
   * What to run.
   *
   * @param traces series of the scenario by file name
   * @param cells names of those whose agents run here
   * @param host name under which they join
   * @param policy replaces the services' own, or null
   * @param usersAtMs when users come, epoch ms, a whole second; null for once everything stands
   * @param report file for what came of it, or null
   * @param ends whether the run ends after the scenario's duration, and is judged
   * @param headline first line of what is said at the start, or null if that was said
   * @param log where the log is
   * @param beganMs since when the start is timed, epoch ms
   */
  record Options(
      LivePlan plan,
      Map<String, TrafficTrace> traces,
      Set<String> cells,
      String host,
      @Nullable PolicyChoice policy,
      @Nullable Long usersAtMs,
      @Nullable Path report,
      boolean ends,
      @Nullable String headline,
      Path log,
      long beganMs) {}

  LiveRun(Options options, LiveTarget target, PrintWriter out, StopRequest stop) {
    this.options = options;
    this.target = target;
    this.out = out;
    this.stop = stop;
    scenario = options.plan().scenario();
    printer = new LinePrinter(out);
    lines = new StateLines(this::line);
    standing = new Standing(scenario, options.cells());
  }

  /**
   * Runs until the end, or until the process is asked to stop.
   *
   * @return exit code
   */
  int run() throws CannotRunException, InterruptedException {
    try {
      start();
      boolean whole =
          options.ends()
              && !stop.await(usersComeAtMs + scenario.durationMs() - System.currentTimeMillis());
      if (!options.ends()) {
        stop.await();
      }
      return finish(whole);
    } finally {
      agents.close(out);
    }
  }

  private void start() throws CannotRunException, InterruptedException {
    target.watch(new Watch());
    declare(scenario.specs(0));
    List<NodePool> asDeclared = holdStartNodes();
    agents.start(
        target, scenario, options.traces(), options.cells(), options.host(), lines::onSimulated);
    standing.await();
    long readyMs = System.currentTimeMillis() - options.beganMs();
    usersComeAtMs = usersComeAtMs();
    night.usersComeAt(usersComeAtMs);
    for (NodePool pool : asDeclared) {
      target.put(pool);
    }
    declare(scenario.specs(usersComeAtMs));
    block(readyMs).print(out);
    linesShown = true;
    if (stop.await(usersComeAtMs - BEGIN_LEAD_MS - System.currentTimeMillis())) {
      return;
    }
    agents.usersComeAt(usersComeAtMs);
    target
        .vertx()
        .setTimer(
            Math.max(1, usersComeAtMs - System.currentTimeMillis()),
            timer -> lines.say(usersComeAtMs, "users", "come now"));
  }

  /**
   * Has the nodes booted that the scenario begins with.
   *
   * @return the pools as they shall be again
   */
  private List<NodePool> holdStartNodes() throws CannotRunException, InterruptedException {
    List<NodePool> asDeclared = new ArrayList<>();
    for (NodePool held : scenario.poolsAtStart()) {
      if (options.cells().contains(held.cell())
          && target.find(SpecKind.NODE_POOL, held.key()) instanceof NodePool kept) {
        asDeclared.add(kept);
        int nodes = Math.min(kept.nodesMax(), Math.max(kept.nodesMin(), held.nodesMin()));
        target.put(kept.withNodesMin(nodes));
      }
    }
    return asDeclared;
  }

  private long usersComeAtMs() throws CannotRunException {
    long nowMs = System.currentTimeMillis();
    Long wanted = options.usersAtMs();
    if (wanted == null) {
      long prepareMs = scenario.events().isEmpty() ? PREPARE_NOTHING_MS : PREPARE_MS;
      return (nowMs + prepareMs + 999) / 1_000 * 1_000;
    }
    if (wanted < nowMs) {
      throw new CannotRunException(
          "nodes and first replicas stood "
              + Display.seconds(nowMs - wanted)
              + " after users were to come. Give a later --users-at.");
    }
    return wanted;
  }

  /** Declares what is not declared yet; what a folder kept stays as it is. */
  private void declare(List<Spec> specs) throws CannotRunException, InterruptedException {
    List<Spec> now = new ArrayList<>();
    for (Spec spec : specs) {
      if (spec instanceof PeakEvent
          == (usersComeAtMs != 0)) { // events need to know when users come
        now.add(spec);
      }
    }
    target.create(now);
    if (options.policy() == null) {
      return;
    }
    for (Spec spec : now) {
      if (spec instanceof Service service) {
        // The command line wins over the folder.
        Service kept =
            target.find(SpecKind.SERVICE, service.key()) instanceof Service found ? found : service;
        target.put(options.policy().applied(List.of(kept)).get(0));
      }
    }
  }

  private StartBlock block(long readyMs) throws CannotRunException, InterruptedException {
    List<String> cells = new ArrayList<>();
    Resources capacity = Resources.NONE;
    for (String cell : options.cells()) {
      CellSnapshot shown = night.last(cell);
      if (shown != null) {
        cells.add(cell + " (epoch " + shown.epoch() + ")");
        for (NodeStatus node : shown.nodes()) {
          capacity = capacity.plus(node.total());
        }
      }
    }
    return new StartBlock(
        options.headline(),
        target.members(),
        cells,
        night.nodesReady(),
        capacity,
        declared(SpecKind.NODE_POOL, NodePool.class),
        declared(SpecKind.TENANT, Tenant.class),
        declared(SpecKind.SERVICE, Service.class),
        target.apis(),
        options.log(),
        readyMs,
        options.plan(),
        Math.max(0, usersComeAtMs - System.currentTimeMillis()));
  }

  private <T extends Spec> List<T> declared(SpecKind kind, Class<T> type)
      throws CannotRunException, InterruptedException {
    List<T> specs = new ArrayList<>();
    for (Spec spec : target.declared(kind)) {
      if (type.isInstance(spec)) {
        specs.add(type.cast(spec));
      }
    }
    return specs;
  }

  private int finish(boolean whole) throws CannotRunException, InterruptedException {
    var doors = agents.counted();
    linesShown = false;
    printer.end();
    long livedMs = Math.max(1_000, System.currentTimeMillis() - usersComeAtMs) / 1_000 * 1_000;
    LiveReport report =
        night.report(whole ? options.plan() : options.plan().lasting(livedMs), doors);
    boolean judged = whole && options.cells().size() == scenario.cells().size();
    List<String> misses = judged ? report.outcome().misses(scenario.expect()) : List.of();
    Summary.print(out, report, misses, judged);
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

  private void line(String text) {
    if (linesShown) {
      printer.print(text);
    }
  }

  /** Shows and keeps what happens. */
  private final class Watch implements StreamListener {
    @Override
    public void onSnapshot(CellSnapshot snapshot) {
      night.onSnapshot(snapshot);
      lines.onSnapshot(snapshot);
      standing.onSnapshot(snapshot);
    }

    @Override
    public void onDecision(Decision decision) {
      night.onDecision(decision);
      lines.onDecision(decision);
    }
  }

  /** The version of this program. */
  static String version() {
    return Objects.requireNonNullElse(
        LiveRun.class.getPackage().getImplementationVersion(), "(not from a jar)");
  }
}
