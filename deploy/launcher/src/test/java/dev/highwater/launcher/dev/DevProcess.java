package dev.highwater.launcher.dev;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code highwater} as a process of its own, from the classes under test. */
final class DevProcess implements AutoCloseable {
  /** Longest wait for a line or an end; a start takes seconds where nothing else runs. */
  private static final int SECONDS_MAX = 180;

  private final Process process;
  private final LinkedBlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final List<String> seen = new ArrayList<>();
  private final CompletableFuture<Void> read;

  private DevProcess(Process process) {
    this.process = process;
    this.read =
        CompletableFuture.runAsync(
            () -> {
              try (BufferedReader reader =
                  new BufferedReader(
                      new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                  lines.add(line);
                }
              } catch (IOException e) {
                lines.add("cannot be read: " + e);
              }
            },
            task -> new Thread(task, "output").start());
  }

  /** Starts it here; what it says on both streams is read as one. */
  static DevProcess start(String... arguments) throws IOException {
    return startIn(Path.of(""), List.of(arguments));
  }

  /** Starts it in a folder that looks like a checkout. */
  static DevProcess startIn(Path checkout, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx512m",
            "--add-modules",
            "java.se",
            "--add-exports",
            "java.base/jdk.internal.ref=ALL-UNNAMED",
            "--add-opens",
            "java.base/java.lang=ALL-UNNAMED",
            "--add-opens",
            "java.base/sun.nio.ch=ALL-UNNAMED",
            "--add-opens",
            "java.management/sun.management=ALL-UNNAMED",
            "--add-opens",
            "jdk.management/com.sun.management.internal=ALL-UNNAMED"));
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), "dev.highwater.launcher.Main"));
    command.addAll(arguments);
    return new DevProcess(
        new ProcessBuilder(command)
            .directory(checkout.toAbsolutePath().toFile())
            .redirectErrorStream(true)
            .start());
  }

  /** The first group of the first line from here on that a pattern is found in. */
  String await(String pattern) throws InterruptedException {
    Pattern wanted = Pattern.compile(pattern);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
    while (true) {
      // An ended process says nothing more than what was read of it.
      String line = read.isDone() ? lines.poll() : lines.poll(1, TimeUnit.SECONDS);
      if (line == null && !read.isDone() && System.nanoTime() < deadline) {
        continue;
      }
      if (line == null) {
        throw new AssertionError("no line with \"" + pattern + "\" in:\n" + said());
      }
      seen.add(line);
      Matcher matcher = wanted.matcher(line);
      if (matcher.find()) {
        return matcher.group(matcher.groupCount() == 0 ? 0 : 1);
      }
    }
  }

  /** Waits for its end. */
  int exit() throws Exception {
    if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
      throw new AssertionError("did not end:\n" + said());
    }
    read.get(SECONDS_MAX, TimeUnit.SECONDS);
    return process.exitValue();
  }

  /** Ends it without a word, as {@code kill -9} does. */
  void kill() throws Exception {
    process.destroyForcibly();
    exit();
  }

  /** The processes that it started. */
  List<ProcessHandle> descendants() {
    return process.descendants().toList();
  }

  /** Sends it what Ctrl-C sends; {@link #interrupt} is what a supervisor sends. */
  void controlC() throws Exception {
    new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
  }

  /** Asks it to end, as Ctrl-C does. */
  void interrupt() {
    process.toHandle().destroy(); // unlike Process.destroy it leaves the streams open
  }

  /** All that it has said. */
  String said() {
    @Nullable String line;
    while ((line = lines.poll()) != null) {
      seen.add(line);
    }
    return String.join("\n", seen);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
