package dev.highwater.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.nio.serialization.HazelcastSerializationException;
import com.hazelcast.spi.properties.ClusterProperty;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.buffer.Buffer;
import java.io.Serializable;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Two members in one process; the cluster's name is random so that no other one is joined. */
class ClusterMemberTest {
  private static ClusterSettings settings;
  private static ClusterMember first;
  private static ClusterMember second;

  @BeforeAll
  static void start() throws Exception {
    int port = freePort();
    settings =
        new ClusterSettings(
            "test-" + UUID.randomUUID(),
            "127.0.0.1",
            port,
            List.of("127.0.0.1:" + port),
            ClusterSettings.SILENT_SECONDS_DEFAULT);
    first = ClusterMember.start(settings, new SimpleMeterRegistry());
    second = ClusterMember.start(settings, new SimpleMeterRegistry());
  }

  @AfterAll
  static void close() {
    second.close();
    first.close();
  }

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Test
  void membersSeeEachOther() {
    assertThat(first.members()).hasSize(2).isEqualTo(second.members()).contains(first.id());
    assertThat(first.address()).startsWith("127.0.0.1:");
  }

  /** Hazelcast would otherwise report its use to its makers at every start. */
  @Test
  void membersCallNobodyOutside() {
    assertThat(
            ClusterMember.config(settings)
                .getProperty(ClusterProperty.PHONE_HOME_ENABLED.getName()))
        .isEqualTo("false");
  }

  @Test
  void snapshotWrittenByOneIsReadByTheOther() throws Exception {
    byte[] json = "{\"cell\":\"east\"}".getBytes(StandardCharsets.UTF_8);
    first
        .readModels()
        .putSnapshots(Map.of("east", json))
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
    assertThat(second.readModels().snapshots()).singleElement().isEqualTo(json);
  }

  @Test
  void eventBusReachesTheOtherMember() throws Exception {
    second
        .vertx()
        .eventBus()
        .<Buffer>consumer("test.echo", message -> message.reply(message.body()))
        .completion()
        .await(10, TimeUnit.SECONDS);
    Buffer answer =
        first
            .vertx()
            .eventBus()
            .<Buffer>request("test.echo", Buffer.buffer("hello"))
            .await(10, TimeUnit.SECONDS)
            .body();
    assertThat(answer).hasToString("hello");
  }

  /** Stands for anything that an attacker might want to have built. */
  static final class Gadget implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  @Test
  void serializedJavaObjectIsNotBuilt() {
    HazelcastInstance hazelcast =
        Hazelcast.getAllHazelcastInstances().stream()
            .filter(
                h ->
                    first
                        .id()
                        .equals(h.getCluster().getLocalMember().getAttribute("__vertx.nodeId")))
            .findFirst()
            .orElseThrow();
    hazelcast.getMap("gadgets").set("one", new Gadget());
    assertThatThrownBy(() -> hazelcast.getMap("gadgets").get("one"))
        .isInstanceOf(HazelcastSerializationException.class)
        .hasRootCauseInstanceOf(SecurityException.class);
  }
}
