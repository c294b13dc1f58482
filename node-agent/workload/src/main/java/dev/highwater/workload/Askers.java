package dev.highwater.workload;

/**
 * Users who think about their next question: per criticality those whose last answer showed nothing
 * they want, and those who got no answer, who ask again sooner.
 *
 * <p>Both are reservoirs that empty exponentially. Touched by one thread at a time.
 */
final class Askers {
  private final double findRatio;
  private final long[] content;
  private final long[] unlucky;
  private final double contentLeaves;
  private final double unluckyLeaves;
  private final double contentStays;
  private final double unluckyStays;

  Askers(TrafficSpec.Requery spec, int levels, long windowMs) {
    this.findRatio = spec.findRatio();
    this.content = new long[levels];
    this.unlucky = new long[levels];
    this.contentLeaves = -StrictMath.expm1(-(double) windowMs / spec.thinkMs());
    this.unluckyLeaves = -StrictMath.expm1(-(double) windowMs / spec.unluckyThinkMs());
    // Patience is exponential and spent while thinking, so it has no memory to keep.
    this.contentStays = 1.0 / (1 + (double) spec.thinkMs() / spec.patienceMs());
    this.unluckyStays = 1.0 / (1 + (double) spec.unluckyThinkMs() / spec.patienceMs());
  }

  /** How many ask again in one window. */
  long ask(int level, RandomStream random) {
    long again = random.nextBinomial(content[level], contentLeaves);
    long retried = random.nextBinomial(unlucky[level], unluckyLeaves);
    content[level] -= again;
    unlucky[level] -= retried;
    return again + retried;
  }

  /** How many of {@code n} who were answered found what they look for; the others think. */
  long answered(int level, long n, boolean somethingLeft, RandomStream random) {
    long found = somethingLeft ? random.nextBinomial(n, findRatio) : 0;
    content[level] += random.nextBinomial(n - found, contentStays);
    return found;
  }

  /** Takes in {@code n} who got no answer; those without patience leave. */
  void unanswered(int level, long n, RandomStream random) {
    unlucky[level] += random.nextBinomial(n, unluckyStays);
  }
}
