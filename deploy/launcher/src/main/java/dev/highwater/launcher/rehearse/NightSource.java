package dev.highwater.launcher.rehearse;

import dev.highwater.launcher.rehearse.ScenarioFiles.UnreadableFileException;
import dev.highwater.model.PeakEvent;
import dev.highwater.rehearsal.KeptNight.Gap;
import dev.highwater.rehearsal.RunResult;
import dev.highwater.rehearsal.report.Chronicle;
import dev.highwater.rehearsal.scenario.Scenario;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** From what a night that was lived through is told. For one thread. */
interface NightSource {
  /** Nothing before this is asked for: it begins where the source does. */
  long BEGINNING = Long.MIN_VALUE;

  /** The first moment at or after one that is told of, epoch milliseconds. */
  long firstMs(long wantedMs);

  /** The last moment that is told of, epoch milliseconds. */
  long endedMs();

  /** A declared event, or null. */
  @Nullable PeakEvent event(String name);

  /** What was declared, of the part from one moment to another that is told of. */
  Scenario scenario(long sinceMs, long untilMs);

  /**
   * Tells a night.
   *
   * @param scenario that {@link #scenario} gave
   * @return null when it cannot be told; {@link #difference} says why
   */
  @Nullable RunResult tell(Scenario scenario, Chronicle chronicle) throws UnreadableFileException;

  /** Why it cannot be told. */
  String difference();

  /** What it is, after "told from". */
  String name();

  /** What it does not tell, in sentences. */
  List<String> notes();

  /** Of which time nothing was kept. */
  List<Gap> gaps();
}
