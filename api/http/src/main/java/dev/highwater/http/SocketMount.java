package dev.highwater.http;

import dev.highwater.model.ErrorCode;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.ext.web.RoutingContext;

/**
 * A path of the HTTP server that takes WebSockets, behind the same Host and Origin rules as
 * everything else. Exists so that agents need no port of their own. Immutable.
 *
 * @param path exact path
 * @param messageBytesMax largest message; a larger one closes its connection
 * @param handler gets each socket on its event loop, before any message was read from it
 */
public record SocketMount(String path, int messageBytesMax, Handler<ServerWebSocket> handler) {
  void upgrade(RoutingContext request) {
    if (!"websocket".equalsIgnoreCase(request.request().getHeader(HttpHeaders.UPGRADE))) {
      Problems.answer(
          request,
          Problems.of(
              426,
              ErrorCode.UNSUPPORTED,
              "this path takes WebSockets only",
              null,
              null,
              "connect with a WebSocket"));
      return;
    }
    request.request().toWebSocket().onSuccess(handler).onFailure(request::fail);
  }
}
