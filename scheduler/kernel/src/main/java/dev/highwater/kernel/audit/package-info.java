/** A second, simpler reading of the invariants, which sees decisions only. */
@NullMarked
package dev.highwater.kernel.audit;

import org.jspecify.annotations.NullMarked;
