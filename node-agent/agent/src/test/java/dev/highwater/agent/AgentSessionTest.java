package dev.highwater.agent;

import dev.highwater.http.testing.SuiteExtension;
import dev.highwater.http.testing.SuiteRunner;
import dev.highwater.model.Command;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.SchedulerMessage;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.ext.unit.TestContext;
import io.vertx.ext.unit.TestSuite;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Goal: whatever members say, a session passes on only what its cell's owner says, and always finds
 * its way back to the owner.
 */
@ExtendWith(SuiteExtension.class)
class AgentSessionTest {
  private final RecordingParticipant node = new RecordingParticipant("n1");

  @TestFactory
  Stream<DynamicTest> fencing(SuiteRunner runner) throws Exception {
    Vertx vertx = runner.vertx();
    return runner.run(
        TestSuite.create("fencing")
            .test(
                "a repeated order is carried out again",
                context -> orders(context, vertx, run(1, 5), run(1, 5), run(1, 6)).expect(5, 5, 6))
            .test(
                "an order below the welcome's epoch is refused",
                context -> orders(context, vertx, run(0, 50), run(1, 1)).expect(1))
            .test(
                "an order below the epoch of one obeyed is refused",
                context -> orders(context, vertx, run(3, 1), run(2, 9), run(3, 2)).expect(1, 2))
            .test(
                "routes have epochs of their own, neither refused by the cell's nor raising it",
                context ->
                    orders(
                            context,
                            vertx,
                            run(3, 1),
                            new Command.RouteUsers(1, 7, List.of()),
                            new Command.RouteUsers(90, 8, List.of()),
                            run(3, 2))
                        .expect(1, 7, 8, 2))
            .test(
                "an order for somebody else is refused and not remembered",
                context ->
                    orders(
                            context,
                            vertx,
                            new Command.RunReplicas(9, 90, "n2", List.of(), List.of()),
                            run(1, 2))
                        .expect(2))
            .test(
                "a late order of a deposed owner is refused after a reconnect",
                context -> {
                  RecordingParticipant participant = new RecordingParticipant("n1");
                  long[] epoch = {1};
                  FakeMember.listen(vertx, 0, hello -> FakeMember.welcome(epoch[0]))
                      .compose(
                          member -> {
                            AgentSession session = session(vertx, participant, member.address());
                            return session
                                .start()
                                .compose(v -> member.guest())
                                .compose(
                                    guest -> {
                                      guest.say(instruct(run(1, 5)));
                                      return participant.obeyed(1).map(guest);
                                    })
                                .compose(
                                    guest -> {
                                      epoch[0] = 2;
                                      guest.socket().close();
                                      return member.guest();
                                    })
                                .compose(
                                    guest -> {
                                      context.assertEquals(1L, guest.hello().epoch());
                                      guest.say(instruct(run(1, 6)));
                                      guest.say(instruct(run(2, 6)));
                                      return participant.obeyed(2);
                                    })
                                .compose(v -> session.close())
                                .compose(v -> member.close());
                          })
                      .onComplete(
                          context.asyncAssertSuccess(
                              v ->
                                  context.assertEquals(
                                      List.of(run(1, 5), run(2, 6)), participant.obeyed)));
                }));
  }

