package dev.highwater.launcher.dev;

import dev.highwater.http.StreamListener;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.CellSnapshot.EventPhase;
import dev.highwater.model.CellSnapshot.EventStatus;
import dev.highwater.model.CellSnapshot.NodeState;
import dev.highwater.model.CellSnapshot.NodeStatus;
import dev.highwater.model.CellSnapshot.ServiceStatus;
import dev.highwater.model.Cordon;
import dev.highwater.model.Decision;
import dev.highwater.model.Explanation;
import dev.highwater.model.Fact;
import dev.highwater.model.RefusalWords;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand;
import dev.highwater.model.SpecKind;
import dev.highwater.model.WishSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Prints one line for each change of state, and nothing while nothing changes.
 *
 * <p>A line is {@code time word subject change, why}. The words:
 *
 * <pre>
 * owner     another member decides for a cell now, under a new epoch
 * target    a service's number of replicas: before -> after, with the wish that won
 * nodes     a pool's number of nodes: before -> after
 * joined    nodes that came        released  nodes given back      lost    a node that died
 * silent    a node whose agent says nothing                        speaks  and says something again
 * cordon    an operator's word on a node
 * pending   replicas that found no room, and what refused them     placed  all have room again
 * admit     a front door keeps somebody out, or lets everybody in again
 * slo       a service's p99 crossed its SLO, or is within it again
 * event     a declared event's phase
 * surge     load that nobody declared begins                       fault   something breaks
 * refused   a declaration that cannot take effect
 * audit     the auditor saw a rule broken: a defect
 * </pre>
 *
 * <p>Thread-safe.
 */
final class StateLines implements StreamListener {
  private static final int NODES_TOLD_ONE_BY_ONE = 3;

  /** Nodes that a new owner has not heard after so long are told apart. Chosen by us. */
  private static final long SETTLING_MS = 5_000;

  /** Fewer wait than are let in within this time: no news yet. Chosen by us. */
  private static final double WAITING_FEW_SECONDS = 0.02;

  /** Ticks in a row that make an SLO broken or kept; one bad second is noise. */
  private static final int SLO_TICKS = 3;

  private final Consumer<String> out;
  private final SortedMap<String, EventPhase> phases = new TreeMap<>();
  private final SortedMap<String, Seen> cells = new TreeMap<>();

  /** What was last seen of one cell: the same service may wait in one and not in another. */
  private static final class Seen {
    final SortedMap<String, String> poolOfNode = new TreeMap<>();
    final SortedSet<ServiceId> limited = new TreeSet<>();
    final SortedMap<ServiceId, Integer> pending = new TreeMap<>();
    final SortedMap<ServiceId, Integer> sloTicks = new TreeMap<>();
    final SortedMap<String, NodeState> nodeStates = new TreeMap<>();
    final List<String> speaking = new ArrayList<>();
    long epoch;
    long takenOverMs;
    long auditViolations;
  }

  StateLines(Consumer<String> out) {
    this.out = out;
  }

