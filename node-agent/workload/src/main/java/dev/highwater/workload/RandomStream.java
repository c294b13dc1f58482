package dev.highwater.workload;

/**
 * A seeded stream of random numbers, and the exact counting distributions drawn from it.
 *
 * <p>It exists because a rehearsal must draw the same numbers on every machine and JDK, and because
 * a live agent must be able to draw window {@code w} of replica {@code r} whatever came before:
 * seeds are stateless, {@link #seed(long, long...)} mixes the names of what is drawn. Only {@code
 * StrictMath} is used. Touched by one thread at a time.
 *
 * <p>Generator: SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators",
 * OOPSLA 2014); its state is a counter, so draws do not wait for each other.
 */
public final class RandomStream {

  /** The odd increment of SplitMix64: the golden ratio in 64 bits. */
  static final long GAMMA = 0x9e3779b97f4a7c15L;

  /** Means below this are drawn by inversion, above by rejection (Hoermann 1993 asks for >= 10). */
  private static final double INVERSION_MEAN_MAX = 10;

  private static final double TWO_POW_MINUS_53 = 0x1p-53;

  private long state;

  /**
   * @param seed any value; nearby seeds give unrelated streams
   */
  public RandomStream(long seed) {
    this.state = mix64(seed);
  }

  /** Starts the stream again from {@code seed}, so that one object serves many purposes. */
  public void reseed(long seed) {
    this.state = mix64(seed);
  }

  /** SplitMix64's output function: a bijection of 64 bits that lets every input bit reach all. */
  static long mix64(long z) {
    long x = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    x = (x ^ (x >>> 27)) * 0x94d049bb133111ebL;
    return x ^ (x >>> 31);
  }

  /**
   * The stateless seed of one purpose.
   *
   * @param root the scenario's seed
   * @param parts what is drawn, in a fixed order: for example purpose, service, replica, window
   */
  public static long seed(long root, long... parts) {
    long h = mix64(root + GAMMA);
    for (long part : parts) {
      h = mix64(h * 31 + mix64(part + GAMMA));
    }
    return h;
  }

  /** A 64-bit name for a string that is equal on every JVM (FNV-1a over UTF-16, then mixed). */
  public static long nameSeed(String name) {
    long h = 0xcbf29ce484222325L;
    for (int i = 0; i < name.length(); i++) {
      h = (h ^ name.charAt(i)) * 0x100000001b3L;
    }
    return mix64(h);
  }

  /** The next 64 random bits. */
  public long nextLong() {
    state += GAMMA;
    return mix64(state);
  }

  /** Uniform in [0, 1) with 53 random bits. */
  public double nextDouble() {
    return (nextLong() >>> 11) * TWO_POW_MINUS_53;
  }

  /** Uniform in (0, 1): safe as an argument of a logarithm. */
  public double nextOpenDouble() {
    return ((nextLong() >>> 12) + 0.5) * 0x1p-52;
  }

  /**
   * Uniform in [0, bound); the bias is below 2^-32 for every bound this package uses.
   *
   * @param bound 1..2^31-1
   */
  public int nextInt(int bound) {
    return (int) (((nextLong() >>> 32) * bound) >>> 32);
  }

  /** Exponential with mean 1. */
  public double nextExponential() {
    return -StrictMath.log(nextOpenDouble());
  }

  /**
   * A Poisson count, exact: sequential inversion for small means, PTRS above (W. Hoermann, "The
   * transformed rejection method for generating Poisson random variables", 1993).
   *
   * @param mean >= 0 and finite
   */
  public long nextPoisson(double mean) {
    if (!(mean >= 0) || mean > 1e15) {
      throw new IllegalArgumentException("mean must be in [0, 1e15]: " + mean);
    }
    if (mean < INVERSION_MEAN_MAX) {
      return poissonByInversion(mean);
    }
    double logMean = StrictMath.log(mean);
    double b = 0.931 + 2.53 * Math.sqrt(mean);
    double a = -0.059 + 0.02483 * b;
    double inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
    double vr = 0.9277 - 3.6224 / (b - 2);
    while (true) {
      double u = nextDouble() - 0.5;
      double v = nextOpenDouble();
      double us = 0.5 - Math.abs(u);
      double k = Math.floor((2 * a / us + b) * u + mean + 0.43);
      if (us >= 0.07 && v <= vr) {
        return (long) k;
      }
      if (k < 0 || (us < 0.013 && v > us)) {
        continue;
      }
      if (StrictMath.log(v) + StrictMath.log(inverseAlpha) - StrictMath.log(a / (us * us) + b)
          <= -mean + k * logMean - logFactorial(k)) {
        return (long) k;
      }
    }
  }

