package dev.highwater.workload;

import dev.highwater.model.Command;
import dev.highwater.model.Criticality;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Observation;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * One service at its cell's front door: its users, its admission, its waiting room, its counters.
 *
 * <p>A request class is (attempt number, criticality): class = attempt x criticalities + index of
 * the criticality, most critical first. Touched by one thread at a time.
 */
final class ServiceDoor {

  private static final long OPEN = 4;
  private static final long SETTLE = 5;

  /** Without a waiting room, admission tokens of this time are saved up, or chance would refuse. */
  private static final double BURST_SECONDS = 1;

  /** Longest wait that the ring of due attempts holds, in windows. */
  private static final int DUE_WINDOWS_MAX = 1 << 16;

  private final Service service;
  private final TrafficSpec traffic;
  private final List<Criticality> criticalities;
  private final long seed;
  private final long windowMs;
  private final double windowSeconds;
  private final int levels;
  private final int ownLevel;
  private final int classes;
  private final OutcomeTally tally;
  private final RandomStream random = new RandomStream(0);

  // Attempts due in coming windows, by window & mask, then class.
  private final long[][] due;
  private final int dueMask;
  private long nextOpen;
  private final long[] fresh;
  private final int[] admitted;
  private final int[] admittedByShard;

  private double ratePerSecond = Double.MAX_VALUE;
  private double tokens;
  private final ShardGate gate;
  private final WaitingRoom room;

  private double share = 1;
  private long elsewhere;
  private final List<ActiveSurge> surges = new ArrayList<>();
  private final List<CallEdge> edges = new ArrayList<>();
  private final RetryBudget clients;
  private final RetryBudget told;

  private final @Nullable Askers askers;
  private final @Nullable Shelf shelf;
  private @Nullable Shelf shelfAsked;

  // What is left of a stock that another cell keeps, as it was told last.
  private double leftElsewhere = Double.MAX_VALUE;

  // Mean latency of the last window in which something ended, for callers that hold their places.
  private @Nullable LatencyHistogram latenciesBefore;
  private double recentMeanNanos;

  private long firstAttempts;
  private long attempts;
  private long served;
  private long late;
  private long timedOut;
  private long failed;
  private long rejected;
  private long shed;
  private long abandoned;
  private long violations;

  private record ActiveSurge(double sinceMs, SimulationCommand.Surge surge) {
    double ratio(double atMs) {
      return LoadShape.ratio(
          atMs - sinceMs, surge.riseMs(), surge.holdMs(), surge.decayHalfLifeMs());
    }

    boolean over(double atMs) {
      return atMs - sinceMs > surge.riseMs() + surge.holdMs() && ratio(atMs) == 0;
    }
  }