  @TestFactory
  Stream<DynamicTest> joining(SuiteRunner runner) throws Exception {
    Vertx vertx = runner.vertx();
    return runner.run(
        TestSuite.create("joining")
            .test(
                "a redirect leads to the owner",
                context ->
                    FakeMember.listen(vertx, 0, hello -> FakeMember.welcome(3))
                        .compose(
                            owner ->
                                FakeMember.listen(
                                        vertx,
                                        0,
                                        hello ->
                                            new SchedulerMessage.Redirect(
                                                owner.address().toString()))
                                    .compose(
                                        other -> {
                                          AgentSession session =
                                              session(vertx, node, other.address());
                                          return session
                                              .start()
                                              .onSuccess(
                                                  v -> {
                                                    context.assertEquals(1, owner.guests.size());
                                                    context.assertTrue(session.isOpen());
                                                  })
                                              .compose(v -> session.close())
                                              .compose(v -> other.close())
                                              .compose(v -> owner.close());
                                        }))
                        .onComplete(context.asyncAssertSuccess()))
            .test(
                "members that redirect to each other are not asked without a pause",
                context -> {
                  String[] second = new String[1];
                  FakeMember.listen(vertx, 0, hello -> new SchedulerMessage.Redirect(second[0]))
                      .compose(
                          one ->
                              FakeMember.listen(
                                      vertx,
                                      0,
                                      hello ->
                                          one.guests.size() < 3
                                              ? new SchedulerMessage.Redirect(
                                                  one.address().toString())
                                              : FakeMember.welcome(1))
                                  .compose(
                                      two -> {
                                        second[0] = two.address().toString();
                                        AgentSession session = session(vertx, node, one.address());
                                        return session
                                            .start()
                                            .compose(v -> session.close())
                                            .compose(v -> one.close())
                                            .compose(v -> two.close());
                                      }))
                      .onComplete(context.asyncAssertSuccess());
                })
            .test(
                "a refused version is told, and asked again only after the longest pause",
                context -> {
                  int[] hellos = {0};
                  FakeMember.listen(
                          vertx,
                          0,
                          hello ->
                              hellos[0]++ == 0
                                  ? new SchedulerMessage.Refused(
                                      ErrorCode.PROTOCOL_VERSION, "this member speaks version 2")
                                  : FakeMember.welcome(1))
                      .compose(
                          member -> {
                            AgentSession session = session(vertx, node, member.address());
                            return session
                                .start()
                                .transform(
                                    joined -> {
                                      context.assertTrue(
                                          joined.cause() instanceof RefusedException refused
                                              && refused.code() == ErrorCode.PROTOCOL_VERSION
                                              && String.valueOf(refused.getMessage())
                                                  .contains("version 2"));
                                      return member.guest().compose(first -> member.guest());
                                    })
                                .compose(second -> session.close())
                                .compose(v -> member.close());
                          })
                      .onComplete(context.asyncAssertSuccess());
                })
            .test(
                "a cell without an owner is waited for",
                context -> {
                  int[] hellos = {0};
                  FakeMember.listen(
                          vertx,
                          0,
                          hello ->
                              hellos[0]++ < 2
                                  ? new SchedulerMessage.Refused(
                                      ErrorCode.UNAVAILABLE, "nobody decides for the cell yet")
                                  : FakeMember.welcome(1))
                      .compose(
                          member -> {
                            AgentSession session = session(vertx, node, member.address());
                            return session
                                .start()
                                .onSuccess(v -> context.assertEquals(3, hellos[0]))
                                .compose(v -> session.close())
                                .compose(v -> member.close());
                          })
                      .onComplete(context.asyncAssertSuccess());
                })
            .test(
                "a member that comes up late is found",
                context ->
                    FakeMember.listen(vertx, 0, hello -> null)
                        .compose(
                            placeholder -> {
                              int port = placeholder.port();
                              return placeholder.close().map(port);
                            })
                        .compose(
                            port -> {
                              AgentSession session =
                                  session(
                                      vertx,
                                      node,
                                      URI.create("ws://127.0.0.1:" + port + "/agent/v1"));
                              var joined = session.start();
                              return vertx
                                  .timer(200)
                                  .compose(
                                      v ->
                                          FakeMember.listen(
                                              vertx, port, hello -> FakeMember.welcome(1)))
                                  .compose(
                                      member ->
                                          joined
                                              .compose(v -> session.close())
                                              .compose(v -> member.close()));
                            })
                        .onComplete(context.asyncAssertSuccess()))
            .test(
                "a member that accepts and says nothing is left for the next",
                context ->
                    FakeMember.listen(vertx, 0, hello -> null)
                        .compose(
                            hung ->
                                FakeMember.listen(vertx, 0, hello -> FakeMember.welcome(1))
                                    .compose(
                                        healthy -> {
                                          // The fake's server answers pings, so the wait is for
                                          // the welcome.
                                          AgentSession session =
                                              session(
                                                  vertx, node, hung.address(), healthy.address());
                                          return session
                                              .start()
                                              .compose(v -> session.close())
                                              .compose(v -> hung.close())
                                              .compose(v -> healthy.close());
                                        }))
                        .onComplete(context.asyncAssertSuccess()))
            .test(
                "a member of an older epoch than the one obeyed is left",
                context -> {
                  long[] epochs = {4, 3, 5};
                  int[] hellos = {0};
                  FakeMember.listen(
                          vertx, 0, hello -> FakeMember.welcome(epochs[Math.min(2, hellos[0]++)]))
                      .compose(
                          member -> {
                            AgentSession session = session(vertx, node, member.address());
                            return session
                                .start()
                                .compose(v -> member.guest())
                                .compose(
                                    guest -> {
                                      guest.socket().close();
                                      return member.guest(); // welcomed with epoch 3, leaves
                                    })
                                .compose(guest -> member.guest())
                                .onSuccess(guest -> context.assertEquals(4L, guest.hello().epoch()))
                                .compose(v -> session.close())
                                .compose(v -> member.close());
                          })
                      .onComplete(context.asyncAssertSuccess());
                })
            .test(
                "something unreadable ends the connection, not the agent",
                context ->
                    FakeMember.listen(vertx, 0, hello -> FakeMember.welcome(1))
                        .compose(
                            member -> {
                              AgentSession session = session(vertx, node, member.address());
                              return session
                                  .start()
                                  .compose(v -> member.guest())
                                  .compose(
                                      guest -> {
                                        guest.socket().writeTextMessage("{\"kind\":\"dance\"}");
                                        return member.guest();
                                      })
                                  .compose(v -> session.close())
                                  .compose(v -> member.close());
                            })
                        .onComplete(context.asyncAssertSuccess())));
  }

