package dev.highwater.agent;

import dev.highwater.model.Observation;
import dev.highwater.model.SimulationCommand;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * One agent process: a node host and a front door of one cell, joined to its scheduler over the
 * real protocol.
 *
 * <p>While no owner answers it goes on serving with the last orders. Thread-safe.
 */
public final class Agent {
  private final Vertx vertx;
  private final CellVerticle verticle;
  private final String deployment;

  private Agent(Vertx vertx, CellVerticle verticle, String deployment) {
    this.vertx = vertx;
    this.verticle = verticle;
    this.deployment = deployment;
  }

  /** Hears what is done to the simulated world. Called on the agent's worker; must not block. */
  @FunctionalInterface
  public interface Watcher {
    /** Watches nothing. */
    Watcher NONE = (atMs, command, hit) -> {};

    /**
     * A surge or a fault begins.
     *
     * @param hit false of a fault that named nothing which is there, so that nothing happened
     */
    void simulated(long atMs, SimulationCommand command, boolean hit);
  }

  /**
   * Starts the agent: an empty cell, no users.
   *
   * @return completes once host and front door are welcome; fails with {@link RefusedException}
   */
  public static Future<Agent> start(Vertx vertx, AgentSettings settings, Watcher watcher) {
    long originMs = System.currentTimeMillis();
    long originNanos = System.nanoTime();
    // The wall clock may be set back; windows must not.
    return start(
        vertx,
        settings,
        watcher,
        () -> originMs + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - originNanos));
  }

  static Future<Agent> start(
      Vertx vertx, AgentSettings settings, Watcher watcher, LongSupplier clockMs) {
    CellVerticle verticle = new CellVerticle(settings, watcher, clockMs);
    // Not a pool of its own: it would be gone before the last sockets have said that they closed.
    DeploymentOptions options = new DeploymentOptions().setThreadingModel(ThreadingModel.WORKER);
    return vertx.deployVerticle(verticle, options).map(id -> new Agent(vertx, verticle, id));
  }

  /**
   * Lets users come at a moment, from which the traffic profiles and the timeline count. Until this
   * is called whatever starts is there at once; from then on boots take their time.
   *
   * @param epochMs a whole second, so that windows and reports end together
   */
  public Future<Void> usersComeAt(long epochMs) {
    if (epochMs % 1_000 != 0) {
      throw new IllegalArgumentException("epochMs must be a whole second: " + epochMs);
    }
    return verticle.ask(
        () -> {
          verticle.usersComeAt(epochMs);
          return null;
        });
  }

  /** What the front door has counted up to now. */
  public Future<Observation.FrontDoorReport> counted() {
    return verticle.ask(() -> verticle.cell().frontDoorReport());
  }

  /** Leaves the cell: every session ends. */
  public Future<Void> close() {
    return vertx.undeploy(deployment);
  }
}
