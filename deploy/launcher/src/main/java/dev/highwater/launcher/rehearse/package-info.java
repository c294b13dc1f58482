/** The verbs that need no cluster: rehearse, validate, replay and bench. */
@NullMarked
package dev.highwater.launcher.rehearse;

import org.jspecify.annotations.NullMarked;
