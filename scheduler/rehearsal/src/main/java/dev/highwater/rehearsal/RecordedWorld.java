package dev.highwater.rehearsal;

import dev.highwater.kernel.account.MinuteBook;
import dev.highwater.model.Cell;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.NodePool;
import dev.highwater.model.Observation;
import dev.highwater.model.Observation.FrontDoorReport;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Service;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecChange;
import dev.highwater.model.Tenant;
import dev.highwater.model.json.Recording;
import dev.highwater.rehearsal.scenario.Scenario;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What was declared while a recording was made, and when: read before the recording is replayed,
 * because a report needs the names of all before the first second. Of a spec that changed the last
 * content counts, and what was deleted meanwhile is still told. For one thread.
 */
public final class RecordedWorld {
  private final SortedMap<String, Cell> cells = new TreeMap<>();
  private final SortedMap<String, NodePool> pools = new TreeMap<>();
  private final SortedMap<String, Tenant> tenants = new TreeMap<>();
  private final SortedMap<String, Service> services = new TreeMap<>();
  private final SortedMap<String, PeakEvent> events = new TreeMap<>();
  private final SortedMap<String, FrontDoorReport> doors = new TreeMap<>();
  private final SortedMap<String, SortedMap<Long, FrontDoorReport>> silences = new TreeMap<>();
  private long firstMs = Long.MAX_VALUE;
  private long lastMs = Long.MIN_VALUE;
  private long usersCameMs = Long.MAX_VALUE;

  /**
   * Takes the next line.
   *
   * @throws InvalidInputException when the line is no part of a recording
   */
  public void take(String line) {
    Recording.Line read = Recording.read(line);
    Recording.Header header = read.header();
    Recording.Step step = read.step();
    if (header != null) {
      for (Fact fact : header.facts()) {
        if (fact instanceof Fact.SpecApplied applied) {
          declared(applied.spec());
        } else if (fact instanceof Fact.CellKept kept) {
          kept.image().specs().forEach(this::declared);
        }
      }
    } else if (step != null) {
      take(step.input());
    }
  }

  private void take(Input input) {
    firstMs = Math.min(firstMs, input.nowMs());
    lastMs = Math.max(lastMs, input.nowMs());
    for (SpecChange change : input.changes()) {
      declared(change.spec());
    }
    for (Observation observation : input.observations()) {
      if (observation instanceof FrontDoorReport door) {
        took(input.cell(), door);
      }
    }
  }

  private void took(String cell, FrontDoorReport door) {
    if (door.startedAtMs() > 0) {
      usersCameMs = Math.min(usersCameMs, door.startedAtMs());
    }
    FrontDoorReport before = doors.put(cell, door);
    if (before != null
        && before.startedAtMs() == door.startedAtMs()
        && door.atMs() - before.atMs() > MinuteBook.SILENT_MS) {
      silences.computeIfAbsent(cell, name -> new TreeMap<>()).put(before.atMs(), door);
    }
  }

  /**
   * The report that ended a silence of a cell's front door, in which nobody owned the cell or its
   * owner hung: its totals hold what users did meanwhile.
   *
   * @param beforeMs when the front door made its last report before
   * @return null when it was not silent then
   */
  @Nullable FrontDoorReport afterSilence(String cell, long beforeMs) {
    SortedMap<Long, FrontDoorReport> of = silences.get(cell);
    return of == null ? null : of.get(beforeMs);
  }

  private void declared(@Nullable Spec spec) {
    if (spec instanceof Cell cell) {
      cells.put(cell.key(), cell);
    } else if (spec instanceof NodePool pool) {
      pools.put(pool.key(), pool);
    } else if (spec instanceof Tenant tenant) {
      tenants.put(tenant.key(), tenant);
    } else if (spec instanceof Service service) {
      services.put(service.key(), service);
    } else if (spec instanceof PeakEvent event) {
      events.put(event.key(), event);
    }
  }

  /** When the recording begins to tell of users, epoch milliseconds. */
  public long beganMs() {
    return Math.max(firstMs, usersCameMs == Long.MAX_VALUE ? firstMs : usersCameMs);
  }

  /**
   * The last moment of the recording, epoch milliseconds; before its beginning when it is empty.
   */
  public long endedMs() {
    return lastMs;
  }

  /** A declared event, or null. */
  public @Nullable PeakEvent event(String name) {
    return events.get(name);
  }

  /**
   * What was declared, as a scenario of the seconds from one moment to another.
   *
   * @param sinceMs epoch milliseconds, within the recording
   * @param untilMs epoch milliseconds, at least a second later
   */
  public Scenario scenario(long sinceMs, long untilMs) {
    if (firstMs > lastMs) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE, "recording", "", "holds no input, so nothing happened in it");
    }
    long seconds = (Math.min(untilMs, lastMs) - Math.max(sinceMs, firstMs)) / 1_000;
    if (seconds < 1) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE,
          "since, until",
          Instant.ofEpochMilli(sinceMs) + ", " + Instant.ofEpochMilli(untilMs),
          "must hold a second of the recording, which goes from "
              + Instant.ofEpochMilli(firstMs)
              + " to "
              + Instant.ofEpochMilli(lastMs));
    }
    long startMs = Math.max(sinceMs, firstMs);
    return new Declared(
            List.copyOf(cells.values()),
            List.copyOf(pools.values()),
            List.copyOf(tenants.values()),
            List.copyOf(services.values()),
            List.copyOf(events.values()))
        .scenario(startMs, seconds);
  }
}
