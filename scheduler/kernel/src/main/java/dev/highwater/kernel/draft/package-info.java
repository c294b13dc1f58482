/** A decision in the making: what its stages have found and said so far. */
@NullMarked
package dev.highwater.kernel.draft;

import org.jspecify.annotations.NullMarked;
