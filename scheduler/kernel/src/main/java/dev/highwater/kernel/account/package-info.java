/** What capacity costs, whose it is, and how much of it may be borrowed for money. */
@NullMarked
package dev.highwater.kernel.account;

import org.jspecify.annotations.NullMarked;
