/** Node hosts and front doors: simulated nodes that speak the real agent protocol. */
@NullMarked
package dev.highwater.agent;

import org.jspecify.annotations.NullMarked;
