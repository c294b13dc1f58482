package dev.highwater.kernel.sharing;

/**
 * In which portions a wish is granted that may not be granted whole, so that nobody takes all
 * before the others' turn.
 *
 * <p>It stands apart because what an event is promised must be given out as it will be. Stateless.
 */
public final class Portions {
  /** Turns in which a wish is granted when it is short. Chosen by us. */
  private static final int TURNS = 16;

  private Portions() {}

  /** Replicas of a wish that one turn grants; at least one. */
  public static int of(int wanted) {
    return Math.max(1, (wanted + TURNS - 1) / TURNS);
  }

  /**
   * Part of a target that is met, 1 when all is: of two services of one tenant the one of which
   * less is met comes first.
   *
   * @param target replicas that shall be; counts as one at least
   * @param lacking of them
   */
  public static double met(int target, int lacking) {
    return 1 - lacking / (double) Math.max(1, target);
  }
}
