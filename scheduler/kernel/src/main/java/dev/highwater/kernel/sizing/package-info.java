/** Replicas from a latency promise: the queueing model and its tables. */
@NullMarked
package dev.highwater.kernel.sizing;

import org.jspecify.annotations.NullMarked;
