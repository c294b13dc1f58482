/**
 * The cluster: one Hazelcast member with Vert.x clustered on it, and the maps that carry what can
 * be rebuilt. Nothing here is ever the truth about ownership or an acknowledged write.
 */
@NullMarked
package dev.highwater.server.cluster;

import org.jspecify.annotations.NullMarked;
