/** {@code highwater dev}: a whole live cluster in one process, and what it prints. */
@NullMarked
package dev.highwater.launcher.dev;

import org.jspecify.annotations.NullMarked;
