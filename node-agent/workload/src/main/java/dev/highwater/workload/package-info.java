/**
 * The simulated tenants: traffic, users who retry, front door, request queues, nodes and pools.
 *
 * <p>Pure code: no clock, no I/O, no unseeded chance. Every class takes window indices or times as
 * arguments, so the same objects are driven live by the agent and in virtual time by a rehearsal.
 */
@NullMarked
package dev.highwater.workload;

import org.jspecify.annotations.NullMarked;
