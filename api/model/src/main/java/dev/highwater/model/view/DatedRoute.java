package dev.highwater.model.view;

import dev.highwater.model.Explanation.ServiceRouted;

/**
 * Where a service's users go, and why, at one time. Immutable.
 *
 * @param epoch of the routes
 * @param sequence of the decision
 * @param nowMs epoch milliseconds of the decision
 */
public record DatedRoute(long epoch, long sequence, long nowMs, ServiceRouted route) {}
