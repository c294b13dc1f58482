package dev.highwater.agent;

import dev.highwater.http.testing.SuiteExtension;
import dev.highwater.http.testing.SuiteRunner;
import dev.highwater.model.AgentMessage;
import dev.highwater.model.BootTime;
import dev.highwater.model.Cell;
import dev.highwater.model.Command;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.NodePool;
import dev.highwater.model.Observation;
import dev.highwater.model.Observation.NodeReport;
import dev.highwater.model.ReplicaState;
import dev.highwater.model.Resources;
import dev.highwater.model.SchedulerMessage;
import dev.highwater.model.Service;
import dev.highwater.model.SimulationCommand;
import dev.highwater.workload.Fidelity;
import dev.highwater.workload.SimulatedCell;
import dev.highwater.workload.TrafficProfile;
import dev.highwater.workload.TrafficSpec;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.ext.unit.TestContext;
import io.vertx.ext.unit.TestSuite;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Goal: an agent brings nodes and users into the world exactly as it is told over its sockets, and
 * refuses what is older or harmful.
 */
@ExtendWith(SuiteExtension.class)
class AgentTest {
  private static final Cell CELL = Cell.named("east");
  private static final Service ORDER = Service.named("shop", "order");
  private static final String NODE = "east-std-0";

  private static NodePool pool() {
    NodePool base = NodePool.named("east", "std");
    return new NodePool(
        base.cell(),
        base.name(),
        base.shape(),
        base.zones(),
        base.labels(),
        base.taints(),
        base.pricePerHour(),
        base.purchase(),
        BootTime.exactly(300),
        0,
        60,
        0,
        0);
  }

  private static AgentSettings settings(URI member, AgentSettings.Timed... timeline) {
    return new AgentSettings(
        new SessionSettings(List.of(member), "", 10, 100, 2_000),
        "host-1",
        new SimulatedCell.Setup(
            CELL,
            7,
            0,
            100,
            Fidelity.REQUEST,
            List.of(pool()),
            List.of(ORDER),
            List.of(TrafficSpec.of(ORDER.id(), TrafficProfile.steady(200)))),
        List.of(timeline));
  }

  private static LongSupplier wallClock() {
    return System::currentTimeMillis;
  }

  /** A member that reports often, so that tests need not wait for whole seconds. */
  private static SchedulerMessage.Welcome welcome() {
    return new SchedulerMessage.Welcome(AgentMessage.PROTOCOL_VERSION, "fake", 1, 100, 10_000);
  }

  /** Agent, member and the two guests that every agent sends at once. */
  private record Stage(
      FakeMember member, Agent agent, FakeMember.Guest host, FakeMember.Guest door) {
    void nodes(long generation, int count, String... release) {
      host.say(
          new SchedulerMessage.Instruct(
              new Command.NodeTarget(1, generation, pool(), count, List.of(release))));
    }

    Future<Void> close() {
      return agent.close().compose(v -> member.close());
    }
  }

  private static Future<Stage> stage(Vertx vertx, AgentSettings.Timed... timeline) {
    return stage(vertx, wallClock(), timeline);
  }

  private static Future<Stage> stage(
      Vertx vertx, LongSupplier clock, AgentSettings.Timed... timeline) {
    return FakeMember.listen(vertx, 0, hello -> welcome())
        .compose(
            member ->
                Agent.start(vertx, settings(member.address(), timeline), Agent.Watcher.NONE, clock)
                    .compose(
                        agent ->
                            member
                                .guest()
                                .compose(
                                    one ->
                                        member
                                            .guest()
                                            .map(
                                                two ->
                                                    one.hello().role() == AgentMessage.Role.HOST
                                                        ? new Stage(member, agent, one, two)
                                                        : new Stage(member, agent, two, one)))));
  }

  /** A stage with one node that has joined. */
  private static Future<FakeMember.Guest> node(Stage stage) {
    stage.nodes(1, 1);
    return stage.member().guest();
  }

  private static Command.RunReplicas run(long epoch, long generation, int replicas) {
    return run(epoch, generation, ORDER, replicas);
  }

  private static Command.RunReplicas run(
      long epoch, long generation, Service service, int replicas) {
    return new Command.RunReplicas(
        epoch,
        generation,
        NODE,
        IntStream.range(0, replicas)
            .mapToObj(ordinal -> new Command.ReplicaOrder(service.id(), ordinal))
            .toList(),
        List.of(service));
  }

  private static <T extends Observation> Future<T> report(
      FakeMember member, Class<T> type, Predicate<T> wanted) {
    return member
        .report()
        .compose(
            report -> {
              if (type.isInstance(report.observation())
                  && wanted.test(type.cast(report.observation()))) {
                return Future.succeededFuture(type.cast(report.observation()));
              }
              return report(member, type, wanted);
            });
  }

  private static Handler<TestContext> with(
      Vertx vertx, Function<Stage, Future<?>> test, AgentSettings.Timed... timeline) {
    return context ->
        stage(vertx, timeline)
            .compose(stage -> test.apply(stage).eventually(stage::close))
            .onComplete(context.asyncAssertSuccess());
  }

