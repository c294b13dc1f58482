package dev.highwater.launcher.rehearse;

import dev.highwater.model.PeakEvent;
import dev.highwater.rehearsal.scenario.Load;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.TimedFault;
import dev.highwater.rehearsal.scenario.TimedSurge;
import dev.highwater.workload.Diurnal;
import dev.highwater.workload.LoadEvent;
import dev.highwater.workload.TrafficSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Cuts a part out of a scenario. Stateless. */
final class Shift {
  /** After ten half-lives a thousandth of a peak is left: nothing to declare. */
  private static final long HALF_LIVES_MAX = 10;

  private Shift() {}

  /**
   * The same night begun later. An event whose declared rise has passed is declared as what is left
   * of it; surges and faults that began before are left out; what comes on sale before is on sale.
   */
  static Scenario by(Scenario scenario, long ms) {
    List<Load> loads = new ArrayList<>();
    for (Load load : scenario.loads()) {
      loads.add(shifted(load, ms));
    }
    List<PeakEvent> events = new ArrayList<>();
    for (PeakEvent event : scenario.events()) {
      PeakEvent left = shifted(event, ms);
      if (left != null) {
        events.add(left);
      }
    }
    List<TimedSurge> surges = new ArrayList<>();
    for (TimedSurge s : scenario.surges()) {
      if (s.startMs() >= ms) {
        surges.add(
            new TimedSurge(
                s.startMs() - ms,
                s.service(),
                s.factor(),
                s.riseMs(),
                s.holdMs(),
                s.decayHalfLifeMs()));
      }
    }
    List<TimedFault> faults = new ArrayList<>();
    for (TimedFault f : scenario.faults()) {
      if (f.startMs() >= ms) {
        faults.add(f.at(f.startMs() - ms));
      }
    }
    return scenario.edit(
        draft -> {
          draft.startsAt = Instant.ofEpochMilli(scenario.startsAtMs() + ms).toString();
          draft.loads = loads;
          draft.events = events;
          draft.surges = surges;
          draft.faults = faults;
        });
  }

  /** What is left of a declared event, with the part of its peak that is; null for nothing. */
  private static @Nullable PeakEvent shifted(PeakEvent e, long ms) {
    long passedMs = Math.max(0, ms - e.startMs());
    long risenMs = Math.min(passedMs, e.riseMs());
    long heldMs = Math.min(passedMs - risenMs, e.holdMs());
    long decayedMs = passedMs - risenMs - heldMs;
    if (decayedMs > HALF_LIVES_MAX * e.decayHalfLifeMs()) {
      return null;
    }
    double share =
        decayedMs == 0 ? 1 : StrictMath.pow(0.5, (double) decayedMs / e.decayHalfLifeMs());
    return new PeakEvent(
        e.name(),
        Math.max(0, e.startMs() - ms),
        e.riseMs() - risenMs,
        e.holdMs() - heldMs,
        e.decayHalfLifeMs(),
        e.loads().stream()
            .map(load -> new PeakEvent.EventLoad(load.service(), share * load.peakPerSecond()))
            .toList());
  }

  private static Load shifted(Load load, long ms) {
    List<LoadEvent> crowds = new ArrayList<>();
    for (LoadEvent c : load.crowds()) {
      crowds.add(
          new LoadEvent(
              c.name(),
              c.startMs() - ms,
              c.riseMs(),
              c.holdMs(),
              c.decayHalfLifeMs(),
              c.factor(),
              c.peakPerSecond()));
    }
    return load.edit(
        draft -> {
          draft.crowds = crowds;
          Diurnal diurnal = load.diurnal();
          if (diurnal != null) {
            long startsAt = (diurnal.startsAtMs() + ms) % diurnal.periodMs();
            draft.diurnal = new Diurnal(diurnal.periodMs(), startsAt, diurnal.factors());
          }
          TrafficSpec.CloseUp closeUp = load.closeUp();
          if (closeUp != null) {
            draft.closeUp =
                new TrafficSpec.CloseUp(
                    closeUp.startMs() - ms, closeUp.durationMs(), closeUp.fidelity());
          }
          TrafficSpec.Stock stock = load.stock();
          if (stock != null) {
            draft.stock = shifted(stock, ms);
          }
        });
  }

  private static TrafficSpec.Stock shifted(TrafficSpec.Stock stock, long ms) {
    double initial = stock.initial();
    List<TrafficSpec.Release> releases = new ArrayList<>();
    for (TrafficSpec.Release release : stock.releases()) {
      if (release.atMs() < ms) {
        initial += release.amount();
      } else {
        releases.add(new TrafficSpec.Release(release.atMs() - ms, release.amount()));
      }
    }
    return new TrafficSpec.Stock(initial, releases, stock.unpaidRatio(), stock.holdMs());
  }
}
