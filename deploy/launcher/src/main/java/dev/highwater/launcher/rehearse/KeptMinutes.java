package dev.highwater.launcher.rehearse;

import dev.highwater.client.HighwaterClient;
import dev.highwater.model.Cell;
import dev.highwater.model.CellMinute;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.NodePool;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Service;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import dev.highwater.model.Tenant;
import dev.highwater.model.view.MinutePage;
import dev.highwater.rehearsal.Declared;
import dev.highwater.rehearsal.KeptNight;
import dev.highwater.rehearsal.KeptNight.Gap;
import dev.highwater.rehearsal.RunResult;
import dev.highwater.rehearsal.report.Chronicle;
import dev.highwater.rehearsal.scenario.Scenario;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A night as the owners of a running cluster's cells kept it by the minute, although nobody
 * recorded it. What is declared is what is declared now. For one thread.
 */
final class KeptMinutes implements NightSource {
  /** Told when nothing says where to begin. */
  private static final long DAY_MS = 24 * 3_600_000;

  /** Minutes are written once they are over; the last ones are looked for in this span. */
  private static final long LATELY_MS = 600_000;

  /** Asked for and told at a time, so that a long night needs no more memory than a short one. */
  private static final long PART_MS = 600_000;

  private static final long SECOND_MS = 1_000;
  private static final long MINUTE_MS = CellMinute.SECONDS * SECOND_MS;

  /** Services measured at once: each needs 160 kB for its charts. Chosen by us. */
  private static final int SERVICES_MAX = 2_000;

  private static final int GAPS_TOLD_MAX = 20;

  private final HighwaterClient client;
  private final long nowMs;
  private final Declared declared;
  private List<Gap> gaps = List.of();

  /**
   * Asks what is declared, but for tenants.
   *
   * @param only the cell to tell of; null for all
   * @param nowMs epoch milliseconds
   */
  KeptMinutes(HighwaterClient client, @Nullable String only, long nowMs) {
    this.client = client;
    this.nowMs = nowMs;
    List<Cell> cells =
        specs(SpecKind.CELL, Cell.class).stream()
            .filter(cell -> only == null || cell.name().equals(only))
            .toList();
    if (cells.isEmpty()) {
      throw new InvalidInputException(
          only == null ? ErrorCode.INVALID_VALUE : ErrorCode.NOT_FOUND,
          only == null ? "--from-live" : "--cell",
          only == null ? "a cluster without cells" : only,
          "must be a cell that is declared");
    }
    List<String> names = cells.stream().map(Cell::name).toList();
    declared =
        new Declared(
            cells,
            specs(SpecKind.NODE_POOL, NodePool.class).stream()
                .filter(pool -> names.contains(pool.cell()))
                .toList(),
            List.of(),
            specs(SpecKind.SERVICE, Service.class),
            specs(SpecKind.PEAK_EVENT, PeakEvent.class));
  }

  private <T> List<T> specs(SpecKind kind, Class<T> type) {
    return client.specs(kind).stream().map(SpecChange::spec).map(type::cast).toList();
  }

  /** Gives the minutes of a cell that begin in a span to a taker, oldest first. */
  private void each(String cell, long sinceMs, long untilMs, Consumer<CellMinute> taker) {
    Long next = sinceMs;
    while (next != null && next < untilMs) {
      MinutePage page = client.minutes(cell, next, untilMs);
      page.items().forEach(taker);
      next = page.next();
    }
  }

  /** The first second of which users are known; now when there is none. */
  @Override
  public long firstMs(long wantedMs) {
    long fromMs = Math.max(0, wantedMs == BEGINNING ? nowMs - DAY_MS : wantedMs);
    long first = nowMs;
    for (Cell cell : declared.cells()) {
      Long next = Math.max(0, fromMs - MINUTE_MS + 1);
      while (next != null && next < first) {
        MinutePage page = client.minutes(cell.name(), next, first);
        next = page.next();
        for (CellMinute minute : page.items()) {
          if (minute.doorStartedMs() > 0 && minute.endMs() > fromMs) {
            // What a front door that has begun since counted before its first minute is known too.
            long usersMs = minute.doorStartedMs();
            first =
                Math.min(first, usersMs < fromMs ? Math.max(fromMs, minute.startMs()) : usersMs);
            next = null;
            break;
          }
        }
      }
    }
    return first;
  }

