/** The one executable: client verbs, and the verbs that start something. */
@NullMarked
package dev.highwater.launcher;

import org.jspecify.annotations.NullMarked;
