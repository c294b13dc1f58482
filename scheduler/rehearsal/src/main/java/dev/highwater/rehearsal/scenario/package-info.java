/** The scenario file: its records, its strict reader and its published schema. */
@NullMarked
package dev.highwater.rehearsal.scenario;

import org.jspecify.annotations.NullMarked;
