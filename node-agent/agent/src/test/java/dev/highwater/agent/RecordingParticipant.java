package dev.highwater.agent;

import dev.highwater.model.AgentMessage;
import dev.highwater.model.Command;
import dev.highwater.model.Observation;
import dev.highwater.model.SimulationCommand;
import dev.highwater.workload.Obedience;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A participant that obeys everything that is for it and writes it down. */
final class RecordingParticipant implements Participant {
  final List<Command> obeyed = new ArrayList<>();
  final List<SimulationCommand> simulated = new ArrayList<>();
  private final String name;
  private @Nullable Promise<Void> awaited;
  private int awaitedCount;

  RecordingParticipant(String name) {
    this.name = name;
  }

  /** Completes once {@code count} orders were obeyed. */
  Future<Void> obeyed(int count) {
    Promise<Void> promise = Promise.promise();
    awaited = promise;
    awaitedCount = count;
    settle();
    return promise.future();
  }

  @Override
  public AgentMessage.Hello hello(long epoch) {
    return new AgentMessage.Hello(
        AgentMessage.PROTOCOL_VERSION,
        AgentMessage.Role.NODE,
        "local",
        name,
        "",
        epoch,
        null,
        List.of());
  }

  @Override
  public Obedience obey(Command command) {
    boolean mine =
        command instanceof Command.RouteUsers
            || (command instanceof Command.RunReplicas run && run.node().equals(name));
    if (!mine) {
      return new Obedience(Obedience.Verdict.UNREACHABLE, "for somebody else");
    }
    obeyed.add(command);
    settle();
    return Obedience.OBEYED;
  }

  @Override
  public void simulate(List<SimulationCommand> commands) {
    simulated.addAll(commands);
  }

  @Override
  public Observation report(long atMs) {
    return new Observation.NodeReport(atMs, name, 0, 0, 0, List.of());
  }

  private void settle() {
    if (awaited != null && obeyed.size() >= awaitedCount) {
      awaited.tryComplete();
    }
  }
}
