/** Where replicas run: capacity of nodes with its index, filters and scores. */
@NullMarked
package dev.highwater.kernel.placement;

import org.jspecify.annotations.NullMarked;
