package dev.highwater.client;

import dev.highwater.model.ErrorCode;
import dev.highwater.model.Problem;

/**
 * Says that a server answered with a problem document: what was wrong, and what to do. Immutable.
 */
public final class ProblemException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final transient Problem problem;

  /** Wraps what the server said. */
  public ProblemException(Problem problem) {
    super(words(problem));
    this.problem = problem;
  }

  /** The stable code, for programs. */
  public ErrorCode code() {
    return problem.code();
  }

  /** All that the server said. */
  public Problem problem() {
    return problem;
  }

  private static String words(Problem problem) {
    // Many details end in the remedy already, since both are made of one refusal.
    return problem.remedy() == null || problem.detail().contains(problem.remedy())
        ? problem.detail()
        : problem.detail() + "; " + problem.remedy();
  }
}
