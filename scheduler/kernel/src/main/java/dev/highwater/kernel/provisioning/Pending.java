package dev.highwater.kernel.provisioning;

import dev.highwater.model.Service;

/**
 * Replicas of one service for which nodes are to be had. Immutable.
 *
 * @param waiting are wanted now
 * @param calendar are to come for declared events
 * @param forecast are to come by forecasts alone
 * @param event name of the declared event that asks for most; empty without one
 * @param spotMax how many of them may wait for a spot node
 */
public record Pending(
    Service service, int waiting, int calendar, int forecast, String event, int spotMax) {}
