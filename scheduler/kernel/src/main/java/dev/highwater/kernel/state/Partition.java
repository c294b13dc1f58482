package dev.highwater.kernel.state;

import dev.highwater.model.NodeDescriptor;

/**
 * Nodes that filters treat alike: one pool in one zone with equal labels and taints. Immutable.
 *
 * @param number in the capacity table
 * @param like the first node that came, which stands for all
 */
public record Partition(int number, String pool, int zone, NodeDescriptor like) {}
