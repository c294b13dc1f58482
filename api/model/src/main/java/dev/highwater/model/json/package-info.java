/**
 * The one JSON form of the vocabulary: strict, with defaults, and with errors that name the field.
 */
@NullMarked
package dev.highwater.model.json;

import org.jspecify.annotations.NullMarked;