  @Override
  public synchronized void onDecision(Decision decision) {
    Seen seen = seen(decision.cell());
    SortedMap<String, Integer> joined = new TreeMap<>();
    SortedMap<String, Integer> released = new TreeMap<>();
    for (Fact fact : decision.facts()) {
      if (fact instanceof Fact.TargetSet set) {
        onTarget(decision, set);
      } else if (fact instanceof Fact.PoolTargetSet set) {
        onPoolTarget(decision, set);
      } else if (fact instanceof Fact.MovesProposed moves) {
        onMoves(decision, moves);
      } else if (fact instanceof Fact.NodeJoined node) {
        seen.poolOfNode.put(node.node().name(), node.node().pool());
        joined.merge(node.node().pool(), 1, Integer::sum);
      } else if (fact instanceof Fact.NodeLost lost) {
        String pool = seen.poolOfNode.remove(lost.node());
        if (lost.reason() == Fact.NodeLossReason.RELEASED && pool != null) {
          released.merge(pool, 1, Integer::sum);
        } else {
          line(decision.nowMs(), "lost", lost.node() + ", " + Display.code(lost.reason()));
        }
      } else if (fact instanceof Fact.CellLost lost) {
        line(decision.nowMs(), "lost", "cell " + lost.cell() + ", its front door is silent");
      } else if (fact instanceof Fact.CellFound found) {
        line(decision.nowMs(), "found", "cell " + found.cell() + ", its front door is heard");
      } else if (fact instanceof Fact.UsersRouted routed) {
        onRoute(decision, routed);
      } else if (fact instanceof Fact.SpecApplied applied
          && applied.specKind() == SpecKind.CORDON
          && applied.key().startsWith(decision.cell() + "/")) {
        onCordon(decision, applied);
      } else if (fact instanceof Fact.InputRefused refused) {
        line(decision.nowMs(), "refused", refused.subject() + ": " + refused.detail());
      }
    }
    joined.forEach((pool, count) -> onNodes(decision, "joined", pool, count));
    released.forEach((pool, count) -> onNodes(decision, "released", pool, count));
    for (Explanation explanation : decision.explanations()) {
      if (explanation instanceof Explanation.ServiceExplained service) {
        onPlacement(decision, seen, service);
      }
    }
  }

  private void onCordon(Decision decision, Fact.SpecApplied applied) {
    String node = applied.key().substring(decision.cell().length() + 1);
    String word = applied.spec() instanceof Cordon cordon ? cordon.phrase() : "uncordoned";
    line(decision.nowMs(), "cordon", node + " " + word, decision);
  }

  private Seen seen(String cell) {
    return cells.computeIfAbsent(cell, name -> new Seen());
  }

  /** Which cell a line is about, where there are several. */
  private String in(String cell) {
    return cells.size() > 1 ? " in " + cell : "";
  }

  private void onRoute(Decision decision, Fact.UsersRouted routed) {
    String parts =
        routed.cells().stream()
            .map(part -> part.cell() + " " + Math.round(100 * part.ratio()) + " %")
            .collect(Collectors.joining(", "));
    line(decision.nowMs(), "users", routed.service() + " to " + parts, decision);
  }

  private void onTarget(Decision decision, Fact.TargetSet set) {
    Explanation.ServiceExplained why = explained(decision, set.service());
    String change =
        why == null
            ? set.service() + " -> " + set.replicas()
            : set.service()
                + " "
                + why.targetBefore()
                + " -> "
                + set.replicas()
                + "  "
                + load(why.load())
                + "ready "
                + why.ready();
    String operator =
        why == null || why.override() == null || set.winner() != WishSource.MANUAL
            ? ""
            : ", " + why.override().phrase();
    line(
        decision.nowMs(),
        "target",
        change + ", won by " + Display.code(set.winner()) + operator,
        decision);
  }

  private static String load(Explanation.LoadView load) {
    return Double.isNaN(load.offeredPerSecond())
        ? ""
        : "offered "
            + Display.rate(load.offeredPerSecond())
            + ", expected "
            + Display.rate(load.forecastPerSecond())
            + ", ";
  }

  private static Explanation.@Nullable ServiceExplained explained(
      Decision decision, ServiceId service) {
    for (Explanation explanation : decision.explanations()) {
      if (explanation instanceof Explanation.ServiceExplained found
          && found.service().equals(service)) {
        return found;
      }
    }
    return null;
  }

  private void onMoves(Decision decision, Fact.MovesProposed proposed) {
    for (Explanation explanation : decision.explanations()) {
      if (explanation instanceof Explanation.PoolExplained why
          && why.pool().equals(proposed.pool())
          && why.moves() != null) {
        line(decision.nowMs(), "nodes", why.pool() + "  " + why.moves().phrase(), decision);
      }
    }
  }

  private void onPoolTarget(Decision decision, Fact.PoolTargetSet set) {
    for (Explanation explanation : decision.explanations()) {
      if (explanation instanceof Explanation.PoolExplained why && why.pool().equals(set.pool())) {
        line(
            decision.nowMs(),
            "nodes",
            set.pool()
                + " "
                + why.targetBefore()
                + " -> "
                + set.nodes()
                + (why.reason().isEmpty() ? "" : "  " + why.reason()),
            decision);
        return;
      }
    }
    line(decision.nowMs(), "nodes", set.pool() + " -> " + set.nodes(), decision);
  }

