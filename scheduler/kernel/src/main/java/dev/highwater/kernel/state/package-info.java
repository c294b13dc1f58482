/**
 * What a cell is: the journaled part that facts change and the soft part that observations change.
 */
@NullMarked
package dev.highwater.kernel.state;

import org.jspecify.annotations.NullMarked;
