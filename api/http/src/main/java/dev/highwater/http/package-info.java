/** The HTTP face: REST, server-sent events, metrics and console over ports made of model types. */
@NullMarked
package dev.highwater.http;

import org.jspecify.annotations.NullMarked;