  private long poissonByInversion(double mean) {
    double probability = StrictMath.exp(-mean);
    double u = nextDouble();
    long k = 0;
    // The cap is far beyond the reach of a 53-bit uniform at mean 10; it only stops rounding loops.
    while (u >= probability && k < 200) {
      u -= probability;
      k++;
      probability *= mean / k;
    }
    return k;
  }

  /**
   * A binomial count, exact: inversion when few successes are expected, BTRS otherwise (W.
   * Hoermann, "The generation of binomial random variates", 1993).
   *
   * @param trials >= 0
   * @param probability clamped to [0, 1]
   */
  public long nextBinomial(long trials, double probability) {
    if (trials <= 0 || !(probability > 0)) {
      return 0;
    }
    if (probability >= 1) {
      return trials;
    }
    if (probability > 0.5) {
      return trials - nextBinomial(trials, 1 - probability);
    }
    if (trials * probability < INVERSION_MEAN_MAX) {
      return binomialByInversion(trials, probability);
    }
    return binomialByRejection(trials, probability);
  }

  private long binomialByInversion(long trials, double p) {
    double odds = p / (1 - p);
    double start = StrictMath.exp(trials * StrictMath.log1p(-p));
    double u = nextDouble();
    double probability = start;
    long k = 0;
    while (u >= probability && k < trials && k < 300) {
      u -= probability;
      k++;
      probability *= odds * (trials - k + 1) / k;
    }
    return k;
  }

  private long binomialByRejection(long n, double p) {
    double q = 1 - p;
    double spread = Math.sqrt(n * p * q);
    double b = 1.15 + 2.53 * spread;
    double a = -0.0873 + 0.0248 * b + 0.01 * p;
    double c = n * p + 0.5;
    double vr = 0.92 - 4.2 / b;
    double alpha = (2.83 + 5.1 / b) * spread;
    double logOdds = StrictMath.log(p / q);
    double mode = Math.floor((n + 1) * p);
    double h = logFactorial(mode) + logFactorial(n - mode);
    while (true) {
      double u = nextDouble() - 0.5;
      double v = nextOpenDouble();
      double us = 0.5 - Math.abs(u);
      double k = Math.floor((2 * a / us + b) * u + c);
      if (k < 0 || k > n) {
        continue;
      }
      if (us >= 0.07 && v <= vr) {
        return (long) k;
      }
      double bound = StrictMath.log(v * alpha / (a / (us * us) + b));
      if (bound <= h - logFactorial(k) - logFactorial(n - k) + (k - mode) * logOdds) {
        return (long) k;
      }
    }
  }

  /** ln(k!) by Stirling's series; the error is below 1e-10 (small k by table). */
  static double logFactorial(double k) {
    if (k < LOG_FACTORIALS.length) {
      return LOG_FACTORIALS[(int) k];
    }
    double x = k + 1;
    double inverse = 1 / x;
    double inverseSquare = inverse * inverse;
    return (x - 0.5) * StrictMath.log(x)
        - x
        + HALF_LOG_TWO_PI
        + inverse * (1.0 / 12 - inverseSquare * (1.0 / 360 - inverseSquare / 1260));
  }

  private static final double HALF_LOG_TWO_PI = 0.9189385332046727;

  private static final double[] LOG_FACTORIALS = new double[32];

  static {
    for (int k = 2; k < LOG_FACTORIALS.length; k++) {
      LOG_FACTORIALS[k] = LOG_FACTORIALS[k - 1] + StrictMath.log(k);
    }
  }

  /**
   * Spreads {@code balls} over bins of equal weight: the multinomial counts of random balancing.
   *
   * @param counts filled from index 0; every earlier content is lost
   * @param bins how many of {@code counts} are bins, >= 1
   */
  public void nextMultinomial(long balls, int[] counts, int bins) {
    if (balls < THROWN_PER_BIN_MAX * bins) {
      java.util.Arrays.fill(counts, 0, bins, 0);
      for (long i = 0; i < balls; i++) {
        counts[nextInt(bins)]++;
      }
      return;
    }
    long left = balls;
    for (int i = 0; i < bins; i++) {
      long here = nextBinomial(left, 1.0 / (bins - i));
      counts[i] = Math.toIntExact(here);
      left -= here;
    }
  }

  /** Below this mean, throwing each ball (about 3 ns) is cheaper than one binomial per bin. */
  private static final long THROWN_PER_BIN_MAX = 40;
}
