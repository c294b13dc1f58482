package dev.highwater.model.view;

import dev.highwater.model.Explanation.ServiceExplained;

/**
 * Why a service had its target in one cell at one time. Immutable.
 *
 * @param sequence of the decision
 * @param nowMs epoch milliseconds of the decision
 */
public record DatedExplanation(
    String cell, long epoch, long sequence, long nowMs, ServiceExplained explanation) {}
