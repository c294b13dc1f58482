package dev.highwater.workload;

import dev.highwater.model.Service;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Fidelity {@code request} under random balancing: each replica has its own queue, and the counts
 * of a window are multinomial. Touched by one thread at a time.
 */
final class RequestFleet implements Fleet {

  private static final long SPREAD = 1;

  private QueueShape shape;
  private final TrafficSpec.ReplicaBehaviour behaviour;
  private SerialStep serial;
  private final long seed;
  private final long windowMs;
  private final int classes;
  private final SortedMap<Long, Member> members = new TreeMap<>();
  private final List<Member> ready = new ArrayList<>();
  private final List<Member> draining = new ArrayList<>();
  private final ArrivalBatch batch = new ArrivalBatch();
  private final RandomStream random = new RandomStream(0);
  private final int[] memberCounts;
  private int[][] spread;
  private long simulated;
  private long nextSeat;

  private static final class Member {
    final long ordinal;
    final long joined;
    final ReplicaQueue queue;
    boolean draining;
    double crowded = 1;
    double utilisation;
    long windows;

    Member(long ordinal, long joined, ReplicaQueue queue) {
      this.ordinal = ordinal;
      this.joined = joined;
      this.queue = queue;
    }
  }

  RequestFleet(
      Service service,
      TrafficSpec.ReplicaBehaviour behaviour,
      long seed,
      long windowMs,
      int classes) {
    this.shape = QueueShape.of(service, windowMs);
    this.behaviour = behaviour;
    this.serial = new SerialStep(service, windowMs);
    this.seed = seed;
    this.windowMs = windowMs;
    this.classes = classes;
    this.memberCounts = new int[classes];
    this.spread = new int[classes][16];
  }

  @Override
  public void use(Service service) {
    shape = QueueShape.of(service, windowMs);
    serial = new SerialStep(service, windowMs);
  }

  @Override
  public long join(long ordinal, long window) {
    Member member = new Member(ordinal, window, new ReplicaQueue(shape));
    long seat = nextSeat++;
    members.put(seat, member);
    ready.add(member);
    return seat;
  }

  @Override
  public void drain(long seat) {
    Member member = member(seat);
    if (!member.draining) {
      member.draining = true;
      ready.remove(member);
      draining.add(member);
    }
  }

  @Override
  public boolean drained(long seat) {
    return member(seat).queue.empty();
  }

  @Override
  public void leave(long seat, OutcomeTally tally) {
    Member member = member(seat);
    member.queue.crash(tally);
    members.remove(seat);
    ready.remove(member);
    draining.remove(member);
  }

  private Member member(long seat) {
    Member member = members.get(seat);
    if (member == null) {
      throw new IllegalStateException("no replica has seat " + seat);
    }
    return member;
  }

  @Override
  public void serve(
      long window, int[] classCounts, int[] shardCounts, double holdNanos, OutcomeTally tally) {
    for (Member member : draining) {
      member.queue.idle(window, tally);
      count(member);
    }
    int n = ready.size();
    if (n == 0) {
      for (int c = 0; c < classes; c++) {
        tally.add(c, Outcome.FAILED, classCounts[c]);
      }
      return;
    }
    random.reseed(RandomStream.seed(seed, SPREAD, window));
    for (int c = 0; c < classes; c++) {
      if (spread[c].length < n) {
        spread[c] = new int[Math.max(n, 2 * spread[c].length)];
      }
      if (classCounts[c] > 0) {
        random.nextMultinomial(classCounts[c], spread[c], n);
        simulated += classCounts[c];
      } else {
        Arrays.fill(spread[c], 0, n, 0);
      }
    }
    serial.advance(shardCounts, n);
    batch.lengthen(serial.extras());
    double extraNanos = holdNanos;
    for (int i = 0; i < n; i++) {
      Member member = ready.get(i);
      for (int c = 0; c < classes; c++) {
        memberCounts[c] = spread[c][i];
      }
      double ageMs = (double) (window - member.joined) * windowMs;
      member.queue.serve(
          window,
          memberCounts,
          RandomStream.seed(seed, member.ordinal, window),
          behaviour.factor(ageMs) * member.crowded,
          extraNanos,
          batch,
          tally.counts(),
          tally.latencies(),
          1);
      count(member);
    }
  }

  private static void count(Member member) {
    member.utilisation += member.queue.utilisationRatio();
    member.windows++;
  }

  @Override
  public double busyRatio(long seat) {
    return member(seat).queue.utilisationRatio();
  }

  @Override
  public void crowd(long seat, double factor) {
    member(seat).crowded = factor;
  }

  @Override
  public ReplicaLoad load(long seat) {
    Member member = member(seat);
    double utilisation = member.windows == 0 ? 0 : member.utilisation / member.windows;
    member.utilisation = 0;
    member.windows = 0;
    return new ReplicaLoad(member.queue.inService(), member.queue.queued(), utilisation);
  }

  @Override
  public int ready() {
    return ready.size();
  }

  @Override
  public long simulatedRequests() {
    return simulated;
  }
}
