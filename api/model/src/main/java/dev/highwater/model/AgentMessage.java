package dev.highwater.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an agent says to a scheduler member over its WebSocket. Immutable. */
public sealed interface AgentMessage {
  /** The protocol version of this build. */
  int PROTOCOL_VERSION = 1;

  /**
   * The first message of a session.
   *
   * @param name of the node, front door or host
   * @param token proof that it may join; empty where the member asks for none
   * @param epoch the highest epoch the agent has obeyed
   * @param node what a node is; null for other roles
   * @param replicas what a node already runs
   * @param users services that have users of their own behind a front door, whom a surge makes more
   */
  record Hello(
      int protocolVersion,
      Role role,
      String cell,
      String name,
      String token,
      long epoch,
      @Nullable NodeDescriptor node,
      List<Observation.ReplicaReport> replicas,
      List<ServiceId> users)
      implements AgentMessage {
    public Hello {
      Limits.name("cell", cell);
      Limits.name("name", name);
      token = Limits.text("token", token);
      replicas = Limits.list("replicas", replicas, Limits.REPLICAS_PER_NODE_MAX);
      users = Limits.list("users", users, Limits.SERVICES_PER_REPORT_MAX);
    }

    /** Of an agent that no users come to. */
    public Hello(
        int protocolVersion,
        Role role,
        String cell,
        String name,
        String token,
        long epoch,
        @Nullable NodeDescriptor node,
        List<Observation.ReplicaReport> replicas) {
      this(protocolVersion, role, cell, name, token, epoch, node, replicas, List.of());
    }
  }

  /** A report. */
  record Report(Observation observation) implements AgentMessage {}

  /** What an agent is. */
  enum Role {
    NODE,
    FRONT_DOOR,
    HOST
  }
}