  private void onNodes(Decision decision, String word, String pool, int count) {
    long left = seen(decision.cell()).poolOfNode.values().stream().filter(pool::equals).count();
    line(decision.nowMs(), word, pool + " " + count + ", " + left + " in all");
  }

  private void onPlacement(Decision decision, Seen seen, Explanation.ServiceExplained service) {
    Explanation.PlacementView placement = service.placement();
    int now = placement == null ? 0 : placement.pending();
    int before = seen.pending.getOrDefault(service.service(), 0);
    if (now > 0 && before == 0 && placement != null) {
      String refusals = RefusalWords.of(placement.refusals());
      // What was taken back waits, too, and was not asked for in this decision.
      String asked = placement.requested() < now ? "" : " of " + placement.requested();
      line(
          decision.nowMs(),
          "pending",
          service.service() + " " + now + asked + (refusals.isEmpty() ? "" : ": " + refusals),
          decision);
    } else if (now == 0 && before > 0) {
      line(decision.nowMs(), "placed", service.service() + " has room for all again", decision);
    }
    seen.pending.put(service.service(), now);
  }

  @Override
  public synchronized void onSnapshot(CellSnapshot snapshot) {
    Seen seen = seen(snapshot.cell());
    long epoch = seen.epoch;
    seen.epoch = snapshot.epoch();
    if (epoch > 0 && epoch < snapshot.epoch()) {
      seen.takenOverMs = snapshot.nowMs();
      line(
          snapshot.nowMs(),
          "owner",
          snapshot.cell() + " is decided by " + snapshot.owner() + ", epoch " + snapshot.epoch());
    }
    for (EventStatus event : snapshot.events()) {
      EventPhase before = phases.put(event.name(), event.phase());
      if (before != event.phase()) {
        long untilMs = event.startMs() - snapshot.nowMs();
        line(
            snapshot.nowMs(),
            "event",
            event.name()
                + " "
                + Display.code(event.phase())
                + (untilMs > 0 ? ", begins in " + Display.span(untilMs) : ""));
      }
    }
    SortedMap<String, NodeState> before = new TreeMap<>(seen.nodeStates);
    seen.nodeStates.clear();
    List<String> silent = new ArrayList<>();
    List<String> speaking = new ArrayList<>();
    for (NodeStatus node : snapshot.nodes()) {
      seen.nodeStates.put(node.node(), node.state());
      boolean wasSilent = before.get(node.node()) == NodeState.SILENT;
      if (node.state() == NodeState.SILENT && !wasSilent) {
        silent.add(node.node());
      } else if (wasSilent && node.state() != NodeState.SILENT) {
        speaking.add(node.node());
      }
    }
    onNodes(snapshot, "silent", silent);
    seen.speaking.addAll(speaking);
    if (!settling(seen, snapshot)) {
      onNodes(snapshot, "speaks", seen.speaking);
      seen.speaking.clear();
    }
    for (ServiceStatus service : snapshot.services()) {
      onAdmission(snapshot, seen, service);
      onLatency(snapshot, seen, service);
    }
    if (snapshot.auditViolationsTotal() > seen.auditViolations) {
      seen.auditViolations = snapshot.auditViolationsTotal();
      line(
          snapshot.nowMs(),
          "audit",
          seen.auditViolations + " violations so far, see the log" + in(snapshot.cell()));
    }
  }

  /** A new owner hears one node after the other; they are told together once all are heard. */
  private static boolean settling(Seen seen, CellSnapshot snapshot) {
    return seen.takenOverMs > 0
        && snapshot.nowMs() - seen.takenOverMs < SETTLING_MS
        && seen.nodeStates.containsValue(NodeState.SILENT);
  }

