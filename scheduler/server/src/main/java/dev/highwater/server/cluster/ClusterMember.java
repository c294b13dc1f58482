package dev.highwater.server.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.config.AdvancedNetworkConfig;
import com.hazelcast.config.ClassFilter;
import com.hazelcast.config.Config;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.ServerSocketEndpointConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.spi.properties.ClusterProperty;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import io.vertx.spi.cluster.hazelcast.ConfigUtil;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This process as a member of the cluster: Hazelcast first, Vert.x on top, closed in the opposite
 * order. It exists so that every setting that was measured or decided about either stands in one
 * place. Thread-safe; start and close block for seconds.
 */
public final class ClusterMember implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterMember.class);

  private static final String VERTX_NODE_ID = "__vertx.nodeId";

  /** Chosen by us: a warning long before a blocked loop delays the reports of a second. */
  private static final Duration BLOCKED_LOOP_WARNING = Duration.ofMillis(500);

  private static final int EVENT_LOOPS = 2;
  private static final int WORKERS = 8;
  private static final int CLOSE_SECONDS = 10;

  private final HazelcastInstance hazelcast;
  private final Vertx vertx;
  private final ReadModels readModels;

  private ClusterMember(HazelcastInstance hazelcast, Vertx vertx) {
    this.hazelcast = hazelcast;
    this.vertx = vertx;
    readModels = new ReadModels(hazelcast);
  }

  /** Joins the cluster, or founds it if no seed answers. */
  public static ClusterMember start(ClusterSettings settings, MeterRegistry registry) {
    HazelcastInstance hazelcast = Hazelcast.newHazelcastInstance(config(settings));
    try {
      VertxOptions options =
          new VertxOptions()
              .setEventLoopPoolSize(EVENT_LOOPS)
              .setWorkerPoolSize(WORKERS)
              .setMaxEventLoopExecuteTime(BLOCKED_LOOP_WARNING.toNanos())
              .setMetricsOptions(new MicrometerMetricsOptions().setEnabled(true))
              .setEventBusOptions(
                  new EventBusOptions()
                      .setHost(settings.host())
                      .setClusterPublicHost(settings.host()));
      Vertx vertx =
          Vertx.builder()
              .with(options)
              .withClusterManager(new HazelcastClusterManager(hazelcast))
              .withMetrics(new MicrometerMetricsFactory(registry))
              .buildClustered()
              .await();
      return new ClusterMember(hazelcast, vertx);
    } catch (RuntimeException e) {
      hazelcast.shutdown();
      throw e;
    }
  }

  static Config config(ClusterSettings settings) {
    Config config = ConfigUtil.loadConfig(); // brings the three maps that Vert.x needs
    config.setClusterName(settings.clusterName());
    config.getMemberAttributeConfig().setAttribute(VERTX_NODE_ID, UUID.randomUUID().toString());
    network(config, settings);
    refuseJavaSerialization(config);
    config.addMapConfig(
        new MapConfig(ReadModels.PATTERN).setBackupCount(1).setReadBackupData(true));
    // This process closes the member itself, after Vert.x.
    set(config, ClusterProperty.SHUTDOWNHOOK_ENABLED, "false");
    set(config, ClusterProperty.PHONE_HOME_ENABLED, "false");
    set(config, ClusterProperty.LOGGING_TYPE, "slf4j");
    set(config, ClusterProperty.SOCKET_BIND_ANY, "false");
    // Measured: phi-accrual only adds its pause; a killed process is seen by its closed socket.
    set(config, ClusterProperty.HEARTBEAT_FAILURE_DETECTOR_TYPE, "deadline");
    set(config, ClusterProperty.HEARTBEAT_INTERVAL_SECONDS, "1");
    set(
        config,
        ClusterProperty.MAX_NO_HEARTBEAT_SECONDS,
        Integer.toString(settings.silentSeconds()));
    config.setProperty("hazelcast.connection.monitor.max.faults", "0");
    config.setProperty("hazelcast.connection.monitor.interval", "50");
    // Nothing is gained by waiting for members that were not started.
    set(config, ClusterProperty.WAIT_SECONDS_BEFORE_JOIN, "0");
    set(config, ClusterProperty.MAX_WAIT_SECONDS_BEFORE_JOIN, "2");
    // Three members that start at once on a busy machine were seen to need more than 10 s.
    set(config, ClusterProperty.MAX_JOIN_SECONDS, "60");
    set(config, ClusterProperty.MERGE_FIRST_RUN_DELAY_SECONDS, "3");
    set(config, ClusterProperty.MERGE_NEXT_RUN_DELAY_SECONDS, "3");
    // Small machines: the defaults start fifty threads.
    set(config, ClusterProperty.PARTITION_OPERATION_THREAD_COUNT, "2");
    set(config, ClusterProperty.GENERIC_OPERATION_THREAD_COUNT, "2");
    set(config, ClusterProperty.IO_THREAD_COUNT, "1");
    // Two, because Vert.x cleans up after a lost member on the same thread that tells us of it.
    set(config, ClusterProperty.EVENT_THREAD_COUNT, "2");
    return config;
  }

  private static void set(
      Config config, com.hazelcast.spi.properties.HazelcastProperty property, String value) {
    config.setProperty(property.getName(), value);
  }

  /**
   * The advanced network with one endpoint, for members only, and not the plain one: that speaks
   * every protocol on one port, and while a connection to a hung member waits to hear which, its
   * writer spins and keeps all other members waiting (hazelcast/hazelcast#26473). Measured with a
   * held member of three: healthy members did not hear each other for 6 s, and in two runs of eight
   * each put the other out. No clients and no REST are a gain besides.
   */
  private static void network(Config config, ClusterSettings settings) {
    ServerSocketEndpointConfig members = new ServerSocketEndpointConfig();
    members.setPort(settings.port()).setPortAutoIncrement(true);
    members.getInterfaces().setEnabled(true).addInterface(settings.host());
    AdvancedNetworkConfig network = config.getAdvancedNetworkConfig().setEnabled(true);
    network.setMemberEndpointConfig(members);
    JoinConfig join = network.getJoin();
    join.getAutoDetectionConfig().setEnabled(false);
    join.getMulticastConfig().setEnabled(false);
    join.getTcpIpConfig()
        .setEnabled(true)
        .setConnectionTimeoutSeconds(2)
        .setMembers(settings.seeds());
  }

  /**
   * Lets Java deserialization make nothing but the exceptions that members answer each other with:
   * every object of ours travels as bytes, so a serialized object from outside is an attack.
   */
  private static void refuseJavaSerialization(Config config) {
    config
        .getSerializationConfig()
        .setJavaSerializationFilterConfig(
            new JavaSerializationFilterConfig()
                .setDefaultsDisabled(true)
                .setWhitelist(
                    new ClassFilter()
                        .addPackages("java.lang", "java.util.concurrent")
                        .addPrefixes(
                            "com.hazelcast.",
                            "[Ljava.lang.StackTraceElement;",
                            "java.util.Collections$")));
  }

  /** Vert.x with the clustered event bus. */
  public Vertx vertx() {
    return vertx;
  }

  /** The maps that every member serves from. */
  public ReadModels readModels() {
    return readModels;
  }

  /**
   * Unique per life of this process. Not Hazelcast's own id of the member, which is another one
   * after a member that hung was put out and merged back: it would not know itself any more.
   */
  public String id() {
    return id(hazelcast.getCluster().getLocalMember());
  }

  private static String id(Member member) {
    return String.valueOf(member.getAttribute(VERTX_NODE_ID));
  }

  /**
   * Ids of the members as this one sees them now, sorted. Polled, because the events about lost
   * members were measured to lag by up to four seconds. Empty once this member is closed.
   */
  public List<String> members() {
    if (!hazelcast.getLifecycleService().isRunning()) {
      return List.of();
    }
    return hazelcast.getCluster().getMembers().stream().map(ClusterMember::id).sorted().toList();
  }

  /** Where this member's Hazelcast listens, {@code host:port}. */
  public String address() {
    Member local = hazelcast.getCluster().getLocalMember();
    return local.getAddress().getHost() + ":" + local.getAddress().getPort();
  }

  @Override
  public void close() {
    try {
      vertx.close().await(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      LOG.warn("Vert.x did not close within {} s", CLOSE_SECONDS);
    }
    hazelcast.shutdown();
  }
}
