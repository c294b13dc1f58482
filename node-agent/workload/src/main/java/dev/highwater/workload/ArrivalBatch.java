package dev.highwater.workload;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A few hundred arrivals of one replica: instants, service times and classes, drawn ahead of the
 * queue's recursion.
 *
 * <p>Given their number, Poisson arrivals in a span are sorted uniforms, and those are normalised
 * sums of exponentials: one pass draws the sums, the queue scales them. Both variates come from ONE
 * 64-bit draw. A batch is scratch space: share one among the queues of a thread.
 */
public final class ArrivalBatch {

  /** Small enough that the arrays stay in the first-level cache. */
  static final int SIZE = 1024;

  private static final int GAP_CELLS = ServiceTimes.CELLS;

  /** Inverse table of the exponential law with mean 1: start and width of each cell. */
  private static final float[] GAPS = ServiceTimes.exponential(1).table();

  /**
   * Other draws of a batch begin at its state, XORed with a constant of their own, so that they are
   * streams of their own beside the arrivals' and change none of these. Any constants far from 0
   * and from each other would do; these are well mixed: the multipliers of Vigna's xorshift64* and
   * of Knuth's MMIX generator.
   */
  private static final long EXTRAS_STREAM = 0x2545f4914f6cdd1dL;

  private static final long CLASSES_STREAM = 0x5851f42d4c957f2dL;

  private static final double SERVICE_FRACTION = 0x1p-20;
  private static final double GAP_FRACTION = 0x1p-20;

  final double[] elapsed = new double[SIZE];
  final double[] service = new double[SIZE];
  final byte[] requestClass = new byte[SIZE];
  private final RandomStream random = new RandomStream(0);
  private final long[] left = new long[ReplicaQueue.CLASSES_MAX];
  private final long[] part = new long[ReplicaQueue.CLASSES_MAX];
  private final int[] batch = new int[ReplicaQueue.CLASSES_MAX];
  private int classes = 1;
  private @Nullable ExtraTimes extras;
  private long state;

  /** Service times drawn from now on are longer by these, each request's drawn by itself. */
  void lengthen(ExtraTimes by) {
    extras = by.size() == 0 ? null : by;
  }

  /**
   * Begins the arrivals of one replica and window.
   *
   * @return parts of equal length in which the window's arrivals are drawn; 0 if there are none
   */
  int start(long seed, int[] classCounts) {
    long total = 0;
    classes = 1;
    for (int c = 0; c < classCounts.length; c++) {
      left[c] = classCounts[c];
      total += classCounts[c];
      classes = classCounts[c] > 0 ? c + 1 : classes;
    }
    if (total > 0) {
      random.reseed(seed);
      state = random.nextLong();
    }
    return (int) ((total + SIZE / 2 - 1) / (SIZE / 2));
  }

  /** Number of classes up to the last that arrives in this window. */
  int classes() {
    return classes;
  }

  /**
   * Goes on to the next part: each arrival left falls into it with the same chance.
   *
   * @param partsLeft this one included
   * @return arrivals of the first batch, as {@link #rest} gives them
   */
  int next(int partsLeft) {
    for (int c = 0; c < classes; c++) {
      part[c] = partsLeft == 1 ? left[c] : random.nextBinomial(left[c], 1.0 / partsLeft);
      left[c] -= part[c];
    }
    return rest();
  }

  /** Takes arrivals of the part that fit into a batch; a second batch of a part is very rare. */
  int rest() {
    int n = 0;
    for (int c = 0; c < classes; c++) {
      batch[c] = (int) Math.min(part[c], SIZE - n);
      part[c] -= batch[c];
      n += batch[c];
    }
    return n;
  }

  /**
   * Draws the {@code n} arrivals of the batch; service times have mean 1.
   *
   * @param table of {@code times}
   * @param meanNanos what a service time of 1 stands for, in ns
   * @return the sum of all gaps, the one after the last arrival included: the span in the same unit
   *     as {@link #elapsed}
   */
  double draw(int n, ServiceTimes times, float[] table, double meanNanos) {
    long s = state;
    double sum = 0;
    for (int i = 0; i < n; i++) {
      s += RandomStream.GAMMA;
      long z = RandomStream.mix64(s);
      int cell = (int) (z >>> 52);
      int gap = (int) (z >>> 20) & (GAP_CELLS - 1);
      double time =
          table[2 * cell] + table[2 * cell + 1] * (((int) (z >>> 32) & 0xfffff) * SERVICE_FRACTION);
      double step = GAPS[2 * gap] + GAPS[2 * gap + 1] * (((int) z & 0xfffff) * GAP_FRACTION);
      // Once in 2,048 draws: a straight piece would cut the tail off.
      if (cell == ServiceTimes.CELLS - 1 || gap == GAP_CELLS - 1) {
        if (cell == ServiceTimes.CELLS - 1) {
          time = times.drawTail(random);
        }
        if (gap == GAP_CELLS - 1) {
          step = StrictMath.log(GAP_CELLS) + random.nextExponential();
        }
      }
      sum += step;
      elapsed[i] = sum;
      service[i] = time;
    }
    state = s;
    if (classes > 1) {
      drawClasses(n);
    }
    if (extras != null) {
      addExtras(n, extras, meanNanos);
    }
    return sum + random.nextExponential();
  }

  private void addExtras(int n, ExtraTimes by, double meanNanos) {
    long s = state ^ EXTRAS_STREAM;
    for (int i = 0; i < n; i++) {
      s += RandomStream.GAMMA;
      service[i] += by.draw((RandomStream.mix64(s) >>> 11) * 0x1p-53) / meanNanos;
    }
  }

  /**
   * Every order of the classes is as likely as any other: the largest class takes all places, the
   * others are put on places drawn among what is left of it.
   */
  private void drawClasses(int n) {
    int largest = 0;
    for (int c = 1; c < classes; c++) {
      largest = batch[c] > batch[largest] ? c : largest;
    }
    Arrays.fill(requestClass, 0, n, (byte) largest);
    long s = state ^ CLASSES_STREAM;
    for (int c = 0; c < classes; c++) {
      for (int left = c == largest ? 0 : batch[c]; left > 0; ) {
        s += RandomStream.GAMMA;
        int place = (int) (((RandomStream.mix64(s) >>> 32) * n) >>> 32);
        if (requestClass[place] == largest) {
          requestClass[place] = (byte) c;
          left--;
        }
      }
    }
  }
}
