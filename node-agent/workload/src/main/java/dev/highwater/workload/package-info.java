/**
 * The simulated tenants: traffic, front door and request queues. Pure: all chance comes from seeds.
 */
@NullMarked
package dev.highwater.workload;

import org.jspecify.annotations.NullMarked;
