package dev.highwater.kernel.placement;

import dev.highwater.kernel.draft.Draft;
import dev.highwater.kernel.draft.ServiceDraft;
import dev.highwater.kernel.state.Amounts;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeState;
import dev.highwater.kernel.state.NodeTable;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Criticality;
import dev.highwater.model.Fact;
import dev.highwater.model.PlacementRule;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds nodes for the replicas of services, as often in one decision as their turn comes.
 *
 * <p>It keeps each service's {@link Group} from turn to turn, so that filters are evaluated once.
 * Made for one decision; confined to its thread.
 */
public final class Placing {
  private final Draft draft;
  private final CellState state;
  private final NodeTable table;
  private final @Nullable Group[] groups;
  private final boolean emptying;
  private @Nullable Placer placer;
  private @Nullable Map<ServiceId, List<ServiceDraft>> apart;
  private int[] slots = new int[256];

  /** Begins. */
  public Placing(Draft draft) {
    this.draft = draft;
    this.state = draft.state();
    this.table = draft.table();
    groups = new Group[state.serviceCount()];
    emptying =
        state.drainingNodes() > 0
            && state.nodes().stream()
                .anyMatch(node -> node.drainReason() == Fact.DrainReason.EMPTIED);
  }

  /**
   * Books up to {@code count} replicas, and notes where; returns how many found room. While nodes
   * are emptied, nodes in use are filled first, as the trial of the moves did.
   */
  public int place(ServiceDraft service, int count) {
    int done = 0;
    if (emptying) {
      group(service); // as if all were open
      EmptyNodes empty = EmptyNodes.close(state);
      done = placeInOpen(service, count);
      empty.open();
    }
    return done < count ? done + placeInOpen(service, count - done) : done;
  }

  private int placeInOpen(ServiceDraft service, int count) {
    if (slots.length < count) {
      slots = new int[count * 2];
    }
    Group group = group(service);
    if (!apartFrom(service).isEmpty()) {
      group.apartFrom(forbidden(service));
    }
    int done = place(service, group, count);
    for (int i = 0; i < done; ) {
      int j = i + 1;
      while (j < done && slots[j] == slots[i]) {
        j++;
      }
      NodeState node = state.nodeAt(slots[i]);
      if (node == null) {
        throw new AssertionError("the placer chose an empty slot: " + slots[i]);
      }
      service.share(slots[i], new Fact.NodeShare(node.name(), j - i));
      i = j;
    }
    return done;
  }

  /** A critical service goes to nodes that stay first, and to others only for its share of them. */
  private int place(ServiceDraft service, Group group, int count) {
    int[][] usable = group.partitions();
    boolean critical = service.service().spec().criticality() == Criticality.CRITICAL;
    int[][] steady = critical ? SpotShare.steady(state, usable) : usable;
    if (steady == usable) {
      return placer().place(table, group, count, slots, 0);
    }
    int spotLeft = SpotShare.left(state, service);
    int done = placer().place(table, group.within(steady), count, slots, 0);
    int more = Math.min(count - done, spotLeft);
    group.within(usable);
    return done + (more > 0 ? placer().place(table, group, more, slots, done) : 0);
  }

  /** The placer, with what may come to nodes with devices weighted by what is wanted now. */
  private Placer placer() {
    Placer made = placer;
    if (made == null) {
      List<FragmentationScore.TaskType> types = new ArrayList<>();
      boolean anyDevices = false;
      for (ServiceDraft service : draft.services()) {
        Service spec = service.service().spec();
        if (service.target() > 0) {
          anyDevices |= spec.resources().gpuMilli() > 0;
          types.add(
              new FragmentationScore.TaskType(
                  Amounts.cpu(spec), Amounts.memory(spec), Amounts.gpu(spec), service.target()));
        }
      }
      made = new Placer(anyDevices ? new FragmentationScore(types) : DeviceScore.PACKING);
      placer = made;
    }
    return made;
  }

  /** How nodes with devices are compared in this decision. */
  DeviceScore deviceScore() {
    return placer().deviceScore();
  }

  /** The service's replicas as the placer sees them, or null before it was asked for. */
  @Nullable Group known(ServiceDraft service) {
    return groups[service.service().index()];
  }

