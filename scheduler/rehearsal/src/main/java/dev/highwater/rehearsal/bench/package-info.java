/** Workloads and measurements of the kernel's placement; the clock is the caller's. */
@NullMarked
package dev.highwater.rehearsal.bench;

import org.jspecify.annotations.NullMarked;
