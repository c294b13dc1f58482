/** The rules of the house as tests over the compiled classes of all modules. */
@NullMarked
package dev.highwater.launcher.house;

import org.jspecify.annotations.NullMarked;
