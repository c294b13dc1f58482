package dev.highwater.launcher.bench;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.function.LongSupplier;
import picocli.CommandLine.Option;

/** What time means to a benchmark of one thread. */
final class BenchClock {
  @Option(
      names = "--cpu-time",
      description =
          "Count the thread's own processor time instead of the wall clock's, for a machine that is"
              + " shared.")
  boolean cpuTime;

  LongSupplier nanoTime() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return cpuTime && threads.isCurrentThreadCpuTimeSupported()
        ? threads::getCurrentThreadCpuTime
        : System::nanoTime;
  }
}
