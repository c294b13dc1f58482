/**
 * The control loop: which cells this member decides for, and the one thread per cell that decides.
 */
@NullMarked
package dev.highwater.server.loop;

import org.jspecify.annotations.NullMarked;