  /** What a node reports after its member has said these orders; the last one must be obeyed. */
  private static Future<NodeReport> afterOrders(Stage stage, Command.RunReplicas... orders) {
    Command.RunReplicas last = orders[orders.length - 1];
    return node(stage)
        .compose(
            node -> {
              for (Command.RunReplicas order : orders) {
                node.say(new SchedulerMessage.Instruct(order));
              }
              return report(
                  stage.member(),
                  NodeReport.class,
                  said -> said.epoch() == last.epoch() && said.generation() == last.generation());
            });
  }

  @TestFactory
  Stream<DynamicTest> fencing(SuiteRunner runner) throws Exception {
    Vertx vertx = runner.vertx();
    return runner.run(
        TestSuite.create("fencing")
            .test(
                "a repeated order changes nothing",
                context -> holds(context, vertx, 2, run(1, 5, 1), run(1, 5, 1), run(1, 6, 2)))
            .test(
                "an order of an older generation is refused",
                context -> holds(context, vertx, 1, run(1, 5, 3), run(1, 4, 9), run(1, 6, 1)))
            .test(
                "re-ordered orders end with the newest",
                context ->
                    holds(
                        context, vertx, 2, run(1, 7, 3), run(1, 6, 4), run(1, 5, 5), run(1, 8, 2)))
            .test(
                "a newer epoch wins over a higher generation",
                context ->
                    holds(
                        context, vertx, 3, run(1, 9, 1), run(2, 3, 2), run(1, 10, 7), run(2, 4, 3)))
            .test(
                "an order that would overfill the node is refused as a whole",
                context -> holds(context, vertx, 2, run(1, 5, 17), run(1, 4, 2)))
            .test(
                "an order that breaks residency is refused as a whole",
                context -> holds(context, vertx, 1, run(1, 5, elsewhere(), 1), run(1, 4, 1))));
  }

  private static Service elsewhere() {
    return new Service(
        ORDER.tenant(),
        "secret",
        List.of("west"),
        Resources.of(1_000, 1_024),
        ORDER.capacity(),
        ORDER.slo(),
        ORDER.scaling(),
        ORDER.residency(),
        ORDER.placement(),
        ORDER.criticality(),
        0);
  }

  private static void holds(
      TestContext context, Vertx vertx, int replicas, Command.RunReplicas... orders) {
    with(
            vertx,
            stage ->
                afterOrders(stage, orders)
                    .onSuccess(
                        said ->
                            context.assertEquals(
                                (long) replicas,
                                said.replicas().stream()
                                    .filter(
                                        r ->
                                            r.state() == ReplicaState.READY
                                                || r.state() == ReplicaState.BOOTING)
                                    .count())))
        .handle(context);
  }

