/** Dashboards and a real Prometheus, for the tests of this module and of a running member. */
@NullMarked
package dev.highwater.server.metrics.testing;

import org.jspecify.annotations.NullMarked;
