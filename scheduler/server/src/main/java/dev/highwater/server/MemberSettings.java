package dev.highwater.server;

import dev.highwater.http.HttpSettings;
import dev.highwater.server.cluster.ClusterSettings;
import dev.highwater.server.session.SessionSettings;
import dev.highwater.server.store.Retention;
import dev.highwater.server.store.StoreLocation;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a member is started with. Immutable.
 *
 * @param cluster how it finds others
 * @param http where its API, console and agent sessions listen
 * @param store where what must not be lost is kept; members on several hosts share one PostgreSQL
 * @param agentToken what agents must show; empty lets every process of this host in
 * @param sessionsMax most agents of this member
 * @param recording file to record inputs to, or null
 * @param kept how long the past is
 */
public record MemberSettings(
    ClusterSettings cluster,
    HttpSettings http,
    StoreLocation store,
    String agentToken,
    int sessionsMax,
    @Nullable Path recording,
    Retention kept) {
  /**
   * Refuses a store file on this host for members of several hosts: each would decide on its own.
   */
  public MemberSettings {
    boolean alone = cluster.host().equals("127.0.0.1");
    if (!alone && !store.sharedByHosts()) {
      throw new IllegalArgumentException(
          "members on several hosts need a store they share: give a jdbc:postgresql: URL");
    }
  }

  /**
   * One member on the loopback address.
   *
   * @param dataDirectory holds the SQLite file; must exist
   */
  public static MemberSettings loopback(String clusterName, HttpSettings http, Path dataDirectory) {
    return new MemberSettings(
        ClusterSettings.loopback(clusterName),
        http,
        StoreLocation.directory(dataDirectory),
        "",
        SessionSettings.SESSIONS_MAX_DEFAULT,
        null,
        Retention.DEFAULT);
  }

  /** The same with a recording. */
  public MemberSettings withRecording(@Nullable Path file) {
    return new MemberSettings(cluster, http, store, agentToken, sessionsMax, file, kept);
  }

  /** The same with another time for which the past is kept. */
  public MemberSettings withKept(Retention other) {
    return new MemberSettings(cluster, http, store, agentToken, sessionsMax, recording, other);
  }
}
