package dev.highwater.server.session;

import dev.highwater.model.AgentMessage.Hello;
import dev.highwater.model.AgentMessage.Role;
import dev.highwater.model.SchedulerMessage;
import dev.highwater.model.ServiceId;
import dev.highwater.model.json.ModelJson;
import io.vertx.core.http.ServerWebSocket;
import java.util.Set;

/** One connected agent. Thread-safe: writing to the socket hands over to its event loop. */
final class AgentSession {
  /** Closing codes above 4000 are the application's own. */
  private static final short CLOSE_REFUSED = 4_000;

  private static final short CLOSE_TOO_SLOW = 4_001;
  private static final short CLOSE_MOVED = 4_002;

  private final ServerWebSocket socket;
  private final Agent agent;
  private final CellDirectory.OwnedCell cell;
  private final Set<ServiceId> users;

  /** Whom a session belongs to; there is at most one session for each. */
  record Agent(String cell, Role role, String name) {}

  AgentSession(ServerWebSocket socket, Hello hello, CellDirectory.OwnedCell cell) {
    this.socket = socket;
    agent = new Agent(hello.cell(), hello.role(), hello.name());
    this.cell = cell;
    users = Set.copyOf(hello.users());
  }

  /** Whether it is a front door with users of a service behind it. */
  boolean hasUsersOf(ServiceId service) {
    return users.contains(service);
  }

  Agent agent() {
    return agent;
  }

  CellDirectory.OwnedCell cell() {
    return cell;
  }

  /**
   * Sends a message, or closes the session if its agent does not read: every message is absolute
   * and comes again after the agent is back, so nothing need be kept for it.
   */
  boolean send(String json) {
    if (socket.isClosed()) {
      return false;
    }
    if (socket.writeQueueFull()) {
      socket.close(CLOSE_TOO_SLOW, "reads too slowly");
      return false;
    }
    socket.writeTextMessage(json);
    return true;
  }

  /** Ends the session because its cell is decided elsewhere now. */
  void moved() {
    socket.close(CLOSE_MOVED, "the cell has another owner");
  }

  static void refuse(ServerWebSocket socket, SchedulerMessage reason) {
    socket
        .writeTextMessage(ModelJson.write(reason))
        .onComplete(written -> socket.close(CLOSE_REFUSED, "refused"));
  }
}
