package dev.highwater.model;

/**
 * Names a service of a tenant; written {@code tenant/service}. Immutable, ordered by tenant, then
 * name.
 */
public record ServiceId(String tenant, String name) implements Comparable<ServiceId> {
  public ServiceId {
    Limits.name("tenant", tenant);
    Limits.name("name", name);
  }

  /** Reads {@code tenant/service}. */
  public static ServiceId parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0 || text.indexOf('/', slash + 1) >= 0) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE, "service", text, "must be written tenant/service");
    }
    return new ServiceId(text.substring(0, slash), text.substring(slash + 1));
  }

  @Override
  public int compareTo(ServiceId other) {
    int byTenant = tenant.compareTo(other.tenant);
    return byTenant != 0 ? byTenant : name.compareTo(other.name);
  }

  @Override
  public String toString() {
    return tenant + "/" + name;
  }
}
