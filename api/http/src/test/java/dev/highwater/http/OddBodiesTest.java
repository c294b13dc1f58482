package dev.highwater.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.highwater.http.testing.FakeControlPlane;
import dev.highwater.http.testing.SampleNight;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand;
import dev.highwater.model.Spec;
import dev.highwater.model.json.ModelJson;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: whatever a body holds, the answer is a success or a problem that blames the sender. Method:
 * valid bodies are bent at random places; a failing seed is run again with {@code -Dsim.seed=}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OddBodiesTest {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final int BODIES_PER_SEED = 60;

  private final HttpClient client = HttpClient.newHttpClient();
  private final FakeControlPlane world = new FakeControlPlane();
  private final Vertx vertx = Vertx.vertx();
  private final HttpApi api = new HttpApi(world, HttpSettings.DEFAULT.withPort(0));

  /** A route and a body that it accepts. */
  private record Sample(String path, JsonNode body) {}

  static List<Long> seeds() {
    Long pinned = Long.getLong("sim.seed");
    return pinned == null
        ? new SplittableRandom(20_261_123).longs(8).boxed().toList()
        : List.of(pinned);
  }

  @BeforeAll
  void start() throws Exception {
    new SampleNight(0).specs().forEach(world::with);
    vertx.deployVerticle(api).await(20, TimeUnit.SECONDS);
  }

  @AfterAll
  void stop() throws Exception {
    vertx.close().await(20, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void oddBodyIsTheSendersMistake(long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    List<Sample> samples = samples();
    int refused = 0;
    for (int i = 0; i < BODIES_PER_SEED; i++) {
      Sample sample = samples.get(random.nextInt(samples.size()));
      JsonNode body = sample.body().deepCopy();
      for (int bend = random.nextInt(3); bend >= 0; bend--) {
        bend(body, random);
      }

      HttpResponse<String> answer = post(sample.path(), body.toString());

      assertThat(answer.statusCode())
          .as("sim.seed=%d %s %s -> %s", seed, sample.path(), body, answer.body())
          .isBetween(200, 499);
      if (answer.statusCode() >= 400) {
        refused++;
        assertThat(answer.headers().firstValue("Content-Type"))
            .hasValue("application/problem+json");
      }
    }
    assertThat(refused).as("sim.seed=%d", seed).isGreaterThan(BODIES_PER_SEED / 3);
  }

  private static List<Sample> samples() {
    Map<String, String> paths =
        Map.of(
            "cell",
            "cells",
            "node-pool",
            "pools",
            "tenant",
            "tenants",
            "service",
            "services",
            "peak-event",
            "events");
    List<Sample> samples = new ArrayList<>();
    for (Spec spec : new SampleNight(0).specs()) {
      JsonNode body = ModelJson.toTree(spec);
      samples.add(new Sample("/v1/" + paths.get(body.get("kind").asText()), body));
    }
    samples.add(
        new Sample(
            "/v1/simulation/surges",
            ModelJson.toTree(
                new SimulationCommand.Surge(new ServiceId("shop", "order"), 3, 0, 1_000, 0))));
    return samples;
  }

  /** Changes one place of a tree: a value, a name, or what there is. */
  private static void bend(JsonNode root, SplittableRandom random) {
    JsonNode at = root;
    while (true) {
      List<JsonNode> inner = new ArrayList<>();
      at.forEach(child -> addContainer(inner, child));
      if (inner.isEmpty() || random.nextInt(3) == 0) {
        break;
      }
      at = inner.get(random.nextInt(inner.size()));
    }
    if (at instanceof ObjectNode object) {
      List<String> names = new ArrayList<>();
      object.fieldNames().forEachRemaining(names::add);
      String name = names.isEmpty() ? "x" : names.get(random.nextInt(names.size()));
      switch (random.nextInt(4)) {
        case 0 -> object.remove(name);
        case 1 -> object.set(name + "s", odd(random));
        default -> object.set(name, odd(random));
      }
    } else if (at instanceof ArrayNode array) {
      array.add(odd(random));
    }
  }

  private static void addContainer(List<JsonNode> inner, JsonNode child) {
    if (child.isContainerNode()) {
      inner.add(child);
    }
  }

  private static JsonNode odd(SplittableRandom random) {
    return switch (random.nextInt(13)) {
      case 0 -> JSON.nullNode();
      case 1 -> JSON.numberNode(-1);
      case 2 -> JSON.numberNode(1e308);
      case 3 -> JSON.numberNode(Long.MAX_VALUE);
      case 4 -> JSON.textNode("NaN");
      case 5 -> JSON.textNode("x".repeat(5_000));
      case 6 -> JSON.textNode("");
      case 7 -> JSON.booleanNode(true);
      case 8 -> JSON.objectNode().put("kind", "odd");
      case 9 -> JSON.arrayNode().add(1).add("two");
      case 10 -> JSON.textNode("\u0000\ud83c\udf0a../'\"<script>");
      case 11 -> JSON.numberNode(0.5);
      default -> nested(200);
    };
  }

  private static JsonNode nested(int depth) {
    ArrayNode outer = JSON.arrayNode();
    ArrayNode at = outer;
    for (int i = 0; i < depth; i++) {
      at = at.addArray();
    }
    return outer;
  }

  private HttpResponse<String> post(String path, String body) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + api.port() + path);
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build();
    return client.send(request, BodyHandlers.ofString());
  }
}
