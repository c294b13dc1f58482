package dev.highwater.http.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.ext.unit.Async;
import io.vertx.ext.unit.TestSuite;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** Goal: a failing case of a suite fails a JUnit test; a passing one passes it. */
@ExtendWith(SuiteExtension.class)
class SuiteRunnerTest {

  @TestFactory
  Stream<DynamicTest> casesMayWaitForTheEventLoop(SuiteRunner runner) throws Exception {
    return runner.run(
        TestSuite.create("waits")
            .test(
                "until a timer fires",
                context -> {
                  Async async = context.async();
                  runner.vertx().setTimer(1, id -> async.complete());
                }));
  }

  @Test
  void failingCaseFailsItsOwnTestOnly(SuiteRunner runner) throws Exception {
    List<DynamicTest> tests =
        runner
            .run(
                TestSuite.create("mixed")
                    .test("good", context -> context.assertEquals(1, 1))
                    .test("bad", context -> context.assertEquals(1, 2)))
            .toList();

    assertThat(tests).extracting(DynamicTest::getDisplayName).containsExactly("good", "bad");
    assertThatThrownBy(() -> tests.get(1).getExecutable().execute())
        .isInstanceOf(AssertionError.class);
    try {
      tests.get(0).getExecutable().execute();
    } catch (Throwable failure) {
      throw new AssertionError("the good case must pass", failure);
    }
  }

  @Test
  void failingSetUpFailsTheFactory(SuiteRunner runner) {
    assertThatThrownBy(
            () ->
                runner.run(
                    TestSuite.create("broken")
                        .before(
                            context -> {
                              throw new IllegalStateException("no server");
                            })
                        .test("never runs", context -> {})))
        .isInstanceOf(ExecutionException.class)
        .hasRootCauseMessage("no server");
  }
}
