package dev.highwater.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.highwater.model.Command;
import dev.highwater.model.Criticality;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Observation;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;

/** Goal: every attempt is counted once, and what follows from outcomes follows at its rate. */
class FrontDoorTest {

  private static final long WINDOW_MS = 200;
  private static final Service ORDER = Service.named("shop", "order");
  private static final Service PAYMENT = Service.named("shop", "payment");

  /** A door whose replicas are a rule: how attempts end, at once. */
  private static final class World {
    final FrontDoor door;
    final SortedMap<ServiceId, Outcome> ends = new TreeMap<>();
    long window;
    List<long[]> sent = new ArrayList<>();
    final SortedMap<Integer, Long> sentByShard = new TreeMap<>();

    World(List<Service> services, TrafficSpec... traffic) {
      door = new FrontDoor("east", 11, WINDOW_MS, 0, services, List.of(traffic));
    }

    void run(long windows) {
      for (long end = window + windows; window < end; window++) {
        door.serve(window, this::serve);
      }
    }

    private void serve(
        ServiceId id, int[] counts, int[] shards, double holdNanos, OutcomeTally tally) {
      for (int s = 0; s < shards.length; s++) {
        sentByShard.merge(s, (long) shards[s], Long::sum);
      }
      long total = 0;
      for (int c = 0; c < counts.length; c++) {
        tally.add(c, ends.getOrDefault(id, Outcome.SERVED), counts[c]);
        total += counts[c];
      }
      sent.add(new long[] {window, total});
    }

    Observation.ServiceTraffic totals(Service service) {
      return door.totals(service.id());
    }
  }

  private static Service room(Service base, long waitingRoomMax, Criticality criticality) {
    return ServiceBuilder.like(base)
        .waitingRoomMax(waitingRoomMax)
        .criticality(criticality)
        .build();
  }

  private static Command.AdmitRates rates(long generation, Service service, double perSecond) {
    return new Command.AdmitRates(
        1,
        generation,
        List.of(
            new Command.AdmissionRate(
                service.id(), perSecond, Double.MAX_VALUE, Double.MAX_VALUE)));
  }

  private static Command.AdmitRates retries(long generation, Service service, double ratio) {
    return new Command.AdmitRates(
        1,
        generation,
        List.of(
            new Command.AdmissionRate(service.id(), Double.MAX_VALUE, Double.MAX_VALUE, ratio)));
  }

  private static TrafficSpec users(Service service, double perSecond) {
    return TrafficSpec.of(service.id(), TrafficProfile.steady(perSecond));
  }

  private static void conserves(Observation.ServiceTraffic t) {
    assertThat(t.served() + t.timedOut() + t.failed() + t.rejected() + t.shed() + t.abandoned())
        .as("every attempt of %s ends once or waits", t)
        .isEqualTo(t.attempts() - t.waiting());
    assertThat(t.violations()).isBetween(0L, t.firstAttempts());
  }

  /** The door of a service that has failed for 100 s, after 100 s in which it served. */
  private static Observation.ServiceTraffic afterAStorm(double retryRatio) {
    World world =
        new World(
            List.of(ORDER), users(ORDER, 1_000).withRetry(new TrafficSpec.Retry(4, 400, 1, 0, 0)));
    world.run(500);
    world.door.obey(retries(1, ORDER, retryRatio));
    world.ends.put(ORDER.id(), Outcome.FAILED);
    Observation.ServiceTraffic before = world.totals(ORDER);
    assertThat(before.attempts()).isEqualTo(before.firstAttempts());
    world.run(500);
    conserves(world.totals(ORDER));
    return world.totals(ORDER);
  }

