package dev.highwater.http;

import dev.highwater.model.Cell;
import dev.highwater.model.Cordon;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.NodePool;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Service;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import dev.highwater.model.Tenant;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes of one kind of spec. Touched only on the API's event loop.
 *
 * @param kind what is declared
 * @param type record of that kind
 * @param one name of one such thing in operation ids, such as {@code Tenant}
 * @param many name of several in operation ids, such as {@code Tenants}
 * @param keyParameters path parameters that make up the key, joined by {@code /}
 * @param filter query parameter that gives the first part of the key, or null
 */
record SpecRoutes<S extends Spec>(
    SpecKind kind,
    Class<S> type,
    String one,
    String many,
    List<String> keyParameters,
    @Nullable String filter) {

  /** Every kind that can be declared. */
  static final List<SpecRoutes<?>> ALL =
      List.of(
          new SpecRoutes<>(
              SpecKind.TENANT, Tenant.class, "Tenant", "Tenants", List.of("tenant"), null),
          new SpecRoutes<>(
              SpecKind.SERVICE,
              Service.class,
              "Service",
              "Services",
              List.of("tenant", "service"),
              "tenant"),
          new SpecRoutes<>(SpecKind.CELL, Cell.class, "Cell", "Cells", List.of("cell"), null),
          new SpecRoutes<>(
              SpecKind.NODE_POOL, NodePool.class, "Pool", "Pools", List.of("cell", "pool"), "cell"),
          new SpecRoutes<>(
              SpecKind.PEAK_EVENT, PeakEvent.class, "Event", "Events", List.of("event"), null),
          new SpecRoutes<>(
              SpecKind.CORDON, Cordon.class, "Cordon", "Cordons", List.of("cell", "node"), "cell"));

  void mount(Operations operations, ControlPlane controlPlane) {
    operations.on("list" + many, request -> list(request, controlPlane));
    operations.onBody("create" + one, type, (request, spec) -> create(request, spec, controlPlane));
    operations.on("get" + one, request -> get(request, controlPlane));
    operations.onBody("put" + one, type, (request, spec) -> put(request, spec, controlPlane));
    operations.on("delete" + one, request -> delete(request, controlPlane));
  }

  private Future<?> list(RoutingContext request, ControlPlane controlPlane) {
    String owner = filter == null ? null : request.request().getParam(filter);
    PageRequest page =
        new PageRequest(
            Operations.limit(request),
            request.request().getParam("after", ""),
            owner == null ? "" : owner + "/");
    return controlPlane.specs(kind, page).compose(found -> Operations.answer(request, 200, found));
  }

  private Future<?> create(RoutingContext request, Spec spec, ControlPlane controlPlane) {
    return controlPlane
        .put(spec, Precondition.ABSENT)
        .compose(stored -> answerStored(request, stored, 201));
  }

  private Future<?> get(RoutingContext request, ControlPlane controlPlane) {
    return controlPlane
        .spec(kind, key(request))
        .compose(stored -> answerStored(request, stored, 200));
  }

  private Future<?> put(RoutingContext request, Spec spec, ControlPlane controlPlane) {
    String key = key(request);
    if (!spec.key().equals(key)) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE, "name", spec.key(), "must be what the path names, " + key);
    }
    return controlPlane
        .put(spec, precondition(request))
        .compose(
            stored -> answerStored(request, stored, stored.resourceVersion() == 1 ? 201 : 200));
  }

  private Future<?> delete(RoutingContext request, ControlPlane controlPlane) {
    return controlPlane
        .delete(kind, key(request), precondition(request))
        .compose(stored -> answerStored(request, stored, 200));
  }

  private Future<?> answerStored(RoutingContext request, SpecChange stored, int status) {
    request.response().putHeader("ETag", "\"" + stored.resourceVersion() + "\"");
    if (status == 201) {
      request.response().putHeader("Location", "/v1/" + plural() + "/" + stored.key());
    }
    return Operations.answer(request, status, stored);
  }

  private String plural() {
    return Character.toLowerCase(many.charAt(0)) + many.substring(1);
  }

  private String key(RoutingContext request) {
    return String.join("/", keyParameters.stream().map(request::pathParam).toList());
  }

  private static Precondition precondition(RoutingContext request) {
    String match = request.request().getHeader("If-Match");
    String noneMatch = request.request().getHeader("If-None-Match");
    if (noneMatch != null) {
      if (match != null || !noneMatch.equals("*")) {
        throw new InvalidInputException(
            ErrorCode.INVALID_VALUE, "If-None-Match", noneMatch, "must be * and stand alone");
      }
      return Precondition.ABSENT;
    }
    if (match == null) {
      return Precondition.NONE;
    }
    if (!match.matches("\"[1-9][0-9]{0,17}\"")) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE,
          "If-Match",
          match,
          "must be one resource version in quotes, such as \"3\"");
    }
    return Precondition.version(Long.parseLong(match.substring(1, match.length() - 1)));
  }
}
