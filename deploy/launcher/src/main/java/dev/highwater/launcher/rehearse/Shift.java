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

/** Cuts a part out of a scenario. Stateless. */
final class Shift {
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
      PeakEvent left = event.left(ms);
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
