/** Members as processes of their own, for the tests of this module and of the launcher. */
@NullMarked
package dev.highwater.server.testing;

import org.jspecify.annotations.NullMarked;
