/** Tests of the live cluster in one process. */
@NullMarked
package dev.highwater.launcher.dev;

import org.jspecify.annotations.NullMarked;
