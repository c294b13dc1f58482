/** Runs Vert.x Unit test suites from JUnit 5, fakes, a browser; shared through the test jar. */
@NullMarked
package dev.highwater.http.testing;

import org.jspecify.annotations.NullMarked;
