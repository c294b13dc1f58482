package dev.highwater.cli;

import dev.highwater.client.HighwaterClient;
import dev.highwater.client.ProblemException;
import dev.highwater.client.UnreachableException;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.json.ModelJson;
import java.io.PrintWriter;
import java.net.URI;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/**
 * A command that talks to a server: data goes to standard output, one line per mistake to standard
 * error. Exit codes: 0 done, 1 refused or not reached, 2 wrong input that was seen before anything
 * was changed.
 */
@Command(mixinStandardHelpOptions = true)
abstract class Verb implements Callable<Integer> {
  static final int DONE = 0;
  static final int REFUSED = 1;

  @Spec CommandSpec spec;

  @Option(
      names = "--server",
      paramLabel = "URL",
      defaultValue = "${HIGHWATER_SERVER:-http://127.0.0.1:8080}",
      description =
          "Where the server is (environment HIGHWATER_SERVER; default http://127.0.0.1:8080).")
  URI server;

  /** Does the work. */
  abstract int run(HighwaterClient client);

  @Override
  public final Integer call() {
    HighwaterClient client;
    try {
      client = new HighwaterClient(address());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--server: " + e.getMessage(), e);
    }
    try {
      return run(client);
    } catch (UnreachableException e) {
      return told(e.advising("highwater dev", "--server"), REFUSED);
    } catch (ProblemException | RefusedException e) {
      return told(e.getMessage(), REFUSED);
    } catch (InvalidInputException e) {
      return told(e.getMessage(), spec.exitCodeOnInvalidInput());
    } finally {
      out().flush();
    }
  }

  private int told(@Nullable String mistake, int code) {
    spec.commandLine().getErr().println("highwater: " + mistake);
    return code;
  }

  /** The address given after the verb, or else before it, or else by environment or default. */
  private URI address() {
    ParseResult before = spec.root().commandLine().getParseResult();
    boolean after = spec.commandLine().getParseResult().hasMatchedOption("--server");
    return !after && before.hasMatchedOption("--server")
        ? before.matchedOptionValue("--server", server)
        : server;
  }

  /** Makes something of what an option was given; a mistake in it then names the option. */
  static <T> T given(String option, Supplier<T> made) {
    try {
      return made.get();
    } catch (InvalidInputException e) {
      throw new InvalidInputException(e.code(), option, e.value(), e.remedy());
    }
  }

  PrintWriter out() {
    return spec.commandLine().getOut();
  }

  /** Prints a model value as JSON, whose fields are stable. */
  void printJson(@Nullable Object value) {
    out().println(value == null ? "null" : ModelJson.toTree(value).toPrettyString());
  }

  /** The server's time as far as snapshots tell it, so that ages do not depend on our clock. */
  static long nowMs(List<CellSnapshot> snapshots) {
    return snapshots.stream()
        .mapToLong(CellSnapshot::nowMs)
        .max()
        .orElseGet(System::currentTimeMillis);
  }

  /** How much is printed. */
  enum Output {
    /** A table for people; its columns may change. */
    TABLE,
    /** A table with more columns. */
    WIDE,
    /** Everything, for programs; its fields are stable. */
    JSON
  }

  /** Reads the {@code -o} option. */
  Output output(@Nullable String text) {
    if (text == null) {
      return Output.TABLE;
    }
    return switch (text) {
      case "wide" -> Output.WIDE;
      case "json" -> Output.JSON;
      default ->
          throw new ParameterException(spec.commandLine(), "-o must be wide or json: " + text);
    };
  }
}
