package dev.highwater.launcher.house.trespass.workload;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.hazelcast.core.HazelcastInstance;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.util.List;

/** Sees every other module, and every platform. */
public final class Trespasser {
  static final List<Class<?>> SEEN =
      List.of(
          dev.highwater.launcher.house.trespass.agent.Trespasser.class,
          dev.highwater.launcher.house.trespass.cli.Trespasser.class,
          dev.highwater.launcher.house.trespass.client.Trespasser.class,
          dev.highwater.launcher.house.trespass.http.Trespasser.class,
          dev.highwater.launcher.house.trespass.kernel.Trespasser.class,
          dev.highwater.launcher.house.trespass.launcher.Trespasser.class,
          dev.highwater.launcher.house.trespass.model.Trespasser.class,
          dev.highwater.launcher.house.trespass.rehearsal.Trespasser.class,
          dev.highwater.launcher.house.trespass.server.Trespasser.class);
  static final List<Class<?>> PLATFORMS =
      List.of(
          ObjectMapper.class,
          HazelcastInstance.class,
          MeterRegistry.class,
          Vertx.class,
          Files.class,
          Thread.class);

  private Trespasser() {}
}
