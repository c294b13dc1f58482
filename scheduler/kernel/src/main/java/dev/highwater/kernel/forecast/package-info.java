/** Demand ahead of time: experts, their mixture, its headroom, surges, events and silences. */
@NullMarked
package dev.highwater.kernel.forecast;

import org.jspecify.annotations.NullMarked;
