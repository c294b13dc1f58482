package dev.highwater.kernel.sizing;

import java.util.Locale;

/**
 * Prints the second and the third table of scheduler/kernel/sizing.md: the share of late requests
 * that the formula foretells and that a simulation has, over a grid of balancing, concurrency, scv,
 * promise and load, and where more is promised than 99 %. Run by hand; {@link SizerCalibrationTest}
 * holds part of the grid on every build.
 */
final class SizingErrors {
  static final double SERVICE_MS = 40;
  static final int REPLICAS = 4;
  static final double QUANTILE = 0.99;
  static final long SEED = 20_260_101;

  private static final int REQUESTS = 2_000_000;
  private static final double[] LOADS = {0.5, 0.7, 0.85, 1};

  /** Few of them are late where 99.999 % are promised. */
  private static final int REQUESTS_OF_STRICT = 40_000_000;

  private SizingErrors() {}

  static ReplicaModel model(boolean pooled, int concurrency, double scv, double limit) {
    return model(pooled, concurrency, scv, limit, QUANTILE);
  }

  static ReplicaModel model(
      boolean pooled, int concurrency, double scv, double limit, double quantile) {
    return new ReplicaModel(
        concurrency,
        SERVICE_MS,
        scv,
        QueueSimulation.law(scv),
        limit * SERVICE_MS,
        quantile,
        pooled);
  }

  public static void main(String[] arguments) {
    for (boolean pooled : new boolean[] {false, true}) {
      for (int concurrency : new int[] {1, 4, 8, 32}) {
        for (double scv : new double[] {0, 0.25, 1, 4}) {
          for (double limit : new double[] {6.25, 12.5}) {
            row(pooled, concurrency, scv, limit);
          }
        }
      }
    }
    System.out.println();
    for (int concurrency : new int[] {4, 8, 32}) {
      for (double scv : new double[] {0.25, 1}) {
        for (double quantile : new double[] {0.999, 0.9999, 0.99999}) {
          strictRow(concurrency, scv, scv == 1 ? 20 : 10, quantile);
        }
      }
    }
  }

  private static void strictRow(int concurrency, double scv, double limit, double quantile) {
    ReplicaModel model = model(false, concurrency, scv, limit, quantile);
    Sizer sizer = new Sizer(model);
    double safe = sizer.safeRate(REPLICAS);
    double late = QueueSimulation.lateRatio(model, REPLICAS, safe, REQUESTS_OF_STRICT, SEED);
    System.out.println(
        String.format(
            Locale.ROOT,
            "| %d | %s | %s | %s | %.3f | %.4f / %.4f |",
            concurrency,
            plain(scv),
            plain(limit),
            plain(Math.rint(1e5 * quantile) / 1_000),
            safe * SERVICE_MS / 1_000 / (concurrency * REPLICAS),
            100 * sizer.violationRatio(safe, REPLICAS),
            100 * late));
  }

  private static void row(boolean pooled, int concurrency, double scv, double limit) {
    ReplicaModel model = model(pooled, concurrency, scv, limit);
    Sizer sizer = new Sizer(model);
    if (!sizer.promiseReachable()) {
      return;
    }
    double safe = sizer.safeRate(REPLICAS);
    StringBuilder line =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "| %s | %d | %s | %s | %.3f |",
                pooled ? "pooled" : "random",
                concurrency,
                plain(scv),
                plain(limit),
                safe * SERVICE_MS / 1_000 / (concurrency * REPLICAS)));
    for (double load : LOADS) {
      line.append(
          String.format(
              Locale.ROOT,
              " %.3f / %.3f |",
              100 * sizer.violationRatio(load * safe, REPLICAS),
              100 * QueueSimulation.lateRatio(model, REPLICAS, load * safe, REQUESTS, SEED)));
    }
    System.out.println(line);
  }

  private static String plain(double value) {
    return value == Math.rint(value) ? Integer.toString((int) value) : Double.toString(value);
  }
}