  @Override
  public long endedMs() {
    long[] ended = {0};
    for (Cell cell : declared.cells()) {
      each(
          cell.name(),
          Math.max(0, nowMs - LATELY_MS),
          Long.MAX_VALUE,
          minute -> ended[0] = Math.max(ended[0], minute.endMs()));
    }
    return ended[0] == 0 ? nowMs : ended[0];
  }

  @Override
  public @Nullable PeakEvent event(String name) {
    return declared.events().stream()
        .filter(event -> event.name().equals(name))
        .findFirst()
        .orElse(null);
  }

  @Override
  public Scenario scenario(long sinceMs, long untilMs) {
    long startMs = Math.floorDiv(firstMs(sinceMs) + SECOND_MS - 1, SECOND_MS) * SECOND_MS;
    long seconds = (Math.min(untilMs, endedMs()) - startMs) / SECOND_MS;
    if (seconds < 1) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE,
          "since, until",
          Instant.ofEpochMilli(Math.max(0, sinceMs)) + ", " + Instant.ofEpochMilli(untilMs),
          "must hold a minute that the cluster kept; a minute is kept when it is over, for as long"
              + " as --keep-minutes says");
    }
    List<Service> services = active(startMs, startMs + seconds * SECOND_MS);
    return new Declared(
            declared.cells(), declared.pools(), tenants(services), services, declared.events())
        .scenario(startMs, seconds);
  }

  /** Those of some services alone: there may be very many without any. */
  private List<Tenant> tenants(List<Service> services) {
    List<Tenant> tenants = new ArrayList<>();
    for (String name : new TreeSet<>(services.stream().map(Service::tenant).toList())) {
      tenants.add((Tenant) Objects.requireNonNull(client.spec(SpecKind.TENANT, name).spec()));
    }
    return tenants;
  }

  /** Of very many services those that had users or replicas. */
  private List<Service> active(long startMs, long endMs) {
    if (declared.services().size() <= SERVICES_MAX) {
      return declared.services();
    }
    Set<String> seen = new TreeSet<>();
    for (Cell cell : declared.cells()) {
      each(
          cell.name(),
          startMs,
          endMs,
          minute -> minute.services().forEach(service -> seen.add(service.service().toString())));
    }
    List<Service> services =
        declared.services().stream().filter(service -> seen.contains(service.key())).toList();
    if (services.size() > SERVICES_MAX) {
      throw new InvalidInputException(
          ErrorCode.TOO_LARGE,
          "--from-live",
          services.size() + " services with users or replicas",
          "must be at most " + SERVICES_MAX + ": name one cell with --cell or a shorter span");
    }
    return services;
  }

  @Override
  public RunResult tell(Scenario scenario, Chronicle chronicle) {
    KeptNight night = new KeptNight(scenario, chronicle);
    long startMs = scenario.startsAtMs();
    long endMs = startMs + scenario.durationMs() + KeptNight.HELD_MS;
    // A minute that has begun before is known from the part of it that is told.
    long fromMs = Math.max(0, startMs - MINUTE_MS + 1);
    for (long untilMs = startMs + PART_MS; fromMs < endMs; untilMs += PART_MS) {
      for (Cell cell : declared.cells()) {
        each(cell.name(), fromMs, Math.min(untilMs, endMs), night::take);
      }
      night.passed(untilMs);
      fromMs = untilMs;
    }
    RunResult result = night.result();
    gaps = night.gaps();
    return result;
  }

  @Override
  public String difference() {
    return "";
  }

  @Override
  public String name() {
    return "the minutes that the cluster keeps";
  }

  @Override
  public List<String> notes() {
    List<String> notes = new ArrayList<>();
    notes.add(
        "Kept by the minute: latencies are those of whole minutes, decisions were audited when they"
            + " were made and are not made again, and how well forecasts did is not known; a recording"
            + " tells all that.");
    for (Gap gap : gaps.subList(0, Math.min(GAPS_TOLD_MAX, gaps.size()))) {
      notes.add(
          "Cell "
              + gap.cell()
              + ": nobody kept "
              + Instant.ofEpochMilli(gap.fromMs())
              + " to "
              + Instant.ofEpochMilli(gap.untilMs())
              + ". Users are counted by what its front door said afterwards; replicas and nodes as"
              + " they were before, for five minutes at most.");
    }
    if (gaps.size() > GAPS_TOLD_MAX) {
      notes.add("And " + (gaps.size() - GAPS_TOLD_MAX) + " more such gaps.");
    }
    return notes;
  }

  @Override
  public List<Gap> gaps() {
    return gaps;
  }
}
