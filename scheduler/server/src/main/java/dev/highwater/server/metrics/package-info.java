/**
 * What Prometheus is told: one binder per subject, read from published snapshots when scraped, and
 * the counters and timers of the control loop.
 */
@NullMarked
package dev.highwater.server.metrics;

import org.jspecify.annotations.NullMarked;
