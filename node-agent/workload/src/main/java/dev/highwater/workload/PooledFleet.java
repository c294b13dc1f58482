package dev.highwater.workload;

import dev.highwater.model.Service;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Fidelity {@code request} under pooled balancing: one queue for all replicas, first come first
 * served; the next free place of any replica takes the head.
 *
 * <p>A winner tree over every place holds when it is free. A request is given to a place only in
 * the window in which it starts, so replicas that come or go in between are taken into account
 * exactly. The shared queue holds {@code queueLimit} per ready replica. Timeouts are those of
 * {@link ReplicaQueue}. Touched by one thread at a time.
 */
final class PooledFleet implements Fleet {

  /** Times are relative to the current window, so 2^43 ns (2.4 h) and 2^20 places fit one key. */
  private static final int KEY_SHIFT = 20;

  private static final long NEVER = Long.MAX_VALUE;

  /** Longest work of one request: 73 minutes. */
  private static final double SERVICE_NANOS_MAX = 0x1p42;

  private QueueShape shape;
  private float[] table;
  private final TrafficSpec.ReplicaBehaviour behaviour;
  private SerialStep serial;
  private final long seed;
  private final long windowMs;
  private final int classes;
  private final SortedMap<Long, Seat> seats = new TreeMap<>();
  private final ArrivalBatch batch = new ArrivalBatch();

  // Places: place p belongs to the seat that owns it; arrays grow by doubling.
  private int leaves = 8;
  private long[] tree = new long[2 * leaves];
  private long[] freeAt = new long[leaves];
  private long[] runArrival = new long[leaves];
  private long[] runEnd = new long[leaves];
  private byte[] runClass = new byte[leaves];
  private double[] unitNanos = new double[leaves];
  private long[] busy = new long[leaves];
  private int[] spare = new int[leaves];
  private int spares;
  private int places;

  // Requests that wait, oldest first, and when each left the queue, for the limit.
  private long[] waitArrival = new long[64];
  private double[] waitService = new double[64];
  private byte[] waitClass = new byte[64];
  private int waiting;
  private long[] leftAt = new long[64];
  private int leftCount;

  private int ready;
  private long nextSeat;
  private long lastWindow = Long.MIN_VALUE;
  private long simulated;
  private double extraNanos;

  private static final class Seat {
    final long joined;
    final int[] places;
    boolean draining;
    double crowded = 1;
    double busy;
    double utilisation;
    long windows;

    Seat(long joined, int[] places) {
      this.joined = joined;
      this.places = places;
    }
  }

  PooledFleet(
      Service service,
      TrafficSpec.ReplicaBehaviour behaviour,
      long seed,
      long windowMs,
      int classes) {
    this.shape = QueueShape.of(service, windowMs);
    this.table = shape.serviceTimes().table();
    this.behaviour = behaviour;
    this.serial = new SerialStep(service, windowMs);
    this.seed = seed;
    this.windowMs = windowMs;
    this.classes = classes;
    Arrays.fill(tree, NEVER);
    Arrays.fill(runEnd, NEVER);
  }

  @Override
  public void use(Service service) {
    shape = QueueShape.of(service, windowMs);
    table = shape.serviceTimes().table();
    serial = new SerialStep(service, windowMs);
  }

  @Override
  public long join(long ordinal, long window) {
    int[] taken = new int[shape.servers()];
    for (int i = 0; i < taken.length; i++) {
      taken[i] = spares > 0 ? spare[--spares] : newPlace();
      freeAt[taken[i]] = 0;
      runEnd[taken[i]] = NEVER;
      setLeaf(taken[i], (long) taken[i]);
    }
    ready++;
    long seat = nextSeat++;
    seats.put(seat, new Seat(window, taken));
    return seat;
  }

  private int newPlace() {
    if (places == leaves) {
      leaves *= 2;
      freeAt = Arrays.copyOf(freeAt, leaves);
      runArrival = Arrays.copyOf(runArrival, leaves);
      runClass = Arrays.copyOf(runClass, leaves);
      unitNanos = Arrays.copyOf(unitNanos, leaves);
      busy = Arrays.copyOf(busy, leaves);
      spare = Arrays.copyOf(spare, leaves);
      runEnd = Arrays.copyOf(runEnd, leaves);
      Arrays.fill(runEnd, places, leaves, NEVER);
      long[] grown = new long[2 * leaves];
      Arrays.fill(grown, NEVER);
      System.arraycopy(tree, places, grown, leaves, places);
      tree = grown;
      rebuild();
    }
    return places++;
  }

  private void rebuild() {
    for (int i = leaves - 1; i >= 1; i--) {
      tree[i] = Math.min(tree[2 * i], tree[2 * i + 1]);
    }
  }