  @Test
  void retryStormIsCutToTheBudgetThatTheSchedulerTells() {
    Observation.ServiceTraffic free = afterAStorm(Double.MAX_VALUE);
    assertThat(free.attempts() - free.firstAttempts())
        .as("four retries each, but for those still to come")
        .isBetween(390_000L, 410_000L);
    Observation.ServiceTraffic told = afterAStorm(0.1);
    assertThat(told.attempts() - told.firstAttempts())
        .as("a tenth of 100,000 first attempts, and the ten that are always there")
        .isBetween(9_500L, 10_200L);
    Observation.ServiceTraffic none = afterAStorm(0);
    assertThat(none.attempts() - none.firstAttempts()).isEqualTo(10);
  }

  @Test
  void answersAreCountedAndCallOthers() {
    World world =
        new World(
            List.of(ORDER, PAYMENT),
            users(ORDER, 1_000).withCalls(List.of(TrafficSpec.Call.to(PAYMENT.id(), 0.7))));
    world.run(1_000);
    Observation.ServiceTraffic order = world.totals(ORDER);
    assertThat(order.firstAttempts() / 200_000.0).isCloseTo(1, within(0.01));
    assertThat(order.served()).isEqualTo(order.attempts()).isEqualTo(order.firstAttempts());
    assertThat(order.violations()).isZero();
    double ratio = world.totals(PAYMENT).firstAttempts() / (double) order.served();
    assertThat(ratio).isCloseTo(0.7, within(0.01));
    conserves(order);
    conserves(world.totals(PAYMENT));
  }

  @Test
  void callsOfAllHopsAreMadeInTheWindowOfTheAnswerWhateverTheServicesAreCalled() {
    Service gateway = Service.named("shop", "m-gateway");
    Service first = Service.named("shop", "z-first");
    Service second = Service.named("shop", "a-second");
    World world =
        new World(
            List.of(gateway, first, second),
            users(gateway, 1_000)
                .withCalls(
                    List.of(
                        TrafficSpec.Call.to(second.id(), 1), TrafficSpec.Call.to(first.id(), 2))),
            TrafficSpec.called(first.id())
                .withCalls(List.of(TrafficSpec.Call.to(second.id(), 3)))
                .withRetry(new TrafficSpec.Retry(1, 0, 1, 0, 0)));
    world.run(1);
    long came = world.totals(gateway).served();
    assertThat(came).isPositive();
    assertThat(world.totals(first).served()).isEqualTo(2 * came);
    assertThat(world.totals(second).served()).as("of both callers").isEqualTo(7 * came);

    world.ends.put(first.id(), Outcome.FAILED);
    world.run(1);
    Observation.ServiceTraffic failing = world.totals(first);
    assertThat(failing.attempts()).as("nothing is retried yet").isEqualTo(failing.firstAttempts());
    world.run(1);
    assertThat(world.totals(first).attempts())
        .as("retries come in a later window")
        .isEqualTo(world.totals(first).firstAttempts() + failing.failed());
  }

  @Test
  void callsThatLeadBackToTheirCallerComeInTheNextWindow() {
    World world =
        new World(
            List.of(ORDER, PAYMENT),
            users(ORDER, 1_000).withCalls(List.of(TrafficSpec.Call.to(PAYMENT.id(), 1))),
            TrafficSpec.called(PAYMENT.id())
                .withCalls(List.of(TrafficSpec.Call.to(ORDER.id(), 0.5))));
    world.run(1);
    long came = world.totals(ORDER).attempts();
    assertThat(world.totals(PAYMENT).attempts()).isEqualTo(came);
    world.run(1_000);
    assertThat(world.totals(ORDER).attempts() / 200_200.0)
        .as("each user makes 1 + 1/2 + 1/4 + ... orders")
        .isCloseTo(2, within(0.03));
  }

