package dev.highwater.kernel.provisioning;

import dev.highwater.model.Service;

/**
 * Replicas that wait for a node. Immutable.
 *
 * @param count at least 1
 */
public record Pending(Service service, int count) {}