  ServiceDoor(
      Service service,
      TrafficSpec traffic,
      List<Criticality> criticalities,
      long seed,
      long windowMs) {
    this.service = service;
    this.traffic = traffic;
    this.criticalities = criticalities;
    this.seed = seed;
    this.windowMs = windowMs;
    this.windowSeconds = windowMs / 1_000.0;
    this.levels = criticalities.size();
    this.ownLevel = criticalities.indexOf(service.criticality());
    this.classes = levels * (1 + traffic.retry().retriesMax());
    this.tally = new OutcomeTally(classes);
    this.clients = new RetryBudget(traffic.retry().budgetRatio(), windowSeconds);
    this.told = new RetryBudget(Double.MAX_VALUE, windowSeconds);
    this.fresh = new long[classes];
    this.admitted = new int[classes];
    int shards = service.capacity().serialShards();
    this.admittedByShard = new int[shards];
    this.gate = new ShardGate(shards, traffic.sameShardRatio(), savedSeconds());
    this.room =
        new WaitingRoom(
            service.waitingRoomMax(),
            Math.max(1, traffic.patienceMs() / windowMs),
            levels,
            classes,
            shards);
    long longest = 2 + longestBackoffMs(traffic.retry()) / windowMs;
    if (longest > DUE_WINDOWS_MAX) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE,
          "retry.backoffMs",
          traffic.retry().backoffMs(),
          "must not make a client wait longer than " + DUE_WINDOWS_MAX + " windows");
    }
    this.due = new long[Integer.highestOneBit((int) longest) << 1][classes];
    this.dueMask = due.length - 1;
    this.askers =
        traffic.requery() == null ? null : new Askers(traffic.requery(), levels, windowMs);
    this.shelf = traffic.stock() == null ? null : new Shelf(traffic.stock(), windowMs);
  }

  /** With a waiting room a window's surplus waits, and what is behind gets no bursts. */
  private double savedSeconds() {
    return service.waitingRoomMax() > 0 ? 0 : BURST_SECONDS;
  }

  private static long longestBackoffMs(TrafficSpec.Retry retry) {
    double wait = retry.backoffMs();
    for (int i = 1; i < retry.retriesMax(); i++) {
      wait *= retry.backoffFactor();
    }
    return (long) wait;
  }

  void connect(SortedMap<ServiceId, ServiceDoor> doors) {
    for (TrafficSpec.Call call : traffic.calls()) {
      ServiceDoor target = doors.get(call.service());
      edges.add(
          new CallEdge(
              call, target, target == null ? 0 : target.level(call.criticality()), windowMs));
      if (call.holds() && target != null && target.latenciesBefore == null) {
        target.latenciesBefore = new LatencyHistogram();
      }
    }
    ServiceId asked = stockAsked();
    ServiceDoor holder = asked == null ? null : doors.get(asked);
    if (holder != null) {
      if (holder.shelf == null) {
        throw new InvalidInputException(
            ErrorCode.INVALID_VALUE,
            "requery.stockOf",
            asked,
            "must be a service that has a stock");
      }
      shelfAsked = holder.shelf;
    }
  }

  /** The service whose stock must last for an answer to show something; null for none. */
  @Nullable ServiceId stockAsked() {
    return traffic.requery() == null ? null : traffic.requery().stockOf();
  }

  /** What is left of its stock; NaN when it has none. */
  double stockLeft() {
    return shelf == null ? Double.NaN : shelf.left();
  }

  /** What is left of the stock of a service that is not behind this door. */
  void tellStock(double left) {
    leftElsewhere = left;
  }

  private int level(@Nullable Criticality criticality) {
    return criticality == null ? ownLevel : criticalities.indexOf(criticality);
  }

  /** Moves what belongs to other cells, by service, into {@code calls}. */
  void takeOutgoing(SortedMap<ServiceId, Long> calls) {
    if (elsewhere > 0) {
      calls.merge(service.id(), elsewhere, Long::sum);
      elsewhere = 0;
    }
    for (CallEdge edge : edges) {
      long leaving = edge.takeOutgoing();
      if (leaving > 0) {
        calls.merge(edge.service(), leaving, Long::sum);
      }
    }
  }

  /** Calls from another cell: first attempts of the next window. */
  void arrive(long calls) {
    due[(int) nextOpen & dueMask][ownLevel] += calls;
  }

  /** Mean time of the answers of the last window that had any, in ns. */
  double recentMeanNanos() {
    return recentMeanNanos;
  }

  /** Time that a request of the open window holds its place for those it calls, in ns. */
  double holdNanos() {
    double sum = 0;
    for (CallEdge edge : edges) {
      sum += edge.holdNanos();
    }
    return sum;
  }

  private void noteLatencies(LatencyHistogram before) {
    LatencyHistogram now = tally.latencies();
    if (now.total() > before.total()) {
      recentMeanNanos = now.minus(before).meanNanos();
      before.clear();
      before.addAll(now);
    }
  }

  ServiceId id() {
    return service.id();
  }

  /** The services behind the same front door that this one calls. */
  List<ServiceDoor> called() {
    List<ServiceDoor> called = new ArrayList<>();
    for (CallEdge edge : edges) {
      ServiceDoor target = edge.target();
      if (target != null) {
        called.add(target);
      }
    }
    return called;
  }

  long seed() {
    return seed;
  }

  TrafficSpec traffic() {
    return traffic;
  }

  int classes() {
    return classes;
  }

  OutcomeTally tally() {
    return tally;
  }

  int[] admitted() {
    return admitted;
  }

  int[] admittedByShard() {
    return admittedByShard;
  }

  DoorFigures figures() {
    return new DoorFigures(
        room.waitingMost(),
        room.lineMost(),
        room.longestWaitWindows() * windowMs,
        shelf == null ? Double.NaN : shelf.soldRatio());
  }

  void admit(Command.AdmissionRate rate) {
    if (ratePerSecond == Double.MAX_VALUE) {
      tokens = 0;
    }
    ratePerSecond = rate.ratePerSecond();
    gate.allow(rate.shardRatePerSecond());
    told.allow(rate.retryRatio());
  }

  void surge(SimulationCommand.Surge surge, double atMs) {
    surges.add(new ActiveSurge(atMs, surge));
  }

  void share(double ratio) {
    share = ratio;
  }

  double share() {
    return share;
  }

  double userRate(double atMs) {
    TrafficProfile profile = traffic.profile();
    if (profile == null) {
      return 0;
    }
    double rate = profile.rate(atMs);
    double more = 0;
    for (ActiveSurge surge : surges) {
      more += (surge.surge.factor() - 1) * surge.ratio(atMs);
    }
    return share * Math.max(0, rate * (1 + more));
  }

  /** Puts on sale what comes into stock in these windows, before anybody asks for it. */
  void stockUp(long from, long window) {
    if (shelf != null) {
      for (long w = from; w <= window; w++) {
        shelf.advance((w + 1.0) * windowMs, w);
      }
    }
  }

  void open(long from, long window) {
    Arrays.fill(fresh, 0);
    random.reseed(RandomStream.seed(seed, OPEN, window));
    for (long w = from; w <= window; w++) {
      double middleMs = (w + 0.5) * windowMs;
      surges.removeIf(surge -> surge.over(middleMs));
      long users = random.nextPoisson(userRate(middleMs) * windowSeconds);
      splitByMix(users);
      long[] slot = due[(int) w & dueMask];
      for (int c = 0; c < classes; c++) {
        fresh[c] += slot[c];
        slot[c] = 0;
      }
      if (askers != null) {
        askAgain(askers);
      }
      double perWindow = Math.min(ratePerSecond, 1e15) * windowSeconds;
      double saved = ratePerSecond * savedSeconds();
      tokens = Math.min(tokens + perWindow, Math.max(1 + perWindow, saved));
      gate.earn(windowSeconds);
    }
    nextOpen = window + 1;
    for (int c = 0; c < classes; c++) {
      attempts += fresh[c];
      if (c < levels) {
        firstAttempts += fresh[c];
        told.earn(fresh[c]);
      }
    }
    admitWaitingThenFresh(window);
  }

  private void splitByMix(long users) {
    List<TrafficSpec.UserClass> mix = traffic.mix();
    if (mix.isEmpty()) {
      fresh[ownLevel] += users;
      return;
    }
    long left = users;
    double shares = 1;
    for (int i = 0; i < mix.size(); i++) {
      TrafficSpec.UserClass part = mix.get(i);
      long here = i == mix.size() - 1 ? left : random.nextBinomial(left, part.share() / shares);
      fresh[criticalities.indexOf(part.criticality())] += here;
      left -= here;
      shares -= part.share();
    }
  }

  private void askAgain(Askers users) {
    for (int level = 0; level < levels; level++) {
      long asking = users.ask(level, random);
      // Each question goes where the routes send users now.
      long here = random.nextBinomial(asking, share);
      fresh[level] += here;
      elsewhere += asking - here;
    }
  }

  private void admitWaitingThenFresh(long window) {
    Arrays.fill(admitted, 0);
    Arrays.fill(admittedByShard, 0);
    WaitingRoom.Left left = room.giveUp(window);
    abandoned += left.attempts();
    violations += left.firstAttempts();
    boolean limited = ratePerSecond < Double.MAX_VALUE;
    long may = limited ? (long) tokens : Long.MAX_VALUE;
    if (room.waiting() > 0) {
      may -= admitWaiting(may);
    }
    int mostCriticalAdmitted = levels;
    for (int level = 0; level < levels; level++) {
      for (int c = level; c < classes; c += levels) {
        if (fresh[c] == 0) {
          continue;
        }
        long[] needed = gate.divide(fresh[c], random);
        long[] in = gate.letIn(may, needed, random);
        long refused = 0;
        for (int s = 0; s < in.length; s++) {
          if (in[s] > 0) {
            pass(s, c, in[s]);
            may -= in[s];
            mostCriticalAdmitted = Math.min(mostCriticalAdmitted, level);
          }
          long stays = needed[s] - in[s];
          refused += stays - room.enter(window, s, c, stays);
        }
        refuse(window, c, refused, level > mostCriticalAdmitted);
      }
    }
  }

  /** Lets in those who wait, the first of each line; how many. */
  private long admitWaiting(long may) {
    long before = room.waiting();
    long[] in = gate.letIn(may, room.waitingAt(), random);
    for (int s = 0; s < in.length; s++) {
      room.letIn(s, in[s], this::pass);
    }
    return before - room.waiting();
  }

  private void pass(int shard, int requestClass, long n) {
    admitted[requestClass] = Math.toIntExact(admitted[requestClass] + n);
    admittedByShard[shard] = Math.toIntExact(admittedByShard[shard] + n);
    if (ratePerSecond < Double.MAX_VALUE) {
      tokens -= n;
    }
  }

  private void refuse(long window, int requestClass, long n, boolean forMoreCritical) {
    if (n == 0) {
      return;
    }
    if (forMoreCritical) {
      shed += n;
    } else {
      rejected += n;
    }
    if (requestClass < levels) {
      violations += n;
    }
    unlucky(window, requestClass, n);
  }

  /** What clients do after an attempt that gave them nothing. */
  private void unlucky(long window, int requestClass, long n) {
    int attempt = requestClass / levels;
    int level = requestClass % levels;
    TrafficSpec.Retry retry = traffic.retry();
    long again = 0;
    if (attempt < retry.retriesMax()) {
      again = told.take(retry.budgetRatio() > 0 ? clients.take(n) : n);
      scheduleRetries(window, requestClass + levels, attempt, again);
    }
    if (askers != null && n > again) {
      askers.unanswered(level, n - again, random);
    }
  }

  private void scheduleRetries(long window, int requestClass, int attempt, long n) {
    if (n == 0) {
      return;
    }
    TrafficSpec.Retry retry = traffic.retry();
    double waitMs = retry.backoffMs();
    for (int i = 0; i < attempt; i++) {
      waitMs *= retry.backoffFactor();
    }
    long first = (long) (waitMs * (1 - retry.jitterRatio()) / windowMs);
    long last = Math.max(first, (long) (waitMs / windowMs));
    long left = n;
    for (long ahead = first; ahead <= last && left > 0; ahead++) {
      long here = random.nextBinomial(left, 1.0 / (last - ahead + 1));
      dueIn(window + 1 + ahead, requestClass, here);
      left -= here;
    }
  }

  /** Attempts of a coming window; of the next one when {@code window} is open or over. */
  private void dueIn(long window, int requestClass, long n) {
    due[(int) Math.max(window, nextOpen) & dueMask][requestClass] += n;
  }

  void settle(long window) {
    random.reseed(RandomStream.seed(seed, SETTLE, window));
    long followers = 0;
    for (int c = 0; c < classes; c++) {
      long good = tally.count(c, Outcome.SERVED);
      long slow = tally.count(c, Outcome.LATE);
      long lost = tally.count(c, Outcome.TIMED_OUT);
      long broken = tally.count(c, Outcome.FAILED) + tally.count(c, Outcome.REJECTED);
      served += good + slow;
      late += slow;
      timedOut += lost;
      failed += broken;
      if (c < levels) {
        violations += slow + lost + broken;
      }
      followers += answered(c % levels, good + slow);
      if (lost + broken > 0) {
        unlucky(window, c, lost + broken);
      }
    }
    tally.clearCounts();
    if (latenciesBefore != null) {
      noteLatencies(latenciesBefore);
    }
    if (shelf != null) {
      followers = shelf.sell(followers, window, random);
    }
    for (CallEdge edge : edges) {
      call(edge, window, followers);
    }
  }

  /** How many of {@code n} answered users go on to the service's calls. */
  private long answered(int level, long n) {
    if (n == 0) {
      return 0;
    }
    TrafficSpec.Retry retry = traffic.retry();
    if (retry.budgetRatio() > 0) {
      clients.earn(n);
    }
    if (askers == null) {
      return n;
    }
    boolean something = (shelfAsked == null ? leftElsewhere : shelfAsked.left()) >= 1;
    return askers.answered(level, n, something, random);
  }

  private void call(CallEdge edge, long window, long followers) {
    long calls = edge.calls(followers, random);
    ServiceDoor target = edge.target();
    if (target == null) {
      edge.leave(calls);
    } else if (calls > 0) {
      // Callers are users of the called service: its routes say how many of them stay here.
      long here = random.nextBinomial(calls, target.share);
      target.dueIn(window, edge.level(), here);
      edge.leave(calls - here);
    }
  }

  Observation.ServiceTraffic report(boolean withLatencies) {
    LatencyHistogram latencies = tally.latencies();
    return new Observation.ServiceTraffic(
        service.id(),
        firstAttempts,
        attempts,
        served,
        late,
        timedOut,
        failed,
        rejected,
        shed,
        abandoned,
        violations,
        room.waiting(),
        !withLatencies || latencies.total() == 0 ? null : latencies.toSparse());
  }
}