  private void setLeaf(int place, long key) {
    int p = leaves + place;
    long v = key;
    tree[p] = v;
    while (p > 1) {
      v = Math.min(v, tree[p ^ 1]);
      p >>= 1;
      tree[p] = v;
    }
  }

  private Seat seat(long number) {
    Seat seat = seats.get(number);
    if (seat == null) {
      throw new IllegalStateException("no replica has seat " + number);
    }
    return seat;
  }

  @Override
  public void drain(long number) {
    Seat seat = seat(number);
    if (!seat.draining) {
      seat.draining = true;
      ready--;
      for (int place : seat.places) {
        setLeaf(place, NEVER);
      }
    }
  }

  @Override
  public boolean drained(long number) {
    for (int place : seat(number).places) {
      if (freeAt[place] > 0 || runEnd[place] != NEVER) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void leave(long number, OutcomeTally tally) {
    Seat seat = seat(number);
    drain(number);
    for (int place : seat.places) {
      if (runEnd[place] != NEVER) {
        tally.add(runClass[place], Outcome.FAILED, 1);
        runEnd[place] = NEVER;
      }
      freeAt[place] = 0;
      spare[spares++] = place;
    }
    seats.remove(number);
  }

  @Override
  public void serve(
      long window, int[] classCounts, int[] shardCounts, double holdNanos, OutcomeTally tally) {
    long windowNanos = shape.windowNanos();
    if (lastWindow != Long.MIN_VALUE) {
      shift((window - lastWindow) * windowNanos);
    }
    lastWindow = window;
    for (Seat seat : seats.values()) {
      double factor =
          shape.serviceTimes().meanNanos()
              * behaviour.factor((double) (window - seat.joined) * windowMs)
              * seat.crowded;
      for (int place : seat.places) {
        unitNanos[place] = factor;
        busy[place] = Math.min(freeAt[place], windowNanos);
        tellRunning(place, windowNanos, tally);
      }
    }
    leftCount = 0;
    serial.advance(shardCounts, ready);
    batch.lengthen(serial.extras());
    extraNanos = holdNanos;
    serveWaiting(windowNanos, tally);
    for (int c = 0; c < classes; c++) {
      if (ready == 0) {
        tally.add(c, Outcome.FAILED, classCounts[c]);
      } else {
        simulated += classCounts[c];
      }
    }
    if (ready > 0) {
      serveArrivals(window, windowNanos, classCounts, tally);
    }
    expireWaiting(windowNanos, tally);
    for (Seat seat : seats.values()) {
      long sum = 0;
      for (int place : seat.places) {
        sum += busy[place];
      }
      seat.busy = sum / ((double) windowNanos * seat.places.length);
      seat.utilisation += seat.busy;
      seat.windows++;
    }
  }

  /** Moves the origin of time to the new window's start. */
  private void shift(long nanos) {
    for (int place = 0; place < places; place++) {
      freeAt[place] = Math.max(0, freeAt[place] - nanos);
      runArrival[place] -= nanos;
      if (runEnd[place] != NEVER) {
        runEnd[place] -= nanos;
      }
      if (tree[leaves + place] != NEVER) {
        tree[leaves + place] = freeAt[place] << KEY_SHIFT | place;
      }
    }
    rebuild();
    for (int i = 0; i < waiting; i++) {
      waitArrival[i] -= nanos;
    }
  }

  private void tellRunning(int place, long windowNanos, OutcomeTally tally) {
    if (runEnd[place] < windowNanos) {
      tell(runClass[place], runEnd[place] - runArrival[place], tally);
      runEnd[place] = NEVER;
    }
  }

  private void tell(int requestClass, long sojourn, OutcomeTally tally) {
    Outcome outcome =
        sojourn > shape.timeoutNanos()
            ? Outcome.TIMED_OUT
            : sojourn > shape.sloNanos() ? Outcome.LATE : Outcome.SERVED;
    tally.add(requestClass, outcome, 1);
    tally.latencies().add(Math.min(sojourn, shape.timeoutNanos()));
  }

  private void serveWaiting(long windowNanos, OutcomeTally tally) {
    int done = 0;
    while (done < waiting && tree[1] >> KEY_SHIFT < windowNanos) {
      start(waitArrival[done], waitService[done], waitClass[done], windowNanos, tally);
      done++;
    }
    waiting -= done;
    System.arraycopy(waitArrival, done, waitArrival, 0, waiting);
    System.arraycopy(waitService, done, waitService, 0, waiting);
    System.arraycopy(waitClass, done, waitClass, 0, waiting);
    // Those that still wait leave the queue in this window only by their timeout.
    for (int i = 0; i < waiting; i++) {
      noteLeft(waitArrival[i] + shape.timeoutNanos());
    }
  }

  private void serveArrivals(long window, long windowNanos, int[] classCounts, OutcomeTally tally) {
    long limit = (long) shape.queueLimit() * ready;
    int parts = batch.start(RandomStream.seed(seed, window), classCounts);
    double partNanos = (double) windowNanos / parts;
    int gone = 0;
    for (int part = 0; part < parts; part++) {
      for (int n = batch.next(parts - part); n > 0; n = batch.rest()) {
        // The place is not known yet: at one that is slower than declared this takes longer too.
        double span = batch.draw(n, shape.serviceTimes(), table, shape.serviceTimes().meanNanos());
        double scale = partNanos / span;
        for (int i = 0; i < n; i++) {
          long arrival = (long) (part * partNanos + batch.elapsed[i] * scale);
          int requestClass = batch.classes() == 1 ? 0 : batch.requestClass[i];
          while (gone < leftCount && leftAt[gone] <= arrival) {
            gone++;
          }
          boolean waits = tree[1] >> KEY_SHIFT > arrival;
          if (waits && leftCount - gone >= limit) {
            tally.add(requestClass, Outcome.REJECTED, 1);
          } else if (waiting > 0 || Math.max(arrival, tree[1] >> KEY_SHIFT) >= windowNanos) {
            putInLine(arrival, batch.service[i], (byte) requestClass);
          } else {
            start(arrival, batch.service[i], (byte) requestClass, windowNanos, tally);
          }
        }
      }
    }
  }

  private void putInLine(long arrival, double service, byte requestClass) {
    if (waiting == waitArrival.length) {
      waitArrival = Arrays.copyOf(waitArrival, 2 * waiting);
      waitService = Arrays.copyOf(waitService, 2 * waiting);
      waitClass = Arrays.copyOf(waitClass, 2 * waiting);
    }
    waitArrival[waiting] = arrival;
    waitService[waiting] = service;
    waitClass[waiting] = requestClass;
    waiting++;
    noteLeft(arrival + shape.timeoutNanos());
  }

  private void noteLeft(long at) {
    if (leftCount == leftAt.length) {
      leftAt = Arrays.copyOf(leftAt, 2 * leftCount);
    }
    leftAt[leftCount++] = at;
  }

  private void start(
      long arrival, double service, byte requestClass, long windowNanos, OutcomeTally tally) {
    long top = tree[1];
    long start = Math.max(arrival, top >> KEY_SHIFT);
    if (start - arrival > shape.timeoutNanos()) {
      noteLeft(arrival + shape.timeoutNanos());
      tell(requestClass, shape.timeoutNanos() + 1, tally);
      return;
    }
    noteLeft(start);
    int place = (int) (top & ((1 << KEY_SHIFT) - 1));
    long finish =
        start + (long) Math.min(service * unitNanos[place] + extraNanos, SERVICE_NANOS_MAX);
    freeAt[place] = finish;
    busy[place] += Math.min(finish, windowNanos) - start;
    setLeaf(place, finish << KEY_SHIFT | place);
    // The client stops waiting at its timeout although the place goes on working.
    long end = Math.min(finish, arrival + shape.timeoutNanos() + 1);
    if (end < windowNanos) {
      tell(requestClass, finish - arrival, tally);
    } else {
      runArrival[place] = arrival;
      runEnd[place] = end;
      runClass[place] = requestClass;
    }
  }

  private void expireWaiting(long windowNanos, OutcomeTally tally) {
    int done = 0;
    while (done < waiting && waitArrival[done] + shape.timeoutNanos() < windowNanos) {
      tell(waitClass[done], shape.timeoutNanos() + 1, tally);
      done++;
    }
    waiting -= done;
    System.arraycopy(waitArrival, done, waitArrival, 0, waiting);
    System.arraycopy(waitService, done, waitService, 0, waiting);
    System.arraycopy(waitClass, done, waitClass, 0, waiting);
  }

  @Override
  public double busyRatio(long number) {
    return seat(number).busy;
  }

  @Override
  public void crowd(long number, double factor) {
    seat(number).crowded = factor;
  }

  @Override
  public ReplicaLoad load(long number) {
    Seat seat = seat(number);
    int inFlight = 0;
    for (int place : seat.places) {
      inFlight += freeAt[place] > shape.windowNanos() ? 1 : 0;
    }
    double utilisation = seat.windows == 0 ? 0 : seat.utilisation / seat.windows;
    seat.utilisation = 0;
    seat.windows = 0;
    long queued = seat.draining || ready == 0 ? 0 : (waiting + ready - 1L) / ready;
    return new ReplicaLoad(inFlight, queued, utilisation);
  }

  @Override
  public int ready() {
    return ready;
  }

  @Override
  public long simulatedRequests() {
    return simulated;
  }
}
