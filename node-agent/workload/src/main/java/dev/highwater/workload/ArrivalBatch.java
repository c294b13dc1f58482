package dev.highwater.workload;

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
  static final int SIZE = 512;

  private static final int GAP_CELLS = ServiceTimes.CELLS;

  /** Inverse table of the exponential law with mean 1: start and width of each cell. */
  private static final float[] GAPS = ServiceTimes.exponential(1).table();

  private static final double SERVICE_FRACTION = 0x1p-20;
  private static final double GAP_FRACTION = 0x1p-20;

  final double[] elapsed = new double[SIZE];
  final double[] service = new double[SIZE];
  final byte[] requestClass = new byte[SIZE];
  private final RandomStream random = new RandomStream(0);
  private long state;

  /** Starts the stream of one replica and window. */
  void start(long seed) {
    random.reseed(seed);
    state = random.nextLong();
  }

  /** The side stream: counts of a split, and tails. */
  RandomStream random() {
    return random;
  }

  /**
   * Draws {@code n} arrivals.
   *
   * @param left arrivals of each class not yet drawn; reduced by what is drawn
   * @param leftTotal their sum
   * @return the sum of all gaps, the one after the last arrival included: the span in the same unit
   *     as {@link #elapsed}
   */
  double draw(int n, ServiceTimes times, long[] left, int classes, long leftTotal) {
    float[] table = times.table();
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
      drawClasses(n, left, leftTotal);
    }
    return sum + random.nextExponential();
  }

  /** Sampling without replacement, so that every class keeps its exact count. */
  private void drawClasses(int n, long[] left, long leftTotal) {
    long total = leftTotal;
    long s = state ^ 0x5851f42d4c957f2dL;
    for (int i = 0; i < n; i++) {
      s += RandomStream.GAMMA;
      long ticket = ((RandomStream.mix64(s) >>> 32) * total) >>> 32;
      int c = 0;
      while (ticket >= left[c]) {
        ticket -= left[c];
        c++;
      }
      left[c]--;
      total--;
      requestClass[i] = (byte) c;
    }
  }
}
