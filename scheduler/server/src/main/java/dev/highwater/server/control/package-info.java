/** The control plane as the HTTP API sees it, over store, read models and sessions. */
@NullMarked
package dev.highwater.server.control;

import org.jspecify.annotations.NullMarked;
