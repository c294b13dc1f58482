package dev.highwater.agent;

import dev.highwater.model.Limits;
import dev.highwater.model.SimulationCommand;
import dev.highwater.workload.SimulatedCell;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What an agent process runs: one simulated cell, and where its scheduler is. Immutable.
 *
 * @param host name under which the node host and the front door join; unique in the cell
 * @param world the cell; the start of its window 0 is where {@link Agent#usersComeAt} puts it
 * @param timeline what is done to the world by itself, in order of time
 */
public record AgentSettings(
    SessionSettings session, String host, SimulatedCell.Setup world, List<Timed> timeline) {
  public AgentSettings {
    Limits.name("host", host);
    if (world.windowMs() > 1_000 || 1_000 % world.windowMs() != 0) {
      throw new IllegalArgumentException("windowMs must divide 1000: " + world.windowMs());
    }
    List<Timed> sorted = new ArrayList<>(timeline);
    sorted.sort(Comparator.comparingLong(Timed::atMs));
    timeline = List.copyOf(sorted);
  }

  /**
   * A surge or fault at a moment.
   *
   * @param atMs since users came
   */
  public record Timed(long atMs, SimulationCommand command) {}
}