  @Test
  void fanOutAndLagSpreadCallsOverTime() {
    TrafficProfile burst =
        new TrafficProfile(
            0, null, List.of(new LoadEvent("once", 0, 0, 1_000, 0, 1, 10_000)), null);
    World world =
        new World(
            List.of(ORDER, PAYMENT),
            TrafficSpec.of(ORDER.id(), burst)
                .withCalls(
                    List.of(new TrafficSpec.Call(PAYMENT.id(), 2.5, 60_000, 3, null, false))));
    long calls = 0;
    double weighted = 0;
    long before = 0;
    for (int w = 0; w < 3_000; w++) {
      world.run(1);
      long now = world.totals(PAYMENT).firstAttempts();
      weighted += (double) (now - before) * w * WINDOW_MS;
      calls = now;
      before = now;
    }
    assertThat(calls / (double) world.totals(ORDER).served()).isCloseTo(2.5, within(0.02));
    assertThat(weighted / calls).as("mean lag").isCloseTo(60_500, within(1_500.0));
  }

  @Test
  void retriesMultiplyAttemptsAndNeverFirstAttempts() {
    World world =
        new World(
            List.of(ORDER),
            users(ORDER, 1_000).withRetry(new TrafficSpec.Retry(3, 1_000, 2, 0.5, 0)));
    world.ends.put(ORDER.id(), Outcome.TIMED_OUT);
    world.run(1_000);
    Observation.ServiceTraffic order = world.totals(ORDER);
    assertThat(order.attempts() / (double) order.firstAttempts()).isCloseTo(4, within(0.15));
    assertThat(order.violations()).isEqualTo(order.firstAttempts());
    conserves(order);
    // Once attempts succeed, retries answer users whose first attempt stays a violation.
    world.ends.put(ORDER.id(), Outcome.SERVED);
    long violations = order.violations();
    world.run(100);
    assertThat(world.totals(ORDER).violations()).isEqualTo(violations);
  }

  @Test
  void backoffWaitsAtLeastItsJitteredTime() {
    TrafficProfile once =
        new TrafficProfile(
            0, null, List.of(new LoadEvent("once", 0, 0, WINDOW_MS, 0, 1, 50_000)), null);
    World world =
        new World(
            List.of(ORDER),
            TrafficSpec.of(ORDER.id(), once)
                .withRetry(new TrafficSpec.Retry(1, 10_000, 1, 0.4, 0)));
    world.ends.put(ORDER.id(), Outcome.FAILED);
    world.run(100);
    List<Long> windows =
        world.sent.stream().filter(s -> s[1] > 0 && s[0] > 0).map(s -> s[0]).toList();
    assertThat(windows.get(0)).isEqualTo(31);
    assertThat(windows.get(windows.size() - 1)).isEqualTo(51);
  }

  @Test
  void aRetryBudgetBoundsTheStorm() {
    World world =
        new World(
            List.of(ORDER),
            users(ORDER, 1_000).withRetry(new TrafficSpec.Retry(3, 400, 1, 0, 0.1)));
    world.run(500);
    world.ends.put(ORDER.id(), Outcome.FAILED);
    long attempts = world.totals(ORDER).attempts();
    long first = world.totals(ORDER).firstAttempts();
    world.run(500);
    double amplification =
        (world.totals(ORDER).attempts() - attempts)
            / (double) (world.totals(ORDER).firstAttempts() - first);
    assertThat(amplification).isBetween(1.0, 1.02);
  }

  @Test
  void admissionLetsTheToldRatePassAndRefusesTheRest() {
    World world = new World(List.of(ORDER), users(ORDER, 1_000));
    assertThat(world.door.obey(rates(4, ORDER, 300)).obeyed()).isTrue();
    assertThat(world.door.obey(rates(3, ORDER, 900)).verdict()).isEqualTo(Obedience.Verdict.OLDER);
    world.run(500);
    Observation.ServiceTraffic order = world.totals(ORDER);
    assertThat(order.served() / 30_000.0).isCloseTo(1, within(0.01));
    assertThat(order.rejected()).isEqualTo(order.violations());
    assertThat(order.shed()).isZero();
    conserves(order);
    // A service that is not named any more is not limited.
    world.door.obey(new Command.AdmitRates(1, 5, List.of()));
    long rejected = order.rejected();
    world.run(50);
    assertThat(world.totals(ORDER).rejected()).isEqualTo(rejected);
  }

