package dev.highwater.rehearsal;

import dev.highwater.kernel.policy.PolicyName;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Service;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What decides the numbers in a run: the policies of the scenario, one policy of the kernel for all
 * services, or a bound. Immutable.
 *
 * <p>Bounds know what nobody can know and are only a yardstick: {@code oracle} knows the whole
 * night and pays boots only; {@code perfect-reactive:M} knows the present exactly, the future not
 * at all, and holds M times its need (1 when left out).
 *
 * @param name under which results are compared
 * @param kernelPolicy for all services; empty keeps each service's own
 * @param bound which bound steers, or none
 * @param margin of {@code perfect-reactive}
 */
public record PolicyChoice(String name, String kernelPolicy, Bound bound, double margin) {
  /** Who tells the kernel its numbers. */
  enum Bound {
    NONE,
    ORACLE,
    PERFECT_REACTIVE
  }

  private static final double MARGIN_MAX = 100;

  /** The scenario's own policies, named by the only one or {@code scenario}. */
  public static PolicyChoice ofScenario(List<Service> services) {
    SortedSet<String> names = new TreeSet<>();
    services.forEach(service -> names.add(service.scaling().policy()));
    String name = names.size() == 1 ? names.first() : "scenario";
    return new PolicyChoice(name, "", Bound.NONE, 1);
  }

  /** Reads a policy's or a bound's name. */
  public static PolicyChoice parse(String text) {
    if (text.equals("oracle")) {
      return new PolicyChoice(text, "fixed", Bound.ORACLE, 1);
    }
    if (text.equals("perfect-reactive")) {
      return new PolicyChoice(text, "fixed", Bound.PERFECT_REACTIVE, 1);
    }
    if (text.startsWith("perfect-reactive:")) {
      try {
        double margin = Double.parseDouble(text.substring(text.indexOf(':') + 1));
        if (margin > 0 && margin <= MARGIN_MAX) {
          return new PolicyChoice(text, "fixed", Bound.PERFECT_REACTIVE, margin);
        }
      } catch (NumberFormatException e) {
        // Told below, as an unknown name is.
      }
    } else if (PolicyName.parse(text).isPresent()) {
      return new PolicyChoice(text, text, Bound.NONE, 1);
    }
    throw new InvalidInputException(
        ErrorCode.INVALID_VALUE,
        "policy",
        text,
        "must be " + PolicyName.NAMES + ", oracle, perfect-reactive or perfect-reactive:1.2");
  }

  /** Whether this is a bound, which only a rehearsal can know. */
  public boolean isBound() {
    return bound != Bound.NONE;
  }

  /** Whether schedules are all that this policy is told of what will come. */
  public boolean readsSchedulesOnly() {
    return PolicyName.parse(kernelPolicy).filter(p -> p.kind() == PolicyName.Kind.CRON).isPresent();
  }

  /** The services as this choice scales them. */
  public List<Service> applied(List<Service> services) {
    if (kernelPolicy.isEmpty()) {
      return services;
    }
    List<Service> applied = new ArrayList<>();
    for (Service service : services) {
      applied.add(service.withScaling(service.scaling().withPolicy(kernelPolicy)));
    }
    return applied;
  }
}
