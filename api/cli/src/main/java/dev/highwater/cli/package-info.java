/** The client verbs of the {@code highwater} command. */
@NullMarked
package dev.highwater.cli;

import org.jspecify.annotations.NullMarked;
