package dev.highwater.server.loop;

import dev.highwater.model.CellMinute;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Command;
import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.Observation;
import dev.highwater.model.RouteImage;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SpecChange;
import dev.highwater.model.WishSource;
import dev.highwater.model.view.EventReadiness;
import dev.highwater.model.view.Plan.CellPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides in every tick that one service has one replica more, so that every tick is journalled.
 */
final class FakeDecider implements CellDecider {
  private static final ServiceId SERVICE = new ServiceId("shop", "web");

  private final List<Fact> applied = new ArrayList<>();
  final List<Input> relearned = new ArrayList<>();
  private long nowMs;

  @Override
  public void restore(List<Fact> facts) {
    applied.addAll(facts);
  }

  @Override
  public void relearn(List<Input> observed) {
    relearned.addAll(observed);
  }

  @Override
  public Decision step(Input input) {
    nowMs = input.nowMs();
    Fact fact = new Fact.TargetSet(SERVICE, targets() + 1, WishSource.REACTIVE);
    Command command = new Command.AdmitRates(input.epoch(), targets() + 1, List.of());
    return new Decision(
        input.cell(),
        input.epoch(),
        input.sequence(),
        input.nowMs(),
        List.of(fact),
        List.of(command),
        List.of());
  }

  @Override
  public List<String> audit(Decision decision) {
    return List.of();
  }

  @Override
  public void commit(Decision decision) {
    applied.addAll(decision.facts());
  }

  @Override
  public Observation.@Nullable CellReport report() {
    return null;
  }

  @Override
  public WhatIf whatIf() {
    int targets = targets();
    return new WhatIf() {
      @Override
      public CellPlan plan(List<SpecChange> changes, long forMs) {
        return new CellPlan(
            "east", 1, nowMs, List.of(), List.of(), List.of(), targets, targets, null);
      }

      @Override
      public @Nullable EventReadiness readiness(String event) {
        return null;
      }
    };
  }

  /** As many targets as were set, in the form of a sum that has room for one number. */
  @Override
  public List<Supplier<CellMinute>> lived(Input input, Decision decision, int broken) {
    return List.of();
  }

  @Override
  public List<Supplier<CellMinute>> livedLast() {
    return List.of();
  }

  @Override
  public Fact kept() {
    return new Fact.RoutesKept(
        new RouteImage(0, targets(), 0, List.of(), List.of(), List.of(), List.of()));
  }

  private int targets() {
    long targets = 0;
    for (Fact fact : applied) {
      targets += fact instanceof Fact.TargetSet ? 1 : 0;
      targets += fact instanceof Fact.RoutesKept kept ? kept.image().factCount() : 0;
    }
    return (int) targets;
  }

  @Override
  public CellSnapshot snapshot(SnapshotFrame frame) {
    return new CellSnapshot(
        "east",
        1,
        frame.owner(),
        nowMs,
        frame.position(),
        frame.ticksTotal(),
        frame.auditViolationsTotal(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        0,
        0,
        0,
        0);
  }
}
