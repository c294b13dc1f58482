package dev.highwater.http;

import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.json.ModelJson;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.openapi.router.OpenAPIRoute;
import io.vertx.ext.web.openapi.router.RouterBuilder;
import io.vertx.openapi.contract.Location;
import io.vertx.openapi.contract.Parameter;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Joins the operations of the contract to code, and refuses to serve a contract of which one
 * operation has none. Touched only on the API's event loop.
 */
final class Operations {
  private final RouterBuilder builder;
  private final Set<String> open = new TreeSet<>();

  Operations(RouterBuilder builder) {
    this.builder = builder;
    builder.getRoutes().forEach(route -> open.add(route.getOperation().getOperationId()));
  }

  /**
   * Serves an operation.
   *
   * @param code answers the request; what it throws or its future fails with becomes the problem
   *     that is answered
   */
  void on(String operationId, Function<RoutingContext, Future<?>> code) {
    serve(operationId, null, code);
  }

  private void serve(
      String operationId, @Nullable Class<?> bodyType, Function<RoutingContext, Future<?>> code) {
    OpenAPIRoute route = builder.getRoute(operationId);
    if (route == null || !open.remove(operationId)) {
      throw new IllegalStateException("not in the contract, or served twice: " + operationId);
    }
    Set<String> known = new TreeSet<>();
    for (Parameter parameter : route.getOperation().getParameters()) {
      if (parameter.getIn() == Location.QUERY) {
        known.add(parameter.getName());
      }
    }
    route
        .addHandler(
            request -> {
              refuseUnknown(request, known);
              code.apply(request).onFailure(request::fail);
            })
        .addFailureHandler(request -> Problems.answerFailure(request, bodyType));
  }

  /** Serves an operation whose body is a model record. */
  <T> void onBody(
      String operationId, Class<T> type, BiFunction<RoutingContext, T, Future<?>> code) {
    serve(
        operationId,
        type,
        request -> code.apply(request, ModelJson.read(request.body().buffer().getBytes(), type)));
  }

  /** Checks that every operation of the contract is served. */
  void complete() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("operations without code: " + open);
    }
  }

  /** Answers with a model value, which is written on a worker since it may be large. */
  static Future<?> answer(RoutingContext request, int status, Object value) {
    Vertx vertx = request.vertx();
    return vertx
        .executeBlocking(() -> Buffer.buffer(ModelJson.writeBytes(value)), false)
        .compose(
            json ->
                request
                    .response()
                    .setStatusCode(status)
                    .putHeader("Content-Type", "application/json")
                    .putHeader("Cache-Control", "no-store")
                    .end(json));
  }

  /** The page size asked for; the contract has checked its range. */
  static int limit(RoutingContext request) {
    return Integer.parseInt(request.request().getParam("limit", "100"));
  }

  /** The time asked for, or null for now; the contract has checked that it is a number. */
  static @Nullable Long atMs(RoutingContext request) {
    return timeMs(request, "at");
  }

  /** A time that was asked for, or null; the contract has checked that it is a number. */
  static @Nullable Long timeMs(RoutingContext request, String parameter) {
    String time = request.request().getParam(parameter);
    try {
      return time == null ? null : Long.valueOf(time);
    } catch (NumberFormatException e) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE, parameter, time, "must be whole epoch milliseconds");
    }
  }

  private static void refuseUnknown(RoutingContext request, Set<String> known) {
    for (String name : request.queryParams().names()) {
      if (!known.contains(name)) {
        throw new InvalidInputException(
            ErrorCode.UNKNOWN_FIELD,
            name,
            request.queryParams().get(name),
            known.isEmpty()
                ? "is unknown here, there are no parameters"
                : "is unknown here, use one of " + String.join(", ", known));
      }
    }
  }
}
