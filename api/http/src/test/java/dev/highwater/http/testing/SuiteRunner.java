package dev.highwater.http.testing;

import io.vertx.core.Vertx;
import io.vertx.ext.unit.TestSuite;
import io.vertx.ext.unit.impl.TestSuiteImpl;
import io.vertx.ext.unit.impl.TestSuiteRunner;
import io.vertx.ext.unit.report.TestResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.DynamicTest;

/**
 * Runs a Vert.x Unit suite to its end and shows each of its cases as one JUnit test.
 *
 * <p>The cases run on an event loop, one after the other, in the order they were added; JUnit's
 * thread waits. It goes through Vert.x Unit's own runner class because the public {@code run}
 * methods tell only the first failure of a whole suite.
 */
public final class SuiteRunner {

  /** Longest time that one case may take; chosen by us, ten times the slowest case here. */
  private static final long CASE_TIMEOUT_MS = 30_000;

  /** Longest time that a suite may take before JUnit stops waiting. */
  private static final long SUITE_TIMEOUT_MS = 300_000;

  private final Vertx vertx;

  SuiteRunner(Vertx vertx) {
    this.vertx = vertx;
  }

  /** Returns the Vert.x that runs the suites of this test class. */
  public Vertx vertx() {
    return vertx;
  }

  /**
   * Runs the suite now.
   *
   * @return one test for each case, in order, which fails exactly if the case failed
   */
  public Stream<DynamicTest> run(TestSuite suite) throws Exception {
    CompletableFuture<List<TestResult>> ended = new CompletableFuture<>();
    TestSuiteRunner runner = ((TestSuiteImpl) suite).runner();
    runner
        .setVertx(vertx)
        .setUseEventLoop(true)
        .setTimeout(CASE_TIMEOUT_MS)
        .setReporter(
            report -> {
              List<TestResult> results = new ArrayList<>();
              report.exceptionHandler(ended::completeExceptionally); // before or after failed
              report.handler(testCase -> testCase.endHandler(results::add));
              report.endHandler(end -> ended.complete(List.copyOf(results)));
            })
        .run();
    List<TestResult> results = ended.get(SUITE_TIMEOUT_MS, TimeUnit.MILLISECONDS);
    if (results.size() != runner.getTests().size()) {
      Assertions.fail(
          "only " + results.size() + " of " + runner.getTests().size() + " cases of the suite ran");
    }
    return results.stream()
        .map(result -> DynamicTest.dynamicTest(result.name(), () -> rethrow(result)));
  }

  private static void rethrow(TestResult result) throws Throwable {
    if (result.failed()) {
      throw result.failure().cause();
    }
  }
}
