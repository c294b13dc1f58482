/** A rehearsal told to people: one page that needs nothing but itself. */
@NullMarked
package dev.highwater.rehearsal.report;

import org.jspecify.annotations.NullMarked;
