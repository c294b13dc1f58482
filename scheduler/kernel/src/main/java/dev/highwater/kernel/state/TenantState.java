package dev.highwater.kernel.state;

import dev.highwater.model.Quota;
import dev.highwater.model.Resources;
import dev.highwater.model.Tenant;
import org.jspecify.annotations.Nullable;

/**
 * One tenant in one cell: its spec and what its replicas hold.
 *
 * <p>Confined to the thread that owns the cell's state; written only by {@link CellState}.
 */
public final class TenantState {
  final String name;
  @Nullable Tenant spec;
  @Nullable Quota quota;
  long cpuMilli;
  long memoryMib;
  long gpuMilli;

  TenantState(String name) {
    this.name = name;
  }

  TenantState copy() {
    TenantState copy = new TenantState(name);
    copy.spec = spec;
    copy.quota = quota;
    copy.cpuMilli = cpuMilli;
    copy.memoryMib = memoryMib;
    copy.gpuMilli = gpuMilli;

    return copy;
  }

  void use(Resources each, int count) {
    cpuMilli += each.cpuMilli() * count;
    memoryMib += each.memoryMib() * count;
    gpuMilli += each.gpuMilli() * count;
  }

  /** Name. */
  public String name() {
    return name;
  }

  /** The spec in force, or the defaults when services name a tenant that is not declared. */
  public Tenant spec() {
    return spec == null ? Tenant.named(name) : spec;
  }

  /** Quota in this cell, or null: nominal nothing, borrowing without limit. */
  public @Nullable Quota quota() {
    return quota;
  }

  /** CPU that its replicas hold, those told to stop included. */
  public long cpuMilli() {
    return cpuMilli;
  }

  /** Memory that its replicas hold. */
  public long memoryMib() {
    return memoryMib;
  }

  /** Devices that its replicas hold. */
  public long gpuMilli() {
    return gpuMilli;
  }
}