  @TestFactory
  Stream<DynamicTest> reporting(SuiteRunner runner) throws Exception {
    Vertx vertx = runner.vertx();
    return runner.run(
        TestSuite.create("reporting")
            .test(
                "one report for each interval, whenever the window ends",
                context ->
                    FakeMember.listen(vertx, 0, hello -> FakeMember.welcome(1))
                        .compose(
                            member -> {
                              AgentSession session = session(vertx, node, member.address());
                              return session
                                  .start()
                                  .compose(
                                      v -> {
                                        for (long atMs = 600; atMs <= 3_000; atMs += 200) {
                                          session.passed(atMs);
                                        }
                                        return member.report();
                                      })
                                  .compose(
                                      first -> {
                                        context.assertEquals(1_000L, first.observation().atMs());
                                        return member.report();
                                      })
                                  .compose(
                                      second -> {
                                        context.assertEquals(2_000L, second.observation().atMs());
                                        return member.report();
                                      })
                                  .compose(
                                      third -> {
                                        context.assertEquals(3_000L, third.observation().atMs());
                                        return session.close();
                                      })
                                  .compose(v -> member.close());
                            })
                        .onComplete(context.asyncAssertSuccess())));
  }

  /** Lets a member say {@code commands} to a fresh node; the last one must be obeyed. */
  private static Said orders(TestContext context, Vertx vertx, Command... commands) {
    return generations -> {
      RecordingParticipant participant = new RecordingParticipant("n1");
      FakeMember.listen(vertx, 0, hello -> FakeMember.welcome(1))
          .compose(
              member -> {
                AgentSession session = session(vertx, participant, member.address());
                return session
                    .start()
                    .compose(v -> member.guest())
                    .compose(
                        guest -> {
                          for (Command command : commands) {
                            guest.say(instruct(command));
                          }
                          return participant.obeyed(generations.length);
                        })
                    .compose(v -> session.close())
                    .compose(v -> member.close());
              })
          .onComplete(
              context.asyncAssertSuccess(
                  v -> {
                    List<Long> obeyed =
                        participant.obeyed.stream().map(Command::generation).toList();
                    context.assertEquals(Arrays.stream(generations).boxed().toList(), obeyed);
                  }));
    };
  }

  /** What a member said, ready to be compared with what was obeyed. */
  private interface Said {
    void expect(long... generations);
  }

  private static AgentSession session(Vertx vertx, Participant participant, URI... members) {
    WebSocketClient client = vertx.createWebSocketClient(new WebSocketClientOptions());
    SessionSettings settings = new SessionSettings(List.of(members), "", 10, 100, 300);
    return new AgentSession(vertx, client, settings, "n1", participant);
  }

  private static SchedulerMessage instruct(Command command) {
    return new SchedulerMessage.Instruct(command);
  }

  private static Command.RunReplicas run(long epoch, long generation) {
    return new Command.RunReplicas(epoch, generation, "n1", List.of(), List.of());
  }
}
