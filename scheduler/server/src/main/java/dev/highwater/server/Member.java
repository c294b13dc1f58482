package dev.highwater.server;

import dev.highwater.http.ControlPlane;
import dev.highwater.http.HttpApi;
import dev.highwater.http.SocketMount;
import dev.highwater.model.AgentMessage.Role;
import dev.highwater.model.Cell;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Command;
import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.Observation;
import dev.highwater.model.SchedulerMessage;
import dev.highwater.server.cluster.ClusterMember;
import dev.highwater.server.control.LiveControlPlane;
import dev.highwater.server.loop.CellDecider;
import dev.highwater.server.loop.CellOwner;
import dev.highwater.server.loop.KernelDecider;
import dev.highwater.server.loop.LoopOutputs;
import dev.highwater.server.loop.Ownership;
import dev.highwater.server.loop.Recorder;
import dev.highwater.server.loop.RouteDecider;
import dev.highwater.server.metrics.AppendFailure;
import dev.highwater.server.metrics.SchedulerMetrics;
import dev.highwater.server.session.AgentSessions;
import dev.highwater.server.session.SessionSettings;
import dev.highwater.server.store.CellEpoch;
import dev.highwater.server.store.Retention;
import dev.highwater.server.store.Store;
import dev.highwater.server.store.StoreUnavailableException;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One member of the scheduler: store, cluster, HTTP API with agent sessions, and the loops of the
 * cells it owns. {@link #start} and {@link #close} block for seconds and belong on a thread of the
 * caller's; everything else is thread-safe.
 */
public final class Member implements AutoCloseable {
  private static final int HTTP_SECONDS = 30;
  private static final Logger LOG = LoggerFactory.getLogger(Member.class);

  private final ClusterMember cluster;
  private final LiveControlPlane controlPlane;
  private final HttpApi http;
  private final Ownership ownership;
  private final Deque<AutoCloseable> parts;
  private boolean closed;

  private Member(
      ClusterMember cluster,
      LiveControlPlane controlPlane,
      HttpApi http,
      Ownership ownership,
      Deque<AutoCloseable> parts) {
    this.cluster = cluster;
    this.controlPlane = controlPlane;
    this.http = http;
    this.ownership = ownership;
    this.parts = parts;
  }

  /**
   * Starts a member: it listens and joins, and takes over cells from then on.
   *
   * @throws StoreUnavailableException if the store cannot be opened
   * @throws IOException if the port cannot be listened on, the cluster cannot be joined, or the
   *     recording cannot be written
   */
  public static Member start(MemberSettings settings)
      throws StoreUnavailableException, IOException {
    Deque<AutoCloseable> parts = new ArrayDeque<>();
    try {
      return start(settings, parts);
    } catch (StoreUnavailableException | IOException | RuntimeException e) {
      closeAll(parts);
      throw e;
    }
  }

  private static Member start(MemberSettings settings, Deque<AutoCloseable> parts)
      throws StoreUnavailableException, IOException {
    Clock clock = Clock.systemUTC();
    Recorder recorder =
        settings.recording() == null ? null : opened(parts, Recorder.open(settings.recording()));
    Store store = opened(parts, Store.open(settings.store()));
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    parts.push(registry::close);
    SchedulerMetrics metrics = opened(parts, new SchedulerMetrics(registry, clock, version()));
    ClusterMember cluster = opened(parts, joined(settings, registry));
    Vertx vertx = cluster.vertx();

    Outputs outputs = new Outputs(recorder, metrics);
    Ownership ownership =
        new Ownership(
            store,
            cluster.id(),
            outputs::address,
            cluster::members,
            taken -> begin(taken, store, outputs, clock, settings.kept()),
            () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));
    AgentSessions sessions =
        new AgentSessions(
            vertx,
            new SessionSettings(cluster.id(), settings.agentToken(), settings.sessionsMax()),
            ownership,
            clock);
    LiveControlPlane controlPlane =
        new LiveControlPlane(cluster, store, ownership, sessions, metrics, clock);
    HttpApi http =
        new HttpApi(
            controlPlane,
            settings.http(),
            new SocketMount(AgentSessions.PATH, AgentSessions.MESSAGE_BYTES_MAX, sessions));
    outputs.wire(sessions, controlPlane);
    metrics.bind(outputs::snapshots);
    metrics.bindSessions(sessions::count);
    listen(vertx, controlPlane, http);
    outputs.address = settings.http().host() + ":" + http.port();
    ownership.start();
    parts.push(ownership);
    LOG.info(
        "member started id={} cluster={} store={} http={}",
        cluster.id(),
        cluster.address(),
        settings.store(),
        outputs.address);
    return new Member(cluster, controlPlane, http, ownership, parts);
  }

  private static ClusterMember joined(MemberSettings settings, PrometheusMeterRegistry registry)
      throws IOException {
    try {
      return ClusterMember.start(settings.cluster(), registry);
    } catch (IllegalStateException e) {
      // Hazelcast's word for: no port was free, or those that were asked would not let it in.
      throw new IOException(
          "the cluster was not joined ("
              + e.getMessage()
              + "); asked "
              + String.join(", ", settings.cluster().seeds()),
          e);
    }
  }

  private static <T extends AutoCloseable> T opened(Deque<AutoCloseable> parts, T part) {
    parts.push(part);
    return part;
  }

  private static void listen(Vertx vertx, LiveControlPlane controlPlane, HttpApi http)
      throws IOException {
    try {
      controlPlane
          .start()
          .compose(nothing -> vertx.deployVerticle(http))
          .await(HTTP_SECONDS, TimeUnit.SECONDS);
    } catch (Exception e) {
      if (e instanceof IOException io) {
        throw io;
      }
      throw new IOException("the HTTP API did not start: " + e.getMessage(), e);
    }
  }

  private static CellOwner begin(
      CellEpoch taken, Store store, Outputs outputs, Clock clock, Retention kept) {
    CellDecider decider =
        taken.cell().equals(Cell.ROUTES) ? new RouteDecider() : new KernelDecider(taken.cell());
    return CellOwner.start(taken, store, decider, outputs, clock, kept);
  }

  private static String version() {
    return Objects.requireNonNullElse(Member.class.getPackage().getImplementationVersion(), "dev");
  }

  /** Connects the loops to everything that wants to know of them. */
  private static final class Outputs implements LoopOutputs {
    private final @Nullable Recorder recorder;
    private final SchedulerMetrics metrics;
    private final Map<String, CellSnapshot> snapshots = new ConcurrentHashMap<>();
    private volatile String address = "";
    private volatile @Nullable AgentSessions sessions;
    private volatile @Nullable LiveControlPlane controlPlane;

    Outputs(@Nullable Recorder recorder, SchedulerMetrics metrics) {
      this.recorder = recorder;
      this.metrics = metrics;
    }

    void wire(AgentSessions agents, LiveControlPlane plane) {
      sessions = agents;
      controlPlane = plane;
    }

    String address() {
      return address;
    }

    List<CellSnapshot> snapshots() {
      return List.copyOf(snapshots.values());
    }

    @Override
    public void send(String cell, Command command) {
      AgentSessions agents = Objects.requireNonNull(sessions, "wired before the first cell");
      SchedulerMessage message = new SchedulerMessage.Instruct(command);
      if (command instanceof Command.RunReplicas run) {
        agents.send(cell, Role.NODE, run.node(), message);
      } else if (command instanceof Command.NodeTarget) {
        agents.sendToAll(cell, Role.HOST, message);
      } else if (command instanceof Command.AdmitRates) {
        agents.sendToAll(cell, Role.FRONT_DOOR, message);
      } else if (command instanceof Command.RouteUsers route) {
        Objects.requireNonNull(controlPlane, "wired before the first cell").order(route);
      }
    }

    @Override
    public void report(Observation.CellReport report) {
      Objects.requireNonNull(controlPlane, "wired before the first cell").report(report);
    }

    @Override
    public void publish(@Nullable CellSnapshot snapshot, Decision decision) {
      if (snapshot != null) {
        snapshots.put(snapshot.cell(), snapshot);
      }
      metrics.decided(decision);
      Objects.requireNonNull(controlPlane, "wired before the first cell")
          .publish(snapshot, decision);
    }

    @Override
    public void recordBegin(String cell, List<Fact> facts, List<Input> observed) {
      if (recorder != null) {
        recorder.begin(cell, facts, observed);
      }
    }

    @Override
    public void recordStep(Input input, Decision decision) {
      if (recorder != null) {
        recorder.step(input, decision);
      }
    }

    @Override
    public void ticked(TickTimes times) {
      metrics.ticked(times.cell(), times.decideNanos(), times.storeNanos(), times.lateMs());
      if (times.commands() > 0) {
        metrics.commanded(times.cell(), times.answerNanos());
      }
    }

    @Override
    public void fenced(String cell) {
      metrics.appendFailed(cell, AppendFailure.FENCED);
    }

    @Override
    public void unanswered(String cell) {
      metrics.appendFailed(cell, AppendFailure.UNANSWERED);
    }

    @Override
    public void resigned(String cell, long epoch) {
      snapshots.remove(cell);
      metrics.resigned(cell);
      AgentSessions agents = sessions;
      if (agents != null) {
        agents.closeAll(cell, epoch);
      }
    }
  }

  /** The control plane, for callers in the same process. */
  public ControlPlane controlPlane() {
    return controlPlane;
  }

  /** The port that the HTTP API listens on. */
  public int httpPort() {
    return http.port();
  }

  /** Where Hazelcast listens, {@code host:port}. */
  public String clusterAddress() {
    return cluster.address();
  }

  /** Id of this member, unique per life of the process. */
  public String id() {
    return cluster.id();
  }

  /** Vert.x of this member. */
  public Vertx vertx() {
    return cluster.vertx();
  }

  /** Who owns which cell, as of the last poll. */
  public Ownership ownership() {
    return ownership;
  }

  /** Ends loops, listeners, cluster and store in this order; agents keep serving. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      closeAll(parts);
    }
  }

  private static void closeAll(Deque<AutoCloseable> parts) {
    while (!parts.isEmpty()) {
      AutoCloseable part = parts.pop();
      try {
        part.close();
      } catch (Exception e) {
        LOG.warn("could not be closed: {}", part.getClass().getSimpleName(), e);
      }
    }
  }
}
