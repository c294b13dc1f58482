/** Which part of a service's users comes to which cell. */
@NullMarked
package dev.highwater.kernel.route;

import org.jspecify.annotations.NullMarked;