  @Test
  void theLessCriticalAreShedFirst() {
    Service order = room(ORDER, 0, Criticality.CRITICAL);
    World world =
        new World(
            List.of(order),
            users(order, 1_000)
                .withMix(
                    List.of(
                        new TrafficSpec.UserClass(Criticality.CRITICAL, 0.2),
                        new TrafficSpec.UserClass(Criticality.SHEDDABLE, 0.8))));
    world.door.obey(rates(1, order, 500));
    world.run(500);
    Observation.ServiceTraffic totals = world.totals(order);
    assertThat(totals.shed() / 50_000.0).isCloseTo(1, within(0.02));
    assertThat(totals.rejected()).as("no critical user is refused").isZero();
    conserves(totals);
  }

  @Test
  void theWaitingRoomHoldsUsersInOrderUntilTheirPatienceEnds() {
    Service order = room(ORDER, 5_000, Criticality.NORMAL);
    TrafficProfile rush =
        new TrafficProfile(100, null, List.of(new LoadEvent("rush", 0, 0, 10_000, 0, 10, 0)), null);
    World world = new World(List.of(order), TrafficSpec.of(order.id(), rush));
    world.door.obey(rates(1, order, 300));
    world.run(50);
    Observation.ServiceTraffic totals = world.totals(order);
    assertThat(totals.waiting()).isEqualTo(5_000);
    assertThat(totals.rejected()).isPositive();
    conserves(totals);
    world.run(150);
    totals = world.totals(order);
    assertThat(totals.waiting()).as("300/s out, 100/s in, for 25 s").isZero();
    assertThat(totals.abandoned()).isZero();
    world.door.obey(rates(2, order, 0));
    world.run(301 + 5);
    totals = world.totals(order);
    assertThat(totals.abandoned()).as("60 s of patience").isPositive();
    conserves(totals);
    // No limit: everybody who waits is let in at once.
    world.door.obey(new Command.AdmitRates(1, 3, List.of()));
    world.run(1);
    assertThat(world.totals(order).waiting()).isZero();
  }

  /** Orders of 40 trains, a third of them of one, of which each sells 10 a second. */
  private static World hotTrain(long waitingRoomMax, double ratePerSecond) {
    Service order =
        ServiceBuilder.like(room(ORDER, waitingRoomMax, Criticality.CRITICAL))
            .serial(400, 40)
            .build();
    World world = new World(List.of(order), users(order, 240).withSameShardRatio(1.0 / 3));
    world.door.obey(
        new Command.AdmitRates(
            1,
            1,
            List.of(
                new Command.AdmissionRate(
                    order.id(),
                    ratePerSecond,
                    order.capacity().shardRatePerSecond(),
                    Double.MAX_VALUE))));
    return world;
  }

  @Test
  void whoWantsTheHotTrainWaitsInItsOwnLineAndNobodyElse() {
    World world = hotTrain(1_000_000, 400);
    world.run(250);
    Observation.ServiceTraffic order = world.totals(ORDER);
    // 82/s want the hot train, which sells 10/s; 4/s want each other one, of 10/s.
    assertThat(world.sentByShard.get(0)).isBetween(499L, 502L);
    for (int train = 1; train < 40; train++) {
      assertThat(world.sentByShard.get(train)).as("train %d", train).isBetween(140L, 270L);
    }
    assertThat(order.waiting() / (72.0 * 50)).isCloseTo(1, within(0.1));
    assertThat(order.rejected() + order.abandoned()).isZero();
    conserves(order);
    world.run(250);
    order = world.totals(ORDER);
    assertThat(world.sentByShard.get(0)).as("its line moves on").isBetween(999L, 1_002L);
    DoorFigures figures = world.door.figures(ORDER.id());
    assertThat(figures.lineMost()).as("60 s of patience at 82/s").isBetween(4_000L, 5_000L);
    assertThat(figures.waitingMost()).isBetween(figures.lineMost(), figures.lineMost() + 50);
    assertThat(figures.longestWaitMs()).isEqualTo(60_000);
    assertThat(figures.soldRatio()).as("nothing is for sale").isNaN();
    assertThat(order.abandoned()).as("60 s of patience").isPositive();
    conserves(order);
  }

