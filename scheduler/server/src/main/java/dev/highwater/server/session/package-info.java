/**
 * Agent sessions: WebSockets of nodes, front doors and hosts, and the inbox that a cell's owner
 * reads from.
 */
@NullMarked
package dev.highwater.server.session;

import org.jspecify.annotations.NullMarked;
