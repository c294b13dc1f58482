/** Java client of the HTTP API. */
@NullMarked
package dev.highwater.client;

import org.jspecify.annotations.NullMarked;
