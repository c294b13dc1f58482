package dev.highwater.workload;

import java.util.Arrays;

/**
 * The queue of one replica, every request by itself: c servers, first come first served, bounded,
 * with clients who give up.
 *
 * <p>No event heap: a Kiefer-Wolfowitz recursion over the servers' free times, held in a winner
 * tree of {@code long} nanoseconds (key = free time, then server). A window's arrivals are handled
 * in one visit; outcomes are told in the window <em>in which they happen</em>, so a crash turns
 * what is not told yet into failures.
 *
 * <p>Rules. An arrival that finds {@code queueLimit} others waiting is refused at once. A client
 * whose request has not started when its timeout ends leaves the queue, and the server skips the
 * request (chosen by us: a server that looks at the deadline before it starts, as gRPC's do). A
 * client whose request is in service when the timeout ends gives up too, but the server finishes
 * the work. Touched by one thread at a time; allocates nothing once its rings have grown.
 *
 * <p>Source of the recursion: Kiefer and Wolfowitz, "On the theory of queues with many servers",
 * 1955. O(1) test for a full queue: instants at which accepted requests leave the queue never go
 * back, so the queue is full exactly when the one accepted {@code queueLimit} before is still
 * there.
 */
public final class ReplicaQueue {

  /** Most request classes of one service. */
  public static final int CLASSES_MAX = 16;

  /** Times inside are relative to an origin that moves on when they pass this (18 minutes). */
  private static final long REBASE_NANOS = 1L << 40;

  /** A single request's work is cut at 73 minutes so that keys cannot overflow. */
  private static final double SERVICE_NANOS_MAX = 0x1p42;

  private static final int OUTCOME_SHIFT = 12;
  private static final int CLASS_SHIFT = 15;

  private final QueueShape shape;
  private final int leaves;
  private final int keyShift;
  private final float[] table;
  private final long[] tree;
  private final long[] leaving;
  private final int leavingMask;
  private final int slotMask;
  private final double windowsPerNano;
  // Per future window: outcomes to tell, each (class, outcome, histogram bin) in one int.
  private final int[][] pending;
  private final int[] pendingSize;

  private long originNanos;
  private long accepted;
  private long lastFinish;
  private long nextWindow = Long.MIN_VALUE;
  private int pendingTotal;
  private double residualNanos;
  private double workNanos;
  private double busyNanos;

  /** An empty queue. */
  public ReplicaQueue(QueueShape shape) {
    this.shape = shape;
    this.leaves = shape.servers() == 1 ? 1 : Integer.highestOneBit(shape.servers() - 1) << 1;
    this.keyShift = 32 - Integer.numberOfLeadingZeros(leaves - 1);
    this.table = shape.serviceTimes().table();
    this.tree = new long[2 * leaves];
    int ring = shape.queueLimit() == 0 ? 1 : Integer.highestOneBit(shape.queueLimit()) << 1;
    this.leaving = new long[ring];
    this.leavingMask = ring - 1;
    int slots = Integer.highestOneBit((int) (shape.timeoutNanos() / shape.windowNanos()) + 2) << 1;
    this.slotMask = slots - 1;
    this.pending = new int[slots][];
    this.pendingSize = new int[slots];
    this.windowsPerNano = 1.0 / shape.windowNanos();
    reset();
  }

  private void reset() {
    for (int i = 0; i < leaves; i++) {
      tree[leaves + i] = i < shape.servers() ? i : Long.MAX_VALUE;
    }
    rebuildTree();
    Arrays.fill(leaving, 0);
    Arrays.fill(pendingSize, 0);
    pendingTotal = 0;
    accepted = 0;
    lastFinish = 0;
    residualNanos = 0;
    busyNanos = 0;
  }

  private void rebuildTree() {
    for (int i = leaves - 1; i >= 1; i--) {
      tree[i] = Math.min(tree[2 * i], tree[2 * i + 1]);
    }
  }

  /** What the queue looks like. */
  public QueueShape shape() {
    return shape;
  }

  /**
   * Serves one window and tells the outcomes that happen in it.
   *
   * @param window index; each call's is larger than the one before
   * @param classCounts arrivals of each class in this window
   * @param seed of this replica and window
   * @param slowdown factor on every service time that starts now, > 0 (a cold cache, a noisy
   *     neighbour)
   * @param batch scratch space of the calling thread
   * @param tally what happened in the window is added to it; it has as many classes as {@code
   *     classCounts} or more
   */
  public void serve(
      long window,
      int[] classCounts,
      long seed,
      double slowdown,
      ArrivalBatch batch,
      OutcomeTally tally) {
    serve(window, classCounts, seed, slowdown, 0, batch, tally.counts(), tally.latencies(), 1);
  }

