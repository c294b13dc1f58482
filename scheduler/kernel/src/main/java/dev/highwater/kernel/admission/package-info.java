/** How much the front doors may let in. */
@NullMarked
package dev.highwater.kernel.admission;

import org.jspecify.annotations.NullMarked;
