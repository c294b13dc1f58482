package dev.highwater.launcher.dev;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * This program with other arguments, as a process of its own that ends with this one.
 *
 * <p>It is asked to end by closing its standard input, which also happens when this process is
 * killed. Ctrl-C, which a terminal sends to every process on it, is ignored there, so that who
 * started it decides what ends first. Thread-safe.
 */
final class ChildProcess implements AutoCloseable {
  /** Longer than a child waits for its own parts. */
  private static final int END_SECONDS = 25;

  private final Process process;
  private final OutputStream input;
  private final Thread reader;

  private ChildProcess(Process process, Consumer<String> line) {
    this.process = process;
    input = process.getOutputStream();
    reader = new Thread(() -> read(line), "output-" + process.pid());
    reader.setDaemon(true);
    reader.start();
  }

  /**
   * Starts it.
   *
   * @param errors file for its standard error; null for this process's own
   * @param line told each line that it says, on a thread of its own
   */
  static ChildProcess start(List<String> arguments, @Nullable Path errors, Consumer<String> line)
      throws CannotRunException {
    // "exec" keeps the process, and with it what it ignores.
    List<String> command = new ArrayList<>(List.of("sh", "-c", "trap '' INT; exec \"$@\"", "sh"));
    command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), "dev.highwater.launcher.Main"));
    command.addAll(arguments);
    ProcessBuilder.Redirect to =
        errors == null
            ? ProcessBuilder.Redirect.INHERIT
            : ProcessBuilder.Redirect.appendTo(errors.toFile());
    try {
      return new ChildProcess(new ProcessBuilder(command).redirectError(to).start(), line);
    } catch (IOException e) {
      throw new CannotRunException("a process cannot be started: " + e.getMessage(), e);
    }
  }

  private void read(Consumer<String> line) {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String said = lines.readLine(); said != null; said = lines.readLine()) {
        line.accept(said);
      }
    } catch (IOException e) {
      // It has ended.
    }
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Completes with its exit code. */
  CompletionStage<Integer> ended() {
    return process.onExit().thenApply(Process::exitValue);
  }

  /** Asks it to end, and waits until it has and all that it said is told; its exit code. */
  int end() throws InterruptedException {
    try {
      input.close();
    } catch (IOException e) {
      // It has ended already.
    }
    if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    reader.join(TimeUnit.SECONDS.toMillis(END_SECONDS));
    return process.waitFor();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