  /**
   * The same for a replica that stands for others.
   *
   * @param extraNanos added to every service time
   * @param counts of outcomes, each attempt once; index class * Outcome.COUNT + outcome
   * @param weight every latency counts so often
   */
  void serve(
      long window,
      int[] classCounts,
      long seed,
      double slowdown,
      double extraNanos,
      ArrivalBatch batch,
      long[] counts,
      LatencyHistogram latencies,
      long weight) {
    open(window, counts, latencies, weight);
    int parts = batch.start(seed, classCounts);
    double partNanos = (double) shape.windowNanos() / parts;
    double meanNanos = slowdown * shape.serviceTimes().meanNanos();
    long fromNanos = window * shape.windowNanos() - originNanos;
    for (int part = 0; part < parts; part++) {
      for (int n = batch.next(parts - part); n > 0; n = batch.rest()) {
        double span = batch.draw(n, shape.serviceTimes(), table, meanNanos);
        recur(
            n,
            fromNanos + part * partNanos,
            partNanos / span,
            meanNanos,
            extraNanos,
            batch,
            counts,
            latencies,
            weight);
      }
    }
    close(window);
  }

  /** Serves a window without arrivals. */
  public void idle(long window, OutcomeTally tally) {
    idle(window, tally.counts(), tally.latencies(), 1);
  }

  /** The same for a replica that stands for others. */
  void idle(long window, long[] counts, LatencyHistogram latencies, long weight) {
    open(window, counts, latencies, weight);
    close(window);
  }

  private void open(long window, long[] counts, LatencyHistogram latencies, long weight) {
    if (window < nextWindow) {
      throw new IllegalStateException(
          "windows must go forward: " + window + " after " + (nextWindow - 1));
    }
    // After a gap (a live agent that was held up) older outcomes are told now.
    if (nextWindow != Long.MIN_VALUE) {
      long from = Math.max(nextWindow, window - slotMask);
      for (long w = from; w < window; w++) {
        tell((int) (w & slotMask), counts, latencies, weight);
      }
    }
    tell((int) (window & slotMask), counts, latencies, weight);
    nextWindow = window + 1;
    long start = window * shape.windowNanos();
    if (start - originNanos > REBASE_NANOS) {
      rebase(start - originNanos);
    }
    workNanos = 0;
  }

  private void rebase(long delta) {
    for (int i = leaves; i < leaves + shape.servers(); i++) {
      long server = (long) i - leaves;
      long free = tree[i] >> keyShift;
      tree[i] = Math.max(0, free - delta) << keyShift | server;
    }
    rebuildTree();
    for (int i = 0; i < leaving.length; i++) {
      leaving[i] = Math.max(0, leaving[i] - delta);
    }
    lastFinish = Math.max(0, lastFinish - delta);
    originNanos += delta;
  }

  private void tell(int slot, long[] counts, LatencyHistogram latencies, long weight) {
    int n = pendingSize[slot];
    if (n == 0) {
      return;
    }
    int[] entries = pending[slot];
    long[] bins = latencies.counts();
    for (int i = 0; i < n; i++) {
      int entry = entries[i];
      counts[
          (entry >>> CLASS_SHIFT) * Outcome.COUNT
              + ((entry >>> OUTCOME_SHIFT) & ((1 << (CLASS_SHIFT - OUTCOME_SHIFT)) - 1))]++;
      bins[entry & ((1 << OUTCOME_SHIFT) - 1)] += weight;
    }
    latencies.counted(n * weight);
    pendingSize[slot] = 0;
    pendingTotal -= n;
  }

