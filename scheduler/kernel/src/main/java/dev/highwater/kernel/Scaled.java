package dev.highwater.kernel;

import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Explanation;
import dev.highwater.model.Scaling;
import dev.highwater.model.WishSource;
import java.util.List;

/** What the policy of a service wants. Immutable. */
record Scaled(
    int target,
    WishSource winner,
    List<Explanation.Wish> wishes,
    List<Explanation.Clamp> clamps,
    Explanation.LoadView load) {

  static Scaled of(CellState state, ServiceState service, long nowMs) {
    Scaling scaling = service.spec().scaling();
    double offered = service.traffic().firstAttemptsPerSecond();
    double each =
        service.spec().capacity().concurrency()
            * 1_000.0
            / service.spec().capacity().meanServiceMs()
            * 0.7;
    boolean fixed = scaling.policy().equals("fixed") || !(offered >= 0);
    double raw = fixed ? scaling.replicasInitial() : Math.ceil(offered / each);
    int target = (int) Math.max(scaling.replicasMin(), Math.min(scaling.replicasMax(), raw));
    WishSource winner = fixed ? WishSource.INITIAL : WishSource.REACTIVE;
    return new Scaled(
        target,
        winner,
        List.of(new Explanation.Wish(winner, target, 0, "offered load over the safe rate")),
        List.of(),
        new Explanation.LoadView(offered, offered, offered, 0, 0, each));
  }
}
