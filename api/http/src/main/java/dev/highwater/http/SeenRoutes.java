package dev.highwater.http;

import dev.highwater.model.Cell;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.CellSnapshot.NodeStatus;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.NameOrder;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import dev.highwater.model.view.CellNode;
import dev.highwater.model.view.DecisionList;
import dev.highwater.model.view.ExplanationList;
import dev.highwater.model.view.NodePage;
import dev.highwater.model.view.PlanRequest;
import dev.highwater.model.view.Readiness;
import dev.highwater.model.view.RouteList;
import dev.highwater.model.view.SnapshotList;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the scheduler sees and decides, commands to the simulation, health and metrics. Touched only
 * on the API's event loop.
 */
record SeenRoutes(ControlPlane controlPlane, StreamHub hub, History history, String contract) {
  /** Cells named in a refusal; chosen by us, so that it stays a line. */
  private static final int CELLS_TOLD_MAX = 20;

  void mount(Operations operations) {
    operations.on("listSnapshots", this::snapshots);
    operations.on("listRoutes", this::routes);
    operations.on("listNodes", this::nodes);
    operations.on("listDecisions", this::decisions);
    operations.on("explainService", this::explain);
    operations.onBody(
        "planChange",
        PlanRequest.class,
        (request, change) ->
            controlPlane.plan(change).compose(plan -> Operations.answer(request, 200, plan)));
    operations.on(
        "eventReadiness",
        request ->
            controlPlane
                .eventReadiness(request.pathParam("event"))
                .compose(readiness -> Operations.answer(request, 200, readiness)));
    operations.on("listHistory", this::listHistory);
    operations.on("listMinutes", this::minutes);
    operations.on(
        "openStream",
        request -> {
          String cell = request.request().getParam("cell");
          Future<Void> known =
              cell == null || hub.shows(cell) ? Future.succeededFuture() : requireCell(cell);
          return known.compose(
              there -> {
                hub.open(request, cell);
                return Future.succeededFuture();
              });
        });
    operations.onBody("startSurge", SimulationCommand.Surge.class, this::simulate);
    operations.onBody("startFault", SimulationCommand.Fault.class, this::simulate);
    operations.on("live", request -> Operations.answer(request, 200, Readiness.of(List.of())));
    operations.on(
        "ready",
        request ->
            controlPlane
                .readiness()
                .compose(
                    readiness ->
                        Operations.answer(request, readiness.ready() ? 200 : 503, readiness)));
    operations.on("scrape", this::scrape);
    operations.on(
        "contract",
        request -> request.response().putHeader("Content-Type", "application/yaml").end(contract));
  }

  private Future<?> routes(RoutingContext request) {
    String service = request.request().getParam("service");
    return controlPlane
        .routes()
        .map(
            found ->
                found.stream()
                    .filter(
                        each ->
                            service == null || each.route().service().toString().equals(service))
                    .toList())
        .compose(
            found ->
                found.isEmpty() && service != null
                    ? requireService(service).map(found)
                    : Future.succeededFuture(found))
        .compose(found -> Operations.answer(request, 200, new RouteList(found)));
  }

  private Future<?> snapshots(RoutingContext request) {
    return ofCell(request)
        .map(SnapshotList::new)
        .compose(list -> Operations.answer(request, 200, list));
  }

  private Future<?> nodes(RoutingContext request) {
    String state = request.request().getParam("state");
    String after = request.request().getParam("after", "");
    int limit = Operations.limit(request);
    return ofCell(request)
        .map(found -> page(found, state, after, limit))
        .compose(page -> Operations.answer(request, 200, page));
  }

  private static NodePage page(
      List<CellSnapshot> snapshots, @Nullable String state, String after, int limit) {
    List<CellNode> found = new ArrayList<>();
    for (CellSnapshot snapshot : snapshots) {
      for (NodeStatus node : snapshot.nodes()) {
        boolean wanted =
            state == null || node.state().name().toLowerCase(Locale.ROOT).equals(state);
        if (wanted && NameOrder.AS_READ.compare(snapshot.cell() + "/" + node.node(), after) > 0) {
          found.add(new CellNode(snapshot.cell(), node));
        }
      }
    }
    found.sort(Comparator.comparing(SeenRoutes::key, NameOrder.AS_READ));
    if (found.size() <= limit) {
      return new NodePage(found, null);
    }
    List<CellNode> page = found.subList(0, limit);
    return new NodePage(page, key(page.get(limit - 1)));
  }

  private static String key(CellNode node) {
    return node.cell() + "/" + node.node().node();
  }

