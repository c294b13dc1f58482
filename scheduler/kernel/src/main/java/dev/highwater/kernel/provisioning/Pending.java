package dev.highwater.kernel.provisioning;

import dev.highwater.model.Service;

/**
 * Replicas that wait for a node. Immutable.
 *
 * @param count at least 1
 * @param spotMax how many of them may wait for a spot node
 */
public record Pending(Service service, int count, int spotMax) {}
