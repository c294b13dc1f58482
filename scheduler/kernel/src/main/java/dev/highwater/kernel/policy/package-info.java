/** From what is seen and foreseen to one explained number of replicas, by policy. */
@NullMarked
package dev.highwater.kernel.policy;

import org.jspecify.annotations.NullMarked;
