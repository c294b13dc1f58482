package dev.highwater.kernel.sizing;

/**
 * Probability of waiting in a queue with many servers (Erlang's second formula).
 *
 * <p>Computed by the recursion of Erlang's first formula, {@code B(n) = a B(n-1) / (n + a B(n-1))},
 * which neither overflows nor loses digits. For many servers the recursion starts late: it forgets
 * its start by the factor n/a in each step below the load, so 12 square roots of the load below it
 * the start 1 - n/a is wrong by less than exp(-70) at the end.
 */
final class ErlangC {
  private ErlangC() {}

  /**
   * @param servers at least 1
   * @param load offered load in servers (arrival rate x mean service time), at least 0
   * @return probability that an arrival waits, 0..1; 1 when the load is not below the servers
   */
  static double waits(int servers, double load) {
    if (load <= 0) {
      return 0;
    }
    if (load >= servers) {
      return 1;
    }
    int start = (int) Math.max(0, Math.floor(load - 12 * Math.sqrt(load)));
    double blocked = start == 0 ? 1 : 1 - start / load;
    for (int n = start + 1; n <= servers; n++) {
      blocked = load * blocked / (n + load * blocked);
    }
    return blocked / (1 - load / servers * (1 - blocked));
  }
}
