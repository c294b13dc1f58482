package dev.highwater.http.testing;

import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives a JUnit 5 test class a {@link SuiteRunner} (or a bare {@link Vertx}) as a method parameter.
 *
 * <p>Why: tests of HTTP and of the agent protocol are written as Vert.x Unit suites, and this is
 * the one bridge that lets the same build run them. All methods of one class share one Vert.x,
 * which is closed after the class. Use:
 *
 * <pre>{@code
 * @ExtendWith(SuiteExtension.class)
 * class GreetingTest {
 *   @TestFactory
 *   Stream<DynamicTest> greets(SuiteRunner runner) {
 *     return runner.run(TestSuite.create("greets").test("politely", context -> ...));
 *   }
 * }
 * }</pre>
 */
public final class SuiteExtension implements ParameterResolver {

  private static final Namespace NAMESPACE = Namespace.create(SuiteExtension.class);

  /** Creates the extension; JUnit does this. */
  public SuiteExtension() {}

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == SuiteRunner.class || type == Vertx.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Vertx vertx = vertxOf(context);
    return parameter.getParameter().getType() == Vertx.class ? vertx : new SuiteRunner(vertx);
  }

  private static Vertx vertxOf(ExtensionContext context) {
    ExtensionContext ofClass = context;
    while (ofClass.getTestMethod().isPresent() && ofClass.getParent().isPresent()) {
      ofClass = ofClass.getParent().get();
    }
    return ofClass
        .getStore(NAMESPACE)
        .getOrComputeIfAbsent(Vertx.class, key -> new OwnedVertx(Vertx.vertx()), OwnedVertx.class)
        .vertx();
  }

  /** Closed by JUnit together with the store of the test class. */
  private record OwnedVertx(Vertx vertx) implements AutoCloseable {
    @Override
    public void close() throws TimeoutException {
      vertx.close().await(20, TimeUnit.SECONDS);
    }
  }
}
