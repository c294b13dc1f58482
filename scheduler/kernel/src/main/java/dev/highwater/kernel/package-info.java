/**
 * The pure core that decides. Live and in rehearsal it is the same code; it knows no clock and no
 * chance.
 */
@NullMarked
package dev.highwater.kernel;

import org.jspecify.annotations.NullMarked;
