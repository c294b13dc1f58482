package dev.highwater.model;

import java.util.List;

/**
 * Who owns services and quota. Immutable.
 *
 * @param name unique
 * @param displayName for people; the name when left out
 * @param weight share of borrowed capacity relative to others', > 0; default 1
 * @param priority larger is served first when capacity is short, 0 to 1,000; default 100
 * @param cohort tenants of one cohort lend to each other; default {@code default}
 * @param quotas at most one for a cell; a cell without one has nominal 0 and unlimited borrowing
 * @param budgetPerHour money per hour that borrowed and public capacity may cost; 0 means no limit
 */
public record Tenant(
    String name,
    String displayName,
    double weight,
    int priority,
    String cohort,
    List<Quota> quotas,
    double budgetPerHour)
    implements Spec {
  public Tenant {
    Limits.name("name", name);
    displayName = Limits.text("displayName", displayName);
    displayName = displayName.isEmpty() ? name : displayName;
    Limits.range("weight", weight, 0.001, 1_000_000);
    Limits.range("priority", priority, 0, 1_000);
    Limits.name("cohort", cohort);
    quotas = Limits.list("quotas", quotas, Limits.SPEC_LIST_MAX);
    Limits.range("budgetPerHour", budgetPerHour, 0, 1e12);
    for (int i = 0; i < quotas.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (quotas.get(i).cell().equals(quotas.get(j).cell())) {
          throw new InvalidInputException(
              ErrorCode.INVALID_VALUE,
              "quotas[" + i + "].cell",
              quotas.get(i).cell(),
              "must not name a cell twice");
        }
      }
    }
  }

  /** A tenant with every default. */
  public static Tenant named(String name) {
    return new Tenant(name, name, 1, 100, "default", List.of(), 0);
  }

  @Override
  public String key() {
    return name;
  }
}