  @Test
  void withoutAWaitingRoomOnlyTheHotTrainRefuses() {
    World world = hotTrain(0, 400);
    world.run(500);
    Observation.ServiceTraffic order = world.totals(ORDER);
    assertThat(world.sentByShard.get(0)).isBetween(995L, 1_010L);
    assertThat(order.rejected() / (72.0 * 100)).isCloseTo(1, within(0.05));
    conserves(order);
  }

  @Test
  void shardsShareARateThatIsLessThanTheirsInProportionToWhoWaits() {
    World world = hotTrain(1_000_000, 100);
    world.run(250);
    long all = world.sentByShard.values().stream().mapToLong(sent -> sent).sum();
    assertThat(all / 5_000.0).isCloseTo(1, within(0.01));
    assertThat(world.sentByShard.values()).as("no train goes without").allMatch(sent -> sent > 60);
    assertThat(world.sentByShard.get(0)).isLessThanOrEqualTo(502);
    conserves(world.totals(ORDER));
  }

  @Test
  void usersAskAgainUntilTheyFindOrTheirPatienceEnds() {
    Service query = Service.named("rail", "query");
    World world =
        new World(
            List.of(query),
            users(query, 100)
                .withRequery(new TrafficSpec.Requery(0.25, 3_000, 1_000, 60_000, null)));
    world.run(3_000);
    // Each answer ends a user's questions with 0.25; else 60/63 think on: 1 / (1 - 0.75 x 60/63).
    double questions = 1 / (1 - 0.75 * 60 / 63);
    assertThat(world.totals(query).firstAttempts() / 60_000.0 / questions)
        .isCloseTo(1, within(0.02));
    // In an outage they refresh faster: 1 s instead of 3 s, and only patience ends it.
    world.ends.put(query.id(), Outcome.FAILED);
    world.run(1_500);
    long before = world.totals(query).firstAttempts();
    world.run(500);
    double perSecond = (world.totals(query).firstAttempts() - before) / 100.0;
    assertThat(perSecond).isCloseTo(100 * 61, within(400.0));
  }

  @Test
  void unpaidTicketsComeBackAndAreSoldAgain() {
    Service query = Service.named("rail", "query");
    Service book = Service.named("rail", "order");
    Service pay = Service.named("rail", "payment");
    World world =
        new World(
            List.of(query, book, pay),
            users(query, 200)
                .withRequery(new TrafficSpec.Requery(1, 2_000, 1_000, 20_000, book.id()))
                .withCalls(List.of(TrafficSpec.Call.to(book.id(), 1))),
            TrafficSpec.called(book.id())
                .withCalls(List.of(TrafficSpec.Call.to(pay.id(), 1)))
                .withStock(
                    new TrafficSpec.Stock(
                        0, List.of(new TrafficSpec.Release(10_000, 1_000)), 0.43, 60_000)));
    world.run(40);
    assertThat(world.totals(book).attempts()).as("nothing is on sale").isZero();
    world.run(100);
    double paid = world.totals(pay).firstAttempts();
    assertThat(paid).isCloseTo(570, within(60.0));
    world.run(2_000);
    // Every hold that comes back is sold again: 1 + 0.43 + 0.43^2 + ... sales, all paid in the end.
    assertThat(world.totals(pay).firstAttempts()).isBetween(985L, 1_000L);
    double sold = world.door.figures(book.id()).soldRatio() * world.totals(book).served();
    assertThat(sold).as("1,000 seats, 43 %% of sales undone").isCloseTo(1_000 / 0.57, within(60.0));
  }