  private void recur(
      int n,
      double fromNanos,
      double scale,
      double meanNanos,
      double extraNanos,
      ArrivalBatch batch,
      long[] counts,
      LatencyHistogram latencies,
      long weight) {
    final double[] elapsed = batch.elapsed;
    final double[] service = batch.service;
    final byte[] requestClass = batch.requestClass;
    final long[] tr = tree;
    final int c = leaves;
    final int bits = keyShift;
    final long serverMask = c - 1L;
    final long[] ring = leaving;
    final int ringMask = leavingMask;
    final int queueLimit = shape.queueLimit();
    final long timeout = shape.timeoutNanos();
    final long slo = shape.sloNanos();
    final long[] bins = latencies.counts();
    final long windowEnd = nextWindow * shape.windowNanos() - originNanos;
    final boolean single = batch.classes() == 1;
    long k = accepted;
    long last = lastFinish;
    double work = 0;
    long told = 0;
    long top = tr[1];
    for (int i = 0; i < n; i++) {
      long arrival = (long) (fromNanos + elapsed[i] * scale);
      int base = single ? 0 : requestClass[i] * Outcome.COUNT;
      // Whether one waits is a coin toss, whether the queue is full is not: test only the latter.
      long gate = queueLimit == 0 ? top >> bits : ring[(int) (k - queueLimit) & ringMask];
      if (gate > arrival) {
        counts[base + REJECTED]++;
        continue;
      }
      long start = Math.max(arrival, top >> bits);
      long sojourn;
      int outcome;
      if (start - arrival > timeout) {
        sojourn = timeout;
        outcome = TIMED_OUT;
        ring[(int) k++ & ringMask] = arrival + timeout;
      } else {
        ring[(int) k++ & ringMask] = start;
        double time = service[i] * meanNanos + extraNanos;
        time = time > SERVICE_NANOS_MAX ? SERVICE_NANOS_MAX : time;
        work += time;
        long finish = start + (long) time;
        last = Math.max(last, finish);
        long server = top & serverMask;
        int p = c + (int) server;
        long v = finish << bits | server;
        tr[p] = v;
        while (p > 1) {
          v = Math.min(v, tr[p ^ 1]);
          p >>= 1;
          tr[p] = v;
        }
        top = v;
        sojourn = finish - arrival;
        outcome = (int) ((slo - sojourn) >>> 63);
        if (sojourn > timeout) {
          sojourn = timeout;
          outcome = TIMED_OUT;
        }
      }
      long end = arrival + sojourn;
      int bin = LatencyHistogram.bin(sojourn);
      if (end < windowEnd) {
        counts[base + outcome]++;
        bins[bin] += weight;
        told++;
      } else {
        int ahead = 1 + (int) ((end - windowEnd) * windowsPerNano);
        int requestClassIndex = single ? 0 : requestClass[i];
        postpone(
            (int) (nextWindow - 1 + ahead) & slotMask,
            requestClassIndex << CLASS_SHIFT | outcome << OUTCOME_SHIFT | bin);
      }
    }
    latencies.counted(told * weight);
    accepted = k;
    lastFinish = last;
    workNanos += work;
  }

  private static final int TIMED_OUT = Outcome.TIMED_OUT.index;
  private static final int REJECTED = Outcome.REJECTED.index;

  private void postpone(int slot, int entry) {
    int[] entries = pending[slot];
    int size = pendingSize[slot];
    if (entries == null || size == entries.length) {
      entries = entries == null ? new int[16] : Arrays.copyOf(entries, 2 * size);
      pending[slot] = entries;
    }
    entries[size] = entry;
    pendingSize[slot] = size + 1;
    pendingTotal++;
  }

  private void close(long window) {
    // Work assigned beyond the window's end is contiguous on every server, so the busy time is what
    // was left before, plus what came, minus what is left now.
    long end = (window + 1) * shape.windowNanos() - originNanos;
    double residual = 0;
    if (lastFinish > end) {
      for (int i = leaves; i < leaves + shape.servers(); i++) {
        residual += Math.max(0, (tree[i] >> keyShift) - end);
      }
    }
    busyNanos = Math.max(0, residualNanos + workNanos - residual);
    residualNanos = residual;
  }

  /** Share of the servers' time that was used in the last window, 0..1. */
  public double utilisationRatio() {
    return Math.min(1, busyNanos / ((double) shape.windowNanos() * shape.servers()));
  }

  /** Requests that wait at the end of the last window. */
  public int queued() {
    long end = nextWindow * shape.windowNanos() - originNanos;
    int waiting = 0;
    long oldest = Math.max(0, accepted - shape.queueLimit());
    for (long k = accepted - 1; k >= oldest && leaving[(int) k & leavingMask] > end; k--) {
      waiting++;
    }
    return waiting;
  }

  /** Servers at work at the end of the last window. */
  public int inService() {
    long end = nextWindow * shape.windowNanos() - originNanos;
    int busy = 0;
    if (lastFinish > end) {
      for (int i = leaves; i < leaves + shape.servers(); i++) {
        if (tree[i] >> keyShift > end) {
          busy++;
        }
      }
    }
    return busy;
  }

  /** Requests whose client still waits for an answer: arrived and not told yet. */
  public int outstanding() {
    return pendingTotal;
  }

  /** Whether nothing is left to do or to tell after the last window. */
  public boolean empty() {
    return pendingTotal == 0
        && lastFinish <= Math.max(0, nextWindow) * shape.windowNanos() - originNanos;
  }

  /** Windows from the end of the last one until the last request now accepted is finished. */
  long windowsToFinish() {
    long left = lastFinish - (nextWindow * shape.windowNanos() - originNanos);
    return left <= 0 ? 0 : 1 + left / shape.windowNanos();
  }

  /** The replica dies: whatever is not told yet fails now, and the queue is empty. */
  public void crash(OutcomeTally tally) {
    for (int slot = 0; slot <= slotMask; slot++) {
      int[] entries = pending[slot];
      for (int i = 0; i < pendingSize[slot]; i++) {
        tally.add(entries[i] >>> CLASS_SHIFT, Outcome.FAILED, 1);
      }
    }
    reset();
  }
}
