package dev.highwater.server.control;

import dev.highwater.model.AgentMessage.Role;
import dev.highwater.model.Cell;
import dev.highwater.model.Command;
import dev.highwater.model.Observation;
import dev.highwater.model.SchedulerMessage;
import dev.highwater.model.json.ModelJson;
import dev.highwater.server.loop.CellLoop;
import dev.highwater.server.loop.Ownership;
import dev.highwater.server.session.AgentSessions;
import dev.highwater.server.session.CellDirectory;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import java.time.Clock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries what the owners of cells tell the routes, and what the routes order, between whichever
 * members decide them. Best effort: both are absolute and said again within seconds. What stays in
 * this member is handed over as it is. Thread-safe; nothing blocks the caller.
 */
final class Routes {
  private static final Logger LOG = LoggerFactory.getLogger(Routes.class);

  /** Header of a message: the member that sent it, which has served itself already. */
  private static final String FROM = "from";

  private final Vertx vertx;
  private final String self;
  private final BooleanSupplier alone;
  private final Ownership ownership;
  private final AgentSessions sessions;
  private final Clock clock;
  private volatile @Nullable SchedulerMessage last;

  /**
   * @param self id of this member
   * @param alone whether there is no other member to tell
   */
  Routes(
      Vertx vertx,
      String self,
      BooleanSupplier alone,
      Ownership ownership,
      AgentSessions sessions,
      Clock clock) {
    this.vertx = vertx;
    this.self = self;
    this.alone = alone;
    this.ownership = ownership;
    this.sessions = sessions;
    this.clock = clock;
  }

  /** Listens from now on; the future succeeds once every member knows that. */
  Future<Void> start() {
    sessions.greetDoors(() -> last);
    Future<Void> reports =
        hear(Channels.CELL_REPORTS, Observation.CellReport.class, this::toRoutes);
    Future<Void> orders = hear(Channels.ROUTES, Command.RouteUsers.class, this::toCells);
    return Future.all(reports, orders).mapEmpty();
  }

  private <T> Future<Void> hear(String address, Class<T> type, Consumer<T> deliver) {
    return vertx
        .eventBus()
        .<Buffer>consumer(
            address,
            message -> {
              if (!self.equals(message.headers().get(FROM))) {
                vertx
                    .executeBlocking(() -> ModelJson.read(message.body().getBytes(), type))
                    .onSuccess(deliver::accept)
                    .onFailure(e -> LOG.warn("cannot read what a member says: {}", e.toString()));
              }
            })
        .completion();
  }

  /** What a cell of this member bears, after its tick. */
  void report(Observation.CellReport report) {
    if (!ownership.routed()) {
      return;
    }
    toRoutes(report);
    tell(Channels.CELL_REPORTS, report);
  }

  /** The routes, decided by this member and on disk. */
  void order(Command.RouteUsers order) {
    toCells(order);
    tell(Channels.ROUTES, order);
  }

  private void tell(String address, Object message) {
    if (!alone.getAsBoolean()) {
      vertx
          .eventBus()
          .publish(
              address,
              Buffer.buffer(ModelJson.writeBytes(message)),
              new DeliveryOptions().addHeader(FROM, self));
    }
  }

  private void toRoutes(Observation.CellReport report) {
    CellDirectory.OwnedCell routes = ownership.owned(Cell.ROUTES);
    if (routes != null) {
      routes.inbox().add(report);
    }
  }

  /** To the owners of this member's cells, and through them to the front doors. */
  private void toCells(Command.RouteUsers order) {
    SchedulerMessage message = new SchedulerMessage.Instruct(order);
    last = message;
    for (CellLoop loop : ownership.loops()) {
      if (!loop.cell().equals(Cell.ROUTES)) {
        loop.inbox().add(Observation.UserShares.of(order, loop.cell(), clock.millis()));
        sessions.sendToAll(loop.cell(), Role.FRONT_DOOR, message);
      }
    }
  }
}