  @Test
  void surgesAndSharesScaleOnlyTheServicesOwnUsers() {
    World world = new World(List.of(ORDER, PAYMENT), users(ORDER, 1_000));
    world.door.surge(new SimulationCommand.Surge(ORDER.id(), 4, 10_000, 10_000, 0), 10_000);
    assertThat(world.door.userRate(ORDER.id(), 9_000)).isEqualTo(1_000);
    assertThat(world.door.userRate(ORDER.id(), 15_000)).isEqualTo(2_500);
    assertThat(world.door.userRate(ORDER.id(), 25_000)).isEqualTo(4_000);
    assertThat(world.door.userRate(ORDER.id(), 31_000)).isEqualTo(1_000);
    world.door.obey(route(1, 1, ORDER, "east", 0.25, "west", 0.75));
    assertThat(world.door.obey(route(1, 0, ORDER, "east", 1, "west", 0)).verdict())
        .isEqualTo(Obedience.Verdict.OLDER);
    world.run(200);
    // 10 s of 250, a mean of 625 for 10 s, 10 s of 1,000, 10 s of 250
    assertThat(world.totals(ORDER).firstAttempts() / 21_250.0).isCloseTo(1, within(0.03));
    assertThat(world.totals(PAYMENT).attempts()).isZero();
  }

  @Test
  void callsToAnotherCellAreHandedOver() {
    World here =
        new World(
            List.of(ORDER),
            users(ORDER, 1_000).withCalls(List.of(TrafficSpec.Call.to(PAYMENT.id(), 0.5))));
    World there = new World(List.of(PAYMENT));
    here.door.obey(route(1, 1, PAYMENT, "south", 0.25, "west", 0.75));
    long south = 0;
    for (int i = 0; i < 500; i++) {
      here.run(1);
      SortedMap<String, SortedMap<ServiceId, Long>> calls = here.door.takeOutgoing();
      assertThat(calls.keySet()).isSubsetOf("south", "west");
      south += calls.getOrDefault("south", new TreeMap<>()).getOrDefault(PAYMENT.id(), 0L);
      calls.getOrDefault("west", new TreeMap<>()).forEach(there.door::arrive);
      there.run(1);
    }
    assertThat(here.door.takeOutgoing()).isEmpty();
    double served = here.totals(ORDER).served();
    assertThat(there.totals(PAYMENT).firstAttempts() / served).isCloseTo(0.375, within(0.01));
    assertThat(south / served).isCloseTo(0.125, within(0.01));
  }

  @Test
  void callsFollowTheRouteOfTheCalledServiceAlsoWhenItIsHereToo() {
    World here =
        new World(
            List.of(ORDER, PAYMENT),
            users(ORDER, 1_000).withCalls(List.of(TrafficSpec.Call.to(PAYMENT.id(), 0.5))));
    here.door.obey(route(1, 1, PAYMENT, "east", 0.25, "west", 0.75));
    long west = 0;
    for (int i = 0; i < 500; i++) {
      here.run(1);
      SortedMap<String, SortedMap<ServiceId, Long>> calls = here.door.takeOutgoing();
      assertThat(calls.keySet()).isSubsetOf("west");
      west += calls.getOrDefault("west", new TreeMap<>()).getOrDefault(PAYMENT.id(), 0L);
    }
    double served = here.totals(ORDER).served();
    assertThat(here.totals(PAYMENT).firstAttempts() / served).isCloseTo(0.125, within(0.01));
    assertThat(west / served).isCloseTo(0.375, within(0.01));
  }

  private static Command.RouteUsers route(
      long epoch,
      long generation,
      Service service,
      String one,
      double ratio,
      String other,
      double rest) {
    return new Command.RouteUsers(
        epoch,
        generation,
        List.of(
            new Command.ServiceRoute(
                service.id(),
                List.of(
                    new Command.RoutedCell(one, ratio, 0),
                    new Command.RoutedCell(other, rest, 0)))));
  }

