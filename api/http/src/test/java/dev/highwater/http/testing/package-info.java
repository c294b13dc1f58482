/** Runs Vert.x Unit test suites from JUnit 5; shared with other modules through the test jar. */
@NullMarked
package dev.highwater.http.testing;

import org.jspecify.annotations.NullMarked;
