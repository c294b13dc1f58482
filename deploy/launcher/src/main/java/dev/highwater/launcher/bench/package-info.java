/** The verb bench: what the budgets promise, measured on this machine. */
@NullMarked
package dev.highwater.launcher.bench;

import org.jspecify.annotations.NullMarked;
