package dev.highwater.workload;

/**
 * The mean factor by which neighbours slow replicas that share one simulated queue. Touched by one
 * thread at a time.
 */
final class Crowding {
  private double sum;
  private int told;
  private double last = 1;

  /** One of the replicas is slowed by {@code factor} in the next window. */
  void add(double factor) {
    sum += factor;
    told++;
  }

  /** The mean of what was told since this was asked last, or of before when nothing was. */
  double mean() {
    if (told > 0) {
      last = sum / told;
      sum = 0;
      told = 0;
    }
    return last;
  }
}
