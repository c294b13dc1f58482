/** What the HTTP API answers beside specs and decisions: pages and read models. Immutable. */
@NullMarked
package dev.highwater.model.view;

import org.jspecify.annotations.NullMarked;
