package dev.highwater.server.metrics;

import dev.highwater.server.cluster.ClusterMember;
import dev.highwater.server.loop.CellLoop;
import dev.highwater.server.loop.Ownership;
import dev.highwater.server.session.AgentSessions;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/** The member itself: what it sees of the cluster and the store, and its sessions. Thread-safe. */
public final class MemberMetrics implements MeterBinder {
  private final ClusterMember cluster;
  private final Ownership ownership;
  private final AgentSessions sessions;
  private final String version;

  /** Reads these at scrape time. */
  public MemberMetrics(
      ClusterMember cluster, Ownership ownership, AgentSessions sessions, String version) {
    this.cluster = cluster;
    this.ownership = ownership;
    this.sessions = sessions;
    this.version = version;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    Gauge.builder(MetricNames.BUILD_INFO, () -> 1)
        .description("Version of the program")
        .tag("version", version)
        .tag("java", System.getProperty("java.specification.version", "unknown"))
        .register(registry);
    Gauge.builder(MetricNames.MEMBERS, () -> cluster.members().size())
        .description("Members of the cluster as this one sees it")
        .register(registry);
    Gauge.builder(MetricNames.STORE_UP, () -> ownership.storeAnswered() ? 1 : 0)
        .description("Whether the store answered last")
        .register(registry);
    Gauge.builder(MetricNames.SESSIONS, sessions, AgentSessions::count)
        .description("Agent sessions open")
        .register(registry);
    FunctionCounter.builder(MetricNames.AGENT_MESSAGES, sessions, AgentSessions::receivedTotal)
        .description("Messages received from agents")
        .register(registry);
    FunctionCounter.builder(MetricNames.AGENT_REFUSALS, sessions, AgentSessions::refusedTotal)
        .description("Agent connections refused")
        .register(registry);
    Gauge.builder(MetricNames.INBOX, () -> sum(loop -> loop.inbox().size()))
        .description("Observations that wait for the next tick")
        .register(registry);
    Gauge.builder(MetricNames.INBOX_DROPPED, () -> sum(loop -> loop.inbox().droppedTotal()))
        .description("Observations dropped by the cells owned now")
        .register(registry);
  }

  private long sum(java.util.function.ToLongFunction<CellLoop> value) {
    return ownership.loops().stream().mapToLong(value).sum();
  }
}
