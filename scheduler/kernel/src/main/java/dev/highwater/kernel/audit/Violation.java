package dev.highwater.kernel.audit;

/**
 * A rule that a decision broke. Immutable.
 *
 * @param rule number of the invariant in the design, such as {@code I1}
 * @param detail who, where, and by how much
 */
public record Violation(String rule, String detail) {}
