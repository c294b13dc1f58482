package dev.highwater.model;

import java.util.List;

/**
 * Everything one decision is made from. A recorded list of inputs replays to the same decisions.
 * Immutable.
 *
 * @param sequence grows by one for each input of a cell
 * @param nowMs epoch milliseconds; never before that of an earlier input
 * @param changes spec changes committed since the last input, in revision order
 * @param observations what agents said since the last input, in order of arrival
 */
public record Input(
    String cell,
    long epoch,
    long sequence,
    long nowMs,
    List<SpecChange> changes,
    List<Observation> observations) {
  public Input {
    changes = List.copyOf(changes);
    observations = List.copyOf(observations);
  }
}
