/**
 * The one vocabulary of Highwater: what the scheduler, its agents, its API and its rehearsals say
 * to each other.
 */
@NullMarked
package dev.highwater.model;

import org.jspecify.annotations.NullMarked;