  /** One line each while they are few: after a take-over all nodes of a cell change at once. */
  private void onNodes(CellSnapshot snapshot, String what, List<String> nodes) {
    if (nodes.size() <= NODES_TOLD_ONE_BY_ONE) {
      nodes.forEach(node -> line(snapshot.nowMs(), what, node + in(snapshot.cell())));
    } else {
      line(
          snapshot.nowMs(),
          what,
          nodes.size()
              + " nodes: "
              + String.join(", ", nodes.subList(0, NODES_TOLD_ONE_BY_ONE))
              + " and "
              + (nodes.size() - NODES_TOLD_ONE_BY_ONE)
              + " more"
              + in(snapshot.cell()));
    }
  }

  /**
   * A limit is news once it keeps somebody out, not each time it follows the ready replicas. The
   * few who wait for a moment, since more came to a shard than it lets in at once, are no news; the
   * last who waits ends it.
   */
  private void onAdmission(CellSnapshot snapshot, Seen seen, ServiceStatus service) {
    boolean told = seen.limited.contains(service.service());
    double few = told ? 0 : WAITING_FEW_SECONDS * service.admissionPerSecond();
    boolean keepsOut = service.refusedPerSecond() > 0 || service.waiting() > few;
    if (keepsOut && seen.limited.add(service.service())) {
      line(
          snapshot.nowMs(),
          "admit",
          service.service()
              + " lets in "
              + Display.rate(service.admissionPerSecond())
              + " of "
              + Display.rate(service.attemptsPerSecond())
              + ", refuses "
              + Display.rate(service.refusedPerSecond())
              + ", "
              + Display.count(service.waiting())
              + " wait"
              + in(snapshot.cell()));
    } else if (!keepsOut && seen.limited.remove(service.service())) {
      line(
          snapshot.nowMs(),
          "admit",
          service.service() + " lets everybody in again" + in(snapshot.cell()));
    }
  }

  /** Counts up to {@link #SLO_TICKS} while broken, down to 0 while kept; tells at both ends. */
  private void onLatency(CellSnapshot snapshot, Seen seen, ServiceStatus service) {
    if (Double.isNaN(service.p99Ms())) {
      return;
    }
    boolean late = service.p99Ms() > service.sloLatencyMs();
    int told = seen.sloTicks.getOrDefault(service.service(), 0);
    boolean broken = told >= SLO_TICKS;
    int inRow = broken == late ? 0 : told % SLO_TICKS + 1;
    if (inRow == SLO_TICKS) {
      broken = late;
      inRow = 0;
      line(
          snapshot.nowMs(),
          "slo",
          service.service()
              + (late ? " broken, p99 " : " kept again, p99 ")
              + Display.millis(service.p99Ms())
              + (late ? " > " : " <= ")
              + Display.millis(service.sloLatencyMs())
              + in(snapshot.cell()));
    }
    seen.sloTicks.put(service.service(), (broken ? SLO_TICKS : 0) + inRow);
  }

  /**
   * Tells what was done to the simulated world.
   *
   * @param hit false of a fault that changed nothing
   */
  synchronized void onSimulated(long nowMs, SimulationCommand command, boolean hit) {
    if (command instanceof SimulationCommand.Surge surge) {
      line(
          nowMs,
          "surge",
          surge.service()
              + " x"
              + Display.decimal(surge.factor())
              + " within "
              + Display.span(surge.riseMs())
              + " for "
              + Display.span(surge.holdMs())
              + ", declared by nobody");
    } else if (command instanceof SimulationCommand.Fault fault) {
      line(
          nowMs,
          "fault",
          Display.code(fault.fault())
              + " "
              + fault.target()
              + (hit ? "" : " hit nothing, no such thing is there"));
    }
  }

  /** The line about anything else that people should see. */
  synchronized void say(long nowMs, String word, String text) {
    line(nowMs, word, text);
  }

  private void line(long nowMs, String word, String text, Decision decision) {
    line(nowMs, word, text + "  decision " + decision.sequence() + in(decision.cell()));
  }

  private void line(long nowMs, String word, String text) {
    out.accept(Display.clock(nowMs) + "  " + padded(word) + text);
  }

  private static String padded(String word) {
    return word + " ".repeat(Math.max(1, 10 - word.length()));
  }
}
