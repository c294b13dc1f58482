/** Workloads and measurements of the kernel alone; the clock is the caller's. */
@NullMarked
package dev.highwater.kernel.bench;

import org.jspecify.annotations.NullMarked;
