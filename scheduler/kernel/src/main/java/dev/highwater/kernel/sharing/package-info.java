/**
 * Who may have how much: nominal quota, borrowing, lending, and whose turn it is when it is short.
 */
@NullMarked
package dev.highwater.kernel.sharing;

import org.jspecify.annotations.NullMarked;
