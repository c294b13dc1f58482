package dev.highwater.http;

import dev.highwater.http.ControlPlane.Subscription;
import dev.highwater.model.view.Bundle;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.handler.FileSystemAccess;
import io.vertx.ext.web.handler.StaticHandler;
import io.vertx.ext.web.openapi.router.RequestExtractor;
import io.vertx.ext.web.openapi.router.RouterBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP face of a member: REST and streams by the contract, metrics, health, and the console.
 *
 * <p>Deploy one instance; it is ready once it listens. Everything runs on its event loop; the port
 * may be read from any thread after that.
 */
public final class HttpApi extends VerticleBase {
  /** Longest silence of a connection, above the heartbeat of streams. */
  private static final int IDLE_SECONDS_MAX = 75;

  /** Ten thousand agents that come back at once must not be turned away by the kernel. */
  private static final int ACCEPT_BACKLOG = 8_192;

  private static final String CHARTS_POM = "/META-INF/maven/org.webjars.npm/uplot/pom.properties";

  private static final String CONSOLE_POLICY =
      "default-src 'self'; frame-ancestors 'none'; base-uri 'none';" + " form-action 'none'";

  private final ControlPlane controlPlane;
  private final HttpSettings settings;
  private final @Nullable SocketMount sockets;
  private volatile int port;
  private @Nullable Subscription subscription;
  private @Nullable StreamHub hub;

  /** Creates the API of one member; nothing listens until it is deployed. */
  public HttpApi(ControlPlane controlPlane, HttpSettings settings) {
    this(controlPlane, settings, null);
  }

  /** Creates the API of one member that also takes WebSockets at one path. */
  public HttpApi(ControlPlane controlPlane, HttpSettings settings, @Nullable SocketMount sockets) {
    this.controlPlane = controlPlane;
    this.settings = settings;
    this.sockets = sockets;
  }

  /** Returns the port listened on, also if the settings asked for a free one; 0 before. */
  public int port() {
    return port;
  }

  @Override
  public Future<?> start() {
    HttpServer server =
        vertx.createHttpServer(
            new HttpServerOptions()
                .setAcceptBacklog(ACCEPT_BACKLOG)
                .setMaxWebSocketFrameSize(sockets == null ? 65_536 : sockets.messageBytesMax())
                .setMaxWebSocketMessageSize(sockets == null ? 65_536 : sockets.messageBytesMax())
                .setIdleTimeout(IDLE_SECONDS_MAX)
                .setIdleTimeoutUnit(TimeUnit.SECONDS)
                .setMaxInitialLineLength(4_096)
                .setMaxHeaderSize(16_384));
    // The port is known only once it is listened on, and the routes need it to check hosts.
    Router front = Router.router(vertx);
    return Future.all(Contract.load(vertx), vertx.executeBlocking(HttpApi::chartsFolder))
        .compose(
            loaded ->
                server
                    .requestHandler(front)
                    .listen(settings.port(), settings.host())
                    .map(
                        listening -> {
                          port = listening.actualPort();
                          mount(front, loaded.resultAt(0), loaded.resultAt(1));
                          return listening;
                        }));
  }

  @Override
  public Future<?> stop() {
    if (subscription != null) {
      subscription.close();
    }
    if (hub != null) {
      hub.close();
    }
    return Future.succeededFuture();
  }

  private void mount(Router front, Contract contract, String chartsFolder) {
    History history = new History();
    StreamHub streams = new StreamHub(vertx, context, history, settings.streamsMax());
    hub = streams;
    RouterBuilder builder =
        RouterBuilder.create(vertx, contract.routed(), RequestExtractor.withBodyHandler());
    Operations operations = new Operations(builder);
    SpecRoutes.ALL.forEach(routes -> routes.mount(operations, controlPlane));
    operations.onBody(
        "applyBundle",
        Bundle.class,
        (request, bundle) ->
            controlPlane
                .apply(bundle)
                .compose(applied -> Operations.answer(request, 200, applied)));
    new SeenRoutes(controlPlane, streams, history, contract.text()).mount(operations);
    operations.complete();

    front.route().handler(new OriginGuard(port, settings.hostsAllowed()));
    front.route().handler(HttpApi::addSecurityHeaders);
    SocketMount mounted = sockets;
    if (mounted != null) {
      front.route(mounted.path()).handler(mounted::upgrade);
    }
    front.route().handler(BodyHandler.create(false).setBodyLimit(settings.bodyBytesMax()));
    front.get("/").handler(request -> request.reroute("/console/index.html"));
    front.route("/console/uplot/*").handler(files(chartsFolder));
    front.route("/console/*").handler(files("console"));
    front.route().subRouter(builder.createRouter());
    front
        .route()
        .last()
        .handler(
            request -> {
              boolean path = contract.routed().findPath(request.normalizedPath()) != null;
              Problems.answer(request, Problems.of(path ? 405 : 404, request));
            })
        .failureHandler(request -> Problems.answerFailure(request, null));
    subscription = controlPlane.subscribe(streams);
  }

  /** Returns where the chart library's jar keeps its files, which depends on its version. */
  private static String chartsFolder() throws IOException {
    Properties properties = new Properties();
    try (InputStream in =
        Objects.requireNonNull(HttpApi.class.getResourceAsStream(CHARTS_POM), CHARTS_POM)) {
      properties.load(in);
    }
    return "META-INF/resources/webjars/uplot/" + properties.getProperty("version") + "/dist";
  }

  private static StaticHandler files(String folder) {
    return StaticHandler.create(FileSystemAccess.RELATIVE, folder).setCachingEnabled(false);
  }

  private static void addSecurityHeaders(RoutingContext request) {
    request
        .response()
        .putHeader("Content-Security-Policy", CONSOLE_POLICY)
        .putHeader("Cross-Origin-Resource-Policy", "same-origin")
        .putHeader("Referrer-Policy", "no-referrer")
        .putHeader("X-Content-Type-Options", "nosniff");
    request.next();
  }
}
