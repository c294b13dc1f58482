/**
 * What runs live: {@code scheduler} (one member), {@code agent} (simulated nodes and users), {@code
 * up} (several members and the agents as processes), {@code dev} (one of each in one process), and
 * what they print.
 */
@NullMarked
package dev.highwater.launcher.dev;

import org.jspecify.annotations.NullMarked;