  private Future<?> decisions(RoutingContext request) {
    String name = request.request().getParam("service");
    ServiceId service = name == null ? null : ServiceId.parse(name);
    DecisionQuery query =
        new DecisionQuery(
            request.request().getParam("cell"),
            service,
            Operations.atMs(request),
            Operations.limit(request));
    return controlPlane
        .decisions(query)
        .compose(
            found ->
                found.isEmpty() ? requireNamed(query).map(found) : Future.succeededFuture(found))
        .map(
            found ->
                new DecisionList(
                    found.stream().map(each -> DecisionView.cut(each, service)).toList()))
        .compose(list -> Operations.answer(request, 200, list));
  }

  private Future<?> explain(RoutingContext request) {
    ServiceId service = new ServiceId(request.pathParam("tenant"), request.pathParam("service"));
    return controlPlane
        .explain(service, Operations.atMs(request))
        .compose(found -> Operations.answer(request, 200, new ExplanationList(found)));
  }

  private Future<?> listHistory(RoutingContext request) {
    String cell = request.request().getParam("cell");
    int seconds = Integer.parseInt(request.request().getParam("seconds", "600"));
    String after = request.request().getParam("after", "");
    History.Excerpt excerpt =
        history.read(cell, seconds, after.isEmpty() ? null : ServiceId.parse(after));
    return (excerpt.atMs().length > 0 ? Future.<Void>succeededFuture() : requireCell(cell))
        .compose(there -> request.vertx().executeBlocking(() -> excerpt.toJson().toBuffer(), false))
        .compose(
            json ->
                request
                    .response()
                    .putHeader("Content-Type", "application/json")
                    .putHeader("Cache-Control", "no-store")
                    .end(json));
  }

  private Future<?> minutes(RoutingContext request) {
    Long sinceMs = Operations.timeMs(request, "since");
    Long untilMs = Operations.timeMs(request, "until");
    MinuteQuery query =
        new MinuteQuery(
            request.request().getParam("cell"),
            sinceMs == null ? 0 : sinceMs,
            untilMs == null ? Long.MAX_VALUE : untilMs,
            Integer.parseInt(request.request().getParam("limit", "" + MinuteQuery.LIMIT_MAX)));
    return controlPlane
        .minutes(query)
        .compose(
            page ->
                page.next() == null
                    ? requireCell(query.cell()).map(page)
                    : Future.succeededFuture(page))
        .compose(page -> Operations.answer(request, 200, page));
  }

  private Future<?> simulate(RoutingContext request, SimulationCommand command) {
    return controlPlane
        .simulate(command)
        .compose(relayed -> Operations.answer(request, 202, command));
  }

  private Future<?> scrape(RoutingContext request) {
    return controlPlane
        .metrics()
        .compose(
            text ->
                request
                    .response()
                    .putHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                    .end(text));
  }

  /** The snapshots of the cell that the request is about, or of all. */
  private Future<List<CellSnapshot>> ofCell(RoutingContext request) {
    String cell = request.request().getParam("cell");
    Future<List<CellSnapshot>> all = controlPlane.snapshots();
    return cell == null
        ? all
        : all.map(each -> each.stream().filter(snapshot -> snapshot.cell().equals(cell)).toList())
            .compose(
                own -> own.isEmpty() ? requireCell(cell).map(own) : Future.succeededFuture(own));
  }

  /** Refuses what a query for decisions names and is not declared; the routes decide, too. */
  private Future<Void> requireNamed(DecisionQuery query) {
    String cell = query.cell();
    ServiceId service = query.service();
    Future<Void> known =
        cell == null || cell.equals(Cell.ROUTES) ? Future.succeededFuture() : requireCell(cell);
    return service == null ? known : known.compose(there -> requireService(service.toString()));
  }

  private Future<Void> requireService(String service) {
    return controlPlane
        .spec(SpecKind.SERVICE, service)
        .<Void>mapEmpty()
        .recover(
            refused ->
                refused instanceof InvalidInputException
                    ? Future.failedFuture(
                        new InvalidInputException(
                            ErrorCode.NOT_FOUND,
                            "service",
                            service,
                            "must name a declared service"))
                    : Future.failedFuture(refused));
  }

  /**
   * Refuses a cell that is not declared; one of which nothing is seen yet is. Asked only when
   * nothing is seen, so that what is seen is shown while the store does not answer.
   */
  private Future<Void> requireCell(String cell) {
    return controlPlane
        .specs(SpecKind.CELL, new PageRequest(PageRequest.LIMIT_MAX, "", ""))
        .map(
            page -> {
              List<String> declared = page.items().stream().map(SpecChange::key).toList();
              if (declared.contains(cell)) {
                return null;
              }
              throw new InvalidInputException(
                  ErrorCode.NOT_FOUND, "cell", cell, "must be " + oneOf(declared));
            });
  }

  private static String oneOf(List<String> names) {
    if (names.isEmpty()) {
      return "declared first, no cell is";
    }
    String told = names.stream().limit(CELLS_TOLD_MAX).collect(Collectors.joining(", "));
    return "one of " + told + (names.size() > CELLS_TOLD_MAX ? ", ..." : "");
  }
}
