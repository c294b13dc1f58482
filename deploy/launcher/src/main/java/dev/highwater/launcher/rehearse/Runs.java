package dev.highwater.launcher.rehearse;

import dev.highwater.launcher.rehearse.ScenarioFiles.Loaded;
import dev.highwater.rehearsal.PolicyChoice;
import dev.highwater.rehearsal.Rehearsal;
import dev.highwater.rehearsal.RunObserver;
import dev.highwater.rehearsal.RunResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Makes many runs on as many threads as there are cores. A run belongs to one thread and shares
 * nothing that changes with another, so results do not depend on the number of threads. Stateless.
 */
public final class Runs {
  /** Runs of one command at most; more is a mistake in what was swept. */
  public static final int RUNS_MAX = 1_000;

  private Runs() {}

  /**
   * A run to be made. Immutable.
   *
   * @param charted whether its timelines are kept, which are most of a result's memory
   */
  public record Run(Loaded night, PolicyChoice policy, boolean charted, RunObserver observer) {
    private RunResult result() {
      RunResult result = new Rehearsal(night.scenario(), night.traces(), policy, observer).run();
      return charted ? result : result.withoutTimelines();
    }
  }

  /**
   * Makes the runs and waits for them.
   *
   * @param threads runs at the same time; 0 means one per core
   * @return results in the order of the runs; empty for one that was not begun before {@code
   *     progress} was stopped. The first is always begun.
   */
  static List<Optional<RunResult>> all(List<Run> runs, int threads, Progress progress) {
    int parallel = threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
    ExecutorService pool = Executors.newFixedThreadPool(Math.min(parallel, runs.size()));
    try {
      List<Future<Optional<RunResult>>> running = new ArrayList<>();
      for (Run run : runs) {
        boolean first = running.isEmpty();
        running.add(
            pool.submit(
                () -> first || !progress.stopped() ? Optional.of(run.result()) : Optional.empty()));
      }
      List<Optional<RunResult>> results = new ArrayList<>();
      for (Future<Optional<RunResult>> one : running) {
        results.add(one.get());
      }
      return results;
    } catch (ExecutionException e) {
      progress.stop();
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException("the rehearsal failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } finally {
      pool.shutdownNow();
    }
  }
}
