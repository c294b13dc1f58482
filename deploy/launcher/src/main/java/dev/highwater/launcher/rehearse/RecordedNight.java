package dev.highwater.launcher.rehearse;

import dev.highwater.launcher.rehearse.ScenarioFiles.UnreadableFileException;
import dev.highwater.model.PeakEvent;
import dev.highwater.rehearsal.KeptNight.Gap;
import dev.highwater.rehearsal.LivedNight;
import dev.highwater.rehearsal.RecordedWorld;
import dev.highwater.rehearsal.RunResult;
import dev.highwater.rehearsal.report.Chronicle;
import dev.highwater.rehearsal.scenario.Scenario;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A night that was recorded: every decision is made again. For one thread. */
final class RecordedNight implements NightSource {
  private final RecordedLines lines;
  private final RecordedWorld world = new RecordedWorld();
  private String difference = "";

  /** Reads what was declared in the recordings. */
  RecordedNight(List<Path> files) throws UnreadableFileException {
    lines = new RecordedLines(files);
    lines.each(
        line -> {
          world.take(line);
          return true;
        });
  }

  @Override
  public long firstMs(long wantedMs) {
    return Math.max(world.beganMs(), wantedMs);
  }

  @Override
  public long endedMs() {
    return world.endedMs();
  }

  @Override
  public @Nullable PeakEvent event(String name) {
    return world.event(name);
  }

  @Override
  public Scenario scenario(long sinceMs, long untilMs) {
    return world.scenario(sinceMs, untilMs);
  }

  @Override
  public @Nullable RunResult tell(Scenario scenario, Chronicle chronicle)
      throws UnreadableFileException {
    LivedNight night = new LivedNight(world, scenario, chronicle);
    if (!lines.each(night::take)) {
      difference = lines.where() + ": " + night.difference();
      return null;
    }
    return night.result();
  }

  @Override
  public String difference() {
    return difference;
  }

  @Override
  public String name() {
    return "the live journal: every decision made again, and the same";
  }

  @Override
  public List<String> notes() {
    return List.of();
  }

  @Override
  public List<Gap> gaps() {
    return List.of();
  }
}
