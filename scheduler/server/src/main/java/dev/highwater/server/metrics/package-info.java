/**
 * What Prometheus scrapes: names in one class, one binder per subject, read from published
 * snapshots.
 */
@NullMarked
package dev.highwater.server.metrics;

import org.jspecify.annotations.NullMarked;
