/** How many nodes each pool shall have. */
@NullMarked
package dev.highwater.kernel.provisioning;

import org.jspecify.annotations.NullMarked;
