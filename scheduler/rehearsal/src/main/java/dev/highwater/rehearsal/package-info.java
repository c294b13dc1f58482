/** Virtual time: wires kernel and workload to one queue of events, and scores what came of it. */
@NullMarked
package dev.highwater.rehearsal;

import org.jspecify.annotations.NullMarked;
