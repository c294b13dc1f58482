package dev.highwater.kernel.audit;

import dev.highwater.model.Cell;
import dev.highwater.model.Command;
import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SpecKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Checks every decision about routes against the invariants of the design. Like {@link Auditor} it
 * sees decisions and nothing else, and shares no code with what it checks.
 *
 * <p>Rules: I3 nobody's users go where the service must not run; I4 one epoch, generations that do
 * not go back, orders that say what the facts say; R1 the parts of a service's users are 0 to 1 and
 * add up to 1; R2 none goes to a lost cell while another may serve.
 *
 * <p>Confined to one thread.
 */
public final class RouteAuditor {
  private static final double EXACT = 1e-9;

  private final SortedMap<String, Cell> cells = new TreeMap<>();
  private final SortedMap<ServiceId, Service> services = new TreeMap<>();
  private final SortedMap<ServiceId, SortedMap<String, Double>> shares = new TreeMap<>();
  private final SortedSet<String> lost = new TreeSet<>();
  private long epoch;
  private long generation;
  private long nowMs = Long.MIN_VALUE;
  private long sequence = Long.MIN_VALUE;

  /** Takes in a fact of the past, before the first decision that is checked. */
  public void replay(Fact fact) {
    book(fact);
  }

  /**
   * Checks a decision, and takes it in.
   *
   * @return the rules it breaks; empty when it is sound
   */
  public List<Violation> check(Decision decision) {
    List<Violation> found = new ArrayList<>();
    boolean refuses =
        decision.commands().isEmpty()
            && decision.facts().stream().allMatch(fact -> fact instanceof Fact.InputRefused);
    if (decision.epoch() != epoch) {
      if (!refuses) {
        found.add(
            new Violation("I4", "epoch " + decision.epoch() + " decides under epoch " + epoch));
      }
      return found;
    }
    if (decision.nowMs() < nowMs || decision.sequence() < sequence) {
      found.add(new Violation("I8", "time or sequence goes back at " + decision.sequence()));
    }
    nowMs = Math.max(nowMs, decision.nowMs());
    sequence = Math.max(sequence, decision.sequence());
    for (Fact fact : decision.facts()) {
      if (fact instanceof Fact.RoutesKept) {
        found.add(new Violation("I8", "the sum of a journal stands amid it"));
        continue;
      }
      // Specs take effect with the next decision: the parts were made under those before.
      if (!(fact instanceof Fact.SpecApplied)) {
        book(fact);
      }
    }
    shares.forEach((service, parts) -> check(service, parts, found));
    for (Command command : decision.commands()) {
      check(command, found);
    }
    decision.facts().stream().filter(fact -> fact instanceof Fact.SpecApplied).forEach(this::book);
    return found;
  }

  private void check(ServiceId id, SortedMap<String, Double> parts, List<Violation> found) {
    Service service = services.get(id);
    if (service == null) {
      return;
    }
    boolean anywhere = false;
    boolean heardAnywhere = false;
    for (Cell cell : cells.values()) {
      if (service.mayRunIn(cell)) {
        anywhere = true;
        heardAnywhere |= !lost.contains(cell.name());
      }
    }
    double sum = 0;
    for (Map.Entry<String, Double> part : parts.entrySet()) {
      double ratio = part.getValue();
      Cell cell = cells.get(part.getKey());
      sum += ratio;
      if (!(ratio >= 0 && ratio <= 1 + EXACT)) {
        found.add(new Violation("R1", ratio + " of " + id + " go to " + part.getKey()));
      }
      if (ratio > 0 && (cell == null || !service.mayRunIn(cell))) {
        found.add(new Violation("I3", "users of " + id + " go to " + part.getKey()));
      }
      if (ratio > 0 && heardAnywhere && lost.contains(part.getKey())) {
        found.add(new Violation("R2", "users of " + id + " go to lost " + part.getKey()));
      }
    }
    if (Math.abs(sum - (anywhere ? 1 : 0)) > EXACT) {
      found.add(new Violation("R1", "the parts of " + id + " add up to " + sum));
    }
  }

  private void check(Command command, List<Violation> found) {
    if (!(command instanceof Command.RouteUsers route)) {
      found.add(new Violation("I4", "the routes order " + command));
      return;
    }
    if (route.epoch() != epoch || route.generation() < generation) {
      found.add(
          new Violation("I4", "epoch " + route.epoch() + " generation " + route.generation()));
    }
    generation = Math.max(generation, route.generation());
    for (Command.ServiceRoute service : route.routes()) {
      SortedMap<String, Double> said = new TreeMap<>();
      for (Command.RoutedCell cell : service.cells()) {
        if (cell.ratio() > 0) {
          said.put(cell.cell(), cell.ratio());
        }
      }
      if (!said.equals(shares.get(service.service()))) {
        found.add(new Violation("I4", "the order for " + service.service() + " is not the fact"));
      }
    }
  }

  private void book(Fact fact) {
    if (fact instanceof Fact.RoutesKept f) {
      epoch = f.image().epoch();
      f.image().cells().forEach(cell -> cells.put(cell.name(), cell));
      f.image().services().forEach(service -> services.put(service.id(), service));
      f.image().shares().forEach(this::book);
      lost.addAll(f.image().lost());
    } else if (fact instanceof Fact.EpochBegun f) {
      epoch = f.epoch();
    } else if (fact instanceof Fact.UsersRouted f) {
      SortedMap<String, Double> parts = new TreeMap<>();
      f.cells().forEach(part -> parts.put(part.cell(), part.ratio()));
      shares.put(f.service(), parts);
    } else if (fact instanceof Fact.CellLost f) {
      lost.add(f.cell());
    } else if (fact instanceof Fact.CellFound f) {
      lost.remove(f.cell());
    } else if (fact instanceof Fact.SpecApplied f && f.specKind() == SpecKind.CELL) {
      if (f.spec() instanceof Cell cell) {
        cells.put(f.key(), cell);
      } else {
        cells.remove(f.key());
        lost.remove(f.key());
      }
    } else if (fact instanceof Fact.SpecApplied f && f.specKind() == SpecKind.SERVICE) {
      ServiceId id = ServiceId.parse(f.key());
      if (f.spec() instanceof Service service) {
        services.put(id, service);
      } else {
        services.remove(id);
        shares.remove(id);
      }
    }
  }
}
