package dev.highwater.kernel.sharing;

import dev.highwater.model.Resources;

/**
 * One replica for which room is to be taken back, with what decides who must give way to it.
 *
 * <p>Immutable.
 *
 * @param tenant number of the taker
 * @param nominal whether the taker stays within nominal with it
 * @param priority of the taker
 * @param share of borrowed capacity that the taker has without it
 */
record Claim(int tenant, Resources each, boolean nominal, int priority, double share) {}
