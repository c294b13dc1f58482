package dev.highwater.kernel.draft;

import dev.highwater.kernel.account.Prices;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeState;
import dev.highwater.kernel.state.NodeTable;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Command;
import dev.highwater.model.Decision;
import dev.highwater.model.Explanation;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * One decision in the making: facts, commands and explanations so far, and what the stages found.
 *
 * <p>It exists so that stages know of each other only what is written here. Bookings in the
 * capacity table are a trial that is rolled back at the end; the state itself is read only.
 *
 * <p>Made for one decision; confined to its thread.
 */
public final class Draft {
  private final CellState state;
  private final Input input;
  private final List<Fact> facts = new ArrayList<>();
  private final List<Command> commands = new ArrayList<>();
  private final List<Explanation> explanations = new ArrayList<>();
  private final List<ServiceDraft> services = new ArrayList<>();
  private final ServiceDraft[] byIndex;
  private final boolean[] lost;
  private boolean anyLost;
  private final NodeOrders orders;
  private final Prices prices;

  /** Begins. */
  public Draft(CellState state, Input input) {
    this.state = state;
    this.input = input;
    byIndex = new ServiceDraft[state.serviceCount()];
    lost = new boolean[state.table().slots()];
    orders = new NodeOrders(this);
    prices = new Prices(state);
    facts.addAll(state.refusals());
  }

  /** The state that is decided on. */
  public CellState state() {
    return state;
  }

  /** The input that is decided on. */
  public Input input() {
    return input;
  }

  /** Free capacity, this decision's bookings included. */
  public NodeTable table() {
    return state.table();
  }

  /** Time of the decision. */
  public long nowMs() {
    return state.nowMs();
  }

  /** What replicas cost. */
  public Prices prices() {
    return prices;
  }

  /** Which nodes get new orders. */
  public NodeOrders orders() {
    return orders;
  }

  // What is said.

  /** Adds a fact. */
  public void say(Fact fact) {
    facts.add(fact);
  }

  /** Adds a command. */
  public void command(Command command) {
    commands.add(command);
  }

  /** Adds an explanation. */
  public void explain(Explanation explanation) {
    explanations.add(explanation);
  }

  /** Facts so far. */
  public int factCount() {
    return facts.size();
  }

  /** The generation of orders that follow from the facts so far. */
  public long generation() {
    return state.factCount() + facts.size();
  }

  /** Says that replicas stop, and has their nodes told. */
  public void stop(ServiceDraft service, boolean[] chosen, Fact.StopReason reason) {
    ServiceState before = service.service();
    List<Long> ordinals = new ArrayList<>();
    for (int i = 0; i < chosen.length; i++) {
      if (chosen[i]) {
        ordinals.add(before.ordinal(i));
      }
    }
    say(new Fact.ReplicasStopped(before.id(), ordinals, reason));
    for (int i = 0; i < chosen.length; i++) {
      if (chosen[i]) {
        orders.touch(before.slot(i));
      }
    }
  }

  // What is found.

  /** Adds a service; all are added before the first stage asks for one. */
  public void add(ServiceDraft service) {
    services.add(service);
    byIndex[service.service().index()] = service;
  }

  /** Services by name. */
  public List<ServiceDraft> services() {
    return Collections.unmodifiableList(services);
  }

  /** A service by its index. */
  public ServiceDraft service(int index) {
    return byIndex[index];
  }

  /** Notes that a node is lost or given back by this decision. */
  public void lose(NodeState node) {
    lost[node.slot()] = true;
    anyLost = true;
  }

  /** Whether this decision finds or makes any node lost. */
  public boolean anyLost() {
    return anyLost;
  }

  /** Whether the node in a slot is lost or given back by this decision. */
  public boolean lost(int slot) {
    return lost[slot];
  }

  /** The lost nodes by slot; not to be changed. */
  public boolean[] lost() {
    return lost;
  }

  /** Whether the node in a slot drains. */
  public boolean drains(int slot) {
    NodeState node = state.nodeAt(slot);
    return node != null && node.draining();
  }

  /** The decision. */
  public Decision decision() {
    return new Decision(
        state.name(), state.epoch(), input.sequence(), nowMs(), facts, commands, explanations);
  }
}