  @TestFactory
  Stream<DynamicTest> world(SuiteRunner runner) throws Exception {
    Vertx vertx = runner.vertx();
    return runner.run(
        TestSuite.create("world")
            .test(
                "each node that the host boots joins by a socket of its own",
                with(
                    vertx,
                    stage -> {
                      stage.nodes(1, 2);
                      return Future.all(stage.member().guest(), stage.member().guest())
                          .onSuccess(
                              both -> {
                                List<String> names = new ArrayList<>();
                                for (FakeMember.Guest guest : both.<FakeMember.Guest>list()) {
                                  if (guest.hello().role() == AgentMessage.Role.NODE
                                      && guest.hello().node() != null) {
                                    names.add(guest.hello().node().name());
                                  }
                                }
                                names.sort(null);
                                if (!names.equals(List.of(NODE, "east-std-1"))) {
                                  throw new AssertionError(names);
                                }
                              });
                    }))
            .test(
                "a released node says goodbye by closing its socket",
                with(
                    vertx,
                    stage ->
                        node(stage)
                            .compose(
                                node -> {
                                  Future<Void> closed = closed(node);
                                  stage.nodes(2, 0, NODE);
                                  return closed;
                                })))
            .test(
                "a crash closes the node's socket, and the host boots another",
                with(
                    vertx,
                    stage ->
                        node(stage)
                            .compose(
                                node -> {
                                  Future<Void> closed = closed(node);
                                  stage
                                      .host()
                                      .say(
                                          new SchedulerMessage.Simulate(
                                              List.of(
                                                  new SimulationCommand.Fault(
                                                      SimulationCommand.FaultKind.NODE_CRASH,
                                                      "east",
                                                      NODE,
                                                      0))));
                                  return closed.compose(v -> stage.member().guest());
                                })
                            .onSuccess(
                                next -> {
                                  if (!next.hello().name().equals("east-std-1")) {
                                    throw new AssertionError(next.hello());
                                  }
                                })))
            .test(
                "users are served by ready replicas, also while no member answers",
                context ->
                    with(
                            vertx,
                            stage ->
                                afterOrders(stage, run(1, 1, 2))
                                    .compose(
                                        said ->
                                            stage
                                                .agent()
                                                .usersComeAt(
                                                    System.currentTimeMillis() / 1_000 * 1_000))
                                    .compose(v -> stage.member().close())
                                    .compose(v -> served(vertx, stage.agent(), 100))
                                    .onSuccess(
                                        counted -> {
                                          context.assertEquals(0L, counted.failed());
                                          context.assertEquals(0L, counted.violations());
                                        }))
                        .handle(context))
            .test(
                "a process that was held up serves every window it missed",
                context -> {
                  AtomicLong now = new AtomicLong(1_000_000);
                  stage(vertx, now::get)
                      .compose(
                          stage ->
                              stage
                                  .agent()
                                  .usersComeAt(1_000_000)
                                  .compose(
                                      v -> {
                                        now.addAndGet(30_000);
                                        return until(
                                            vertx, stage.agent(), door -> door.atMs() >= 1_030_000);
                                      })
                                  .onSuccess(
                                      door -> {
                                        long came = door.services().get(0).firstAttempts();
                                        // 200/s for 30 s; five standard deviations.
                                        context.assertTrue(
                                            Math.abs(came - 6_000) < 390, "came: " + came);
                                      })
                                  .eventually(stage::close))
                      .onComplete(context.asyncAssertSuccess());
                })
            .test(
                "the timeline strikes at its moment",
                context -> {
                  AtomicLong now = new AtomicLong(1_000_000);
                  stage(
                          vertx,
                          now::get,
                          new AgentSettings.Timed(
                              10_000, new SimulationCommand.Surge(ORDER.id(), 4, 0, 3_600_000, 0)))
                      .compose(
                          stage ->
                              stage
                                  .agent()
                                  .usersComeAt(1_000_000)
                                  .compose(
                                      v -> {
                                        now.addAndGet(20_000);
                                        return until(
                                            vertx, stage.agent(), door -> door.atMs() >= 1_020_000);
                                      })
                                  .onSuccess(
                                      door -> {
                                        long came = door.services().get(0).firstAttempts();
                                        // 10 s of 200/s, 10 s of 800/s; five deviations.
                                        context.assertTrue(
                                            Math.abs(came - 10_000) < 500, "came: " + came);
                                      })
                                  .eventually(stage::close))
                      .onComplete(context.asyncAssertSuccess());
                })
            .test(
                "a fault of the timeline that names nothing is told as such",
                context -> {
                  List<Boolean> told = new CopyOnWriteArrayList<>();
                  FakeMember.listen(vertx, 0, hello -> welcome())
                      .compose(
                          member ->
                              Agent.start(
                                      vertx,
                                      settings(
                                          member.address(),
                                          new AgentSettings.Timed(
                                              0,
                                              new SimulationCommand.Fault(
                                                  SimulationCommand.FaultKind.NODE_CRASH,
                                                  CELL.name(),
                                                  "nowhere",
                                                  0))),
                                      (atMs, command, hit) -> told.add(hit))
                                  .compose(
                                      agent ->
                                          agent
                                              .usersComeAt(
                                                  System.currentTimeMillis() / 1_000 * 1_000)
                                              .compose(
                                                  v -> until(vertx, agent, door -> !told.isEmpty()))
                                              .onSuccess(
                                                  door ->
                                                      context.assertEquals(List.of(false), told))
                                              .eventually(agent::close))
                                  .eventually(member::close))
                      .onComplete(context.asyncAssertSuccess());
                })
            .test(
                "an agent that is refused does not start",
                context ->
                    FakeMember.listen(
                            vertx,
                            0,
                            hello ->
                                new SchedulerMessage.Refused(
                                    ErrorCode.UNAUTHENTICATED, "the agent token is wrong"))
                        .compose(
                            member ->
                                Agent.start(vertx, settings(member.address()), Agent.Watcher.NONE)
                                    .transform(
                                        started -> {
                                          context.assertTrue(
                                              started.cause() instanceof RefusedException);
                                          return member.close();
                                        }))
                        .onComplete(context.asyncAssertSuccess())));
  }

  private static Future<Void> closed(FakeMember.Guest guest) {
    Promise<Void> promise = Promise.promise();
    guest.socket().closeHandler(v -> promise.complete());
    return promise.future();
  }

  private static Future<Observation.ServiceTraffic> served(Vertx vertx, Agent agent, long atLeast) {
    return until(vertx, agent, door -> door.services().get(0).served() >= atLeast)
        .map(door -> door.services().get(0));
  }

  /** Asks every ten milliseconds; the case's timeout is the bound. */
  private static Future<Observation.FrontDoorReport> until(
      Vertx vertx, Agent agent, Predicate<Observation.FrontDoorReport> wanted) {
    Promise<Observation.FrontDoorReport> promise = Promise.promise();
    vertx.setPeriodic(
        10,
        timer ->
            agent
                .counted()
                .onFailure(promise::tryFail)
                .onSuccess(
                    door -> {
                      if (wanted.test(door)) {
                        vertx.cancelTimer(timer);
                        promise.tryComplete(door);
                      }
                    }));
    return promise.future();
  }
}