  @Test
  void whoKeepsNoStockCannotBeAskedForIt() {
    assertThatThrownBy(
            () ->
                new World(
                    List.of(ORDER, PAYMENT),
                    users(ORDER, 1).withRequery(new TrafficSpec.Requery(1, 1, 1, 1, PAYMENT.id()))))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("shop/payment");
  }

  @Test
  void reportsAreTotalsThatNeverGoBack() {
    World world =
        new World(
            List.of(ORDER), users(ORDER, 500).withRetry(new TrafficSpec.Retry(2, 500, 2, 1, 0)));
    List<ToLongFunction<Observation.ServiceTraffic>> totals =
        List.of(
            Observation.ServiceTraffic::attempts,
            Observation.ServiceTraffic::firstAttempts,
            Observation.ServiceTraffic::served,
            Observation.ServiceTraffic::failed,
            Observation.ServiceTraffic::violations);
    Observation.ServiceTraffic before = world.totals(ORDER);
    for (int i = 0; i < 100; i++) {
      world.ends.put(ORDER.id(), i % 3 == 0 ? Outcome.REJECTED : Outcome.LATE);
      world.run(2);
      Observation.ServiceTraffic now = world.totals(ORDER);
      for (ToLongFunction<Observation.ServiceTraffic> total : totals) {
        assertThat(total.applyAsLong(now)).isGreaterThanOrEqualTo(total.applyAsLong(before));
      }
      conserves(now);
      before = now;
    }
  }

  @Test
  void whoLooksForWhatAnotherCellSellsFindsItAsLongAsItLastsThere() {
    TrafficSpec looking =
        TrafficSpec.of(ORDER.id(), TrafficProfile.steady(100))
            .withRequery(new TrafficSpec.Requery(1, 1_000, 1_000, 60_000, PAYMENT.id()));
    World here = new World(List.of(ORDER), looking);
    World seller =
        new World(
            List.of(PAYMENT),
            TrafficSpec.called(PAYMENT.id()).withStock(new TrafficSpec.Stock(7, List.of(), 0, 0)));
    assertThat(seller.door.stocks()).containsExactly(Map.entry(PAYMENT.id(), 7.0));
    assertThat(here.door.stocks()).isEmpty();

    here.door.tellStock(PAYMENT.id(), 7);
    here.run(50);
    long found = here.totals(ORDER).firstAttempts();
    assertThat(found).as("nobody asks twice").isBetween(900L, 1_100L);

    here.door.tellStock(PAYMENT.id(), 0);
    here.run(50);
    assertThat(here.totals(ORDER).firstAttempts() - found)
        .as("1,000 come, and all who came ask again each second")
        .isGreaterThan(4_000);
  }

  @Test
  void eachQuestionGoesWhereTheRoutesSendUsersNow() {
    World here =
        new World(
            List.of(ORDER),
            TrafficSpec.of(ORDER.id(), TrafficProfile.steady(1_000))
                .withRequery(new TrafficSpec.Requery(0, 1_000, 1_000, 600_000, null)));
    here.run(50);
    here.door.obey(route(1, 1, ORDER, "east", 0.25, "west", 0.75));
    long before = here.totals(ORDER).firstAttempts();
    long elsewhere = 0;
    for (int i = 0; i < 50; i++) {
      here.run(1);
      SortedMap<ServiceId, Long> west =
          here.door.takeOutgoing().getOrDefault("west", new TreeMap<>());
      elsewhere += west.getOrDefault(ORDER.id(), 0L);
    }
    long stayed = here.totals(ORDER).firstAttempts() - before;
    long again = stayed - 2_500; // a quarter of the 10,000 who came asked for the first time
    assertThat((double) elsewhere / (elsewhere + again)).isCloseTo(0.75, within(0.03));
  }
}
