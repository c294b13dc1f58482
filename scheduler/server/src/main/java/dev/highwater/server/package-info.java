/** The live scheduler: ownership, journal and store, read models, agent sessions, control loop. */
@NullMarked
package dev.highwater.server;

import org.jspecify.annotations.NullMarked;