  /** The service's replicas as the placer sees them. */
  public Group group(ServiceDraft service) {
    Group known = known(service);
    if (known == null) {
      known = make(service);
      groups[service.service().index()] = known;
    }
    return known;
  }

  /**
   * Names of the zones that may not take one more of the service's replicas as they are placed now,
   * because the emptiest zone that it may use has too few.
   *
   * @param more replicas that wait
   */
  public SortedSet<String> zonesAtSkew(ServiceDraft service, int more) {
    SortedSet<String> atSkew = new TreeSet<>();
    Group group = group(service);
    int total = more;
    int lowest = Integer.MAX_VALUE;
    for (int z = 0; z < group.partitions().length; z++) {
      total += group.onZone()[z];
      lowest = group.partitions()[z].length == 0 ? lowest : Math.min(lowest, group.onZone()[z]);
    }
    int skewMax = group.skewMax(total);
    for (int z = 0; z < group.partitions().length; z++) {
      if (group.partitions()[z].length > 0 && group.onZone()[z] - lowest >= skewMax) {
        atSkew.add(state.zones().get(z));
      }
    }
    return atSkew;
  }

  private Group make(ServiceDraft draftOf) {
    ServiceState service = draftOf.service();
    PlacementRule rule = service.spec().placement();
    int[][] usable = Filters.usable(state, service);
    int[][] open = usable;
    int[] onZone = new int[usable.length];
    for (int z = 0; z < usable.length; z++) {
      onZone[z] = service.onZone(z);
      boolean any = false;
      for (int partition : usable[z]) {
        any |= table.openIn(partition) > 0;
      }
      if (!any && usable[z].length > 0) {
        open = open == usable ? usable.clone() : open;
        open[z] = new int[0];
      }
    }
    if (draft.anyLost() || state.drainingNodes() > 0 || draftOf.shrinks()) {
      Arrays.fill(onZone, 0);
      for (int i = 0; i < service.size(); i++) {
        if (draftOf.counts(i) && !draft.drains(service.slot(i))) {
          NodeState node = state.nodeAt(service.slot(i));
          onZone[node == null ? 0 : node.zone()]++;
        }
      }
    }
    Group group =
        new Group(
                Amounts.cpu(service.spec()),
                Amounts.memory(service.spec()),
                Amounts.gpu(service.spec()),
                open,
                onZone,
                usable.length == 0 ? 0 : service.index() % usable.length)
            .spread(rule.zoneSkewMaxRatio());
    int onNodeMax = service.spec().onNodeMax();
    if (onNodeMax > 0) {
      int[] onNode = new int[table.slots()];
      for (int i = 0; i < service.size(); i++) {
        onNode[service.slot(i)]++;
      }
      group.perNode(onNodeMax, onNode);
    }
    return group;
  }

  /** Other services that must not be beside this one, by either's spec. */
  private List<ServiceDraft> apartFrom(ServiceDraft service) {
    Map<ServiceId, List<ServiceDraft>> known = apart;
    if (known == null) {
      known = new TreeMap<>();
      for (ServiceDraft one : draft.services()) {
        for (ServiceId id : one.service().spec().placement().antiAffinity()) {
          ServiceState other = state.service(id);
          if (other != null && other != one.service()) {
            known
                .computeIfAbsent(one.service().id(), key -> new ArrayList<>())
                .add(draft.service(other.index()));
            known.computeIfAbsent(id, key -> new ArrayList<>()).add(one);
          }
        }
      }
      apart = known;
    }
    return known.getOrDefault(service.service().id(), List.of());
  }

  /** Slots that hold, or in this decision received, a service that must not be beside this one. */
  private boolean[] forbidden(ServiceDraft service) {
    boolean[] forbidden = new boolean[table.slots()];
    for (ServiceDraft other : apartFrom(service)) {
      for (int i = 0; i < other.service().size(); i++) {
        forbidden[other.service().slot(i)] = true;
      }
      for (int k = 0; k < other.shares().size(); k++) {
        forbidden[other.shareSlot(k)] = true;
      }
    }
    return forbidden;
  }
}
