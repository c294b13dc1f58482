/** Tests of the verbs that need no cluster. */
@NullMarked
package dev.highwater.launcher.rehearse;

import org.jspecify.annotations.NullMarked;
