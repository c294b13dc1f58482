package dev.highwater.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.contract.OpenAPIContract;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * The OpenAPI document that routes and validation are made from.
 *
 * <p>The router knows few response media types and refuses a contract with others, such as {@code
 * application/problem+json}. It validates requests only, so what it is given says nothing about the
 * content of responses; readers get the whole document.
 *
 * @param text the document as published
 * @param routed the part of it that the router works by
 */
record Contract(String text, OpenAPIContract routed) {
  private static final String RESOURCE = "/openapi.yaml";

  static Future<Contract> load(Vertx vertx) {
    return vertx
        .executeBlocking(Contract::read)
        .compose(
            text ->
                vertx
                    .executeBlocking(() -> withoutResponseContent(text))
                    .compose(routed -> OpenAPIContract.from(vertx, routed))
                    .map(routed -> new Contract(text, routed)));
  }

  private static String read() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(Contract.class.getResourceAsStream(RESOURCE), RESOURCE)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static JsonObject withoutResponseContent(String text) throws IOException {
    JsonNode root = new ObjectMapper(new YAMLFactory()).readTree(text);
    dropResponseContent(root);
    return new JsonObject(root.toString());
  }

  private static void dropResponseContent(JsonNode node) {
    JsonNode responses = node.get("responses");
    if (responses != null) {
      responses.forEach(response -> ((ObjectNode) response).remove("content"));
    }
    node.forEach(Contract::dropResponseContent);
  }
}
