package dev.highwater.kernel;

import dev.highwater.kernel.account.Budgets;
import dev.highwater.kernel.account.Prices;
import dev.highwater.kernel.admission.Admission;
import dev.highwater.kernel.placement.DeviceScore;
import dev.highwater.kernel.placement.FragmentationScore;
import dev.highwater.kernel.placement.Group;
import dev.highwater.kernel.placement.NodeTable;
import dev.highwater.kernel.placement.Placer;
import dev.highwater.kernel.policy.ScalingDecision;
import dev.highwater.kernel.policy.ServiceScaler;
import dev.highwater.kernel.provisioning.NodePlan;
import dev.highwater.kernel.provisioning.Pending;
import dev.highwater.kernel.provisioning.PoolPlan;
import dev.highwater.kernel.provisioning.Provisioner;
import dev.highwater.kernel.sharing.Reclaim;
import dev.highwater.kernel.sharing.Shares;
import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeState;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Cell;
import dev.highwater.model.Command;
import dev.highwater.model.Criticality;
import dev.highwater.model.Decision;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.Explanation;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.NodeDescriptor;
import dev.highwater.model.NodePool;
import dev.highwater.model.PlacementRule;
import dev.highwater.model.ReplicaState;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecChange;
import dev.highwater.model.Tenant;
import dev.highwater.model.WishSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One decision in the making: the stages of a tick in order, over a state that is put back at the
 * end.
 *
 * <p>Used once; confined to its thread.
 */
final class Tick {
  /**
   * A node that has not obeyed its last order after so long is told again. Chosen by us: one report
   * interval and a half.
   */
  private static final long RESEND_MS = 1_500;

  /**
   * Time from telling borrowed replicas to stop until their room is free, two reports and a drain.
   * Chosen by us.
   */
  static final long RECLAIM_MS = 15_000;

  /** Admission rates are said again this often, because a front door does not acknowledge them. */
  private static final long ADMISSION_REPEAT_MS = 5_000;

  /**
   * Nodes looked at per decision to count refusals: enough for 200 pending services on 10,000
   * nodes, about 10 ms.
   */
  private static final long REFUSAL_BUDGET = 2_000_000;

  private final CellState state;
  private final Input input;
  private final boolean admits;
  private final NodeTable table;
  private final long nowMs;
  private final List<Fact> facts = new ArrayList<>();
  private final List<Command> commands = new ArrayList<>();
  private final List<Explanation> explanations = new ArrayList<>();
  private @Nullable Placer placer;
  private final Prices prices;
  private final List<Work> works = new ArrayList<>();

  // Per node slot.
  private final boolean[] lost;
  private final boolean[] reserved;
  private int[] reservedSlots = new int[8];
  private int reservedCount;
  private final long[] generation;
  private final int[] addedHead;
  private int[] touched = new int[64];
  private int touchedCount;
  private boolean anyLost;
  private boolean anyDraining;

  // Replicas placed by this decision, linked per slot.
  private int[] addedNext = new int[256];
  private int[] addedService = new int[256];
  private long[] addedOrdinal = new long[256];
  private int added;

  private int[] slots = new int[256];
  private int[] devices = new int[256];
  private long refusalBudget = REFUSAL_BUDGET;

  /** One service in this decision. */
  private static final class Work {
    final ServiceState service;
    final int tenant;
    final int activeBefore;
    final int draining;
    int target;
    int wanted;
    int granted;
    int placed;
    int chunk;
    int ahead;
    int aheadSoon;
    int onTheWay;
    int contended;
    int unaffordable;
    int taken;
    int booked;
    boolean[] gone = new boolean[0];
    boolean @Nullable [] stopNow;
    int stoppedCount;
    @Nullable Group group;
    final List<Fact.NodeShare> shares = new ArrayList<>();

    /** Node slot of each of the shares. */
    int[] shareSlots = new int[8];

    @Nullable ScalingDecision scaled;
    Explanation.@Nullable AdmissionView admission;

    Work(ServiceState service, int tenant, int activeBefore, int draining) {
      this.service = service;
      this.tenant = tenant;
      this.activeBefore = activeBefore;
      this.draining = draining;
    }

    int pending() {
      return Math.max(0, wanted - placed);
    }
  }

  Tick(CellState state, Input input, boolean admits) {
    this.admits = admits;
    this.state = state;
    this.input = input;
    this.table = state.table();
    this.nowMs = state.nowMs();
    this.prices = new Prices(state);
    int n = table.slots();
    lost = new boolean[n];
    reserved = new boolean[n];
    generation = new long[n];
    addedHead = new int[n];
    Arrays.fill(addedHead, -1);
  }

  Decision decide() {
    facts.addAll(state.refusals());
    liveness();
    table.beginTrial();
    try {
      Shares shares = new Shares(state);
      releaseGone(shares);
      scale();
      stop();
      grow(shares);
      admit();
      ahead(shares);
      provision(shares);
      explain(shares);
    } finally {
      for (int i = 0; i < reservedCount; i++) {
        table.setOpen(reservedSlots[i], true);
      }
      table.rollback();
    }
    orders();
    specs();
    return new Decision(
        state.name(), state.epoch(), input.sequence(), nowMs, facts, commands, explanations);
  }

  // Specs. Their facts come last: what this decision placed was placed under the specs before them.

  private void specs() {
    for (SpecChange change : input.changes()) {
      String refusal = refusal(change);
      if (refusal != null) {
        facts.add(
            new Fact.InputRefused(
                ErrorCode.INVALID_VALUE, change.kind() + " " + change.key(), refusal));
      } else {
        facts.add(
            new Fact.SpecApplied(
                change.kind(),
                change.key(),
                change.resourceVersion(),
                change.revision(),
                change.spec()));
      }
    }
  }

  private @Nullable String refusal(SpecChange change) {
    Spec spec = change.spec();
    if (spec == null) {
      return null;
    }
    if (!spec.key().equals(change.key()) || !change.kind().type().isInstance(spec)) {
      return "row and content name different things";
    }
    if (spec instanceof Service service) {
      ServiceState running = state.service(service.id());
      if (running != null
          && running.size() > 0
          && !running.spec().resources().equals(service.resources())) {
        return "resources cannot change while replicas run: stop it, or give the new size another name";
      }
    }
    return null;
  }

  // Nodes.

  private void liveness() {
    for (NodeDescriptor candidate : state.candidates()) {
      facts.add(new Fact.NodeJoined(candidate));
      NodeState before = state.node(candidate.name());
      if (before != null) {
        markLost(before);
      }
    }
    if (state.scanned()) {
      for (int slot = 0; slot < table.slots(); slot++) {
        NodeState node = state.nodeAt(slot);
        if (node != null && !lost[slot] && nowMs - node.lastReportMs() >= CellState.LEASE_MS) {
          facts.add(new Fact.NodeLost(node.name(), Fact.NodeLossReason.LEASE_EXPIRED));
          markLost(node);
        }
      }
    }
    anyDraining = state.drainingNodes() > 0;
  }

  private void markLost(NodeState node) {
    lost[node.slot()] = true;
    anyLost = true;
  }

  // Replicas that ended.

  private void releaseGone(Shares shares) {
    for (ServiceState service : state.services()) {
      int active = service.active();
      int draining = 0;
      int tenant = shares.tenant(service.id().tenant());
      List<Long> ended = null;
      boolean[] gone = new boolean[0];
      if (anyLost || anyDraining || service.ended() > 0) {
        Resources each = service.spec().resources();
        for (int i = 0; i < service.size(); i++) {
          int slot = service.slot(i);
          boolean onLost = lost[slot];
          if (onLost) {
            shares.take(tenant, each, -1);
            active -= service.stopped(i) ? 0 : 1;
            gone = gone.length > 0 ? gone : new boolean[service.size()];
            gone[i] = true;
          } else if (service.seen(i) == ReplicaState.STOPPED) {
            ended = ended == null ? new ArrayList<>() : ended;
            ended.add(service.ordinal(i));
            gone = gone.length > 0 ? gone : new boolean[service.size()];
            gone[i] = true;
            release(service, i);
            shares.take(tenant, each, -1);
            active -= service.stopped(i) ? 0 : 1;
          } else if (!service.stopped(i) && isDraining(slot)) {
            draining++;
          }
        }
      }
      if (ended != null) {
        facts.add(new Fact.ReplicasGone(service.id(), ended));
        for (long ordinal : ended) {
          touch(service.slot(service.find(ordinal)));
        }
      }
      Work work = new Work(service, tenant, active, draining);
      work.gone = gone;
      works.add(work);
    }
  }

  private boolean isDraining(int slot) {
    NodeState node = state.nodeAt(slot);
    return node != null && node.draining();
  }

  private void release(ServiceState service, int i) {
    int gpu = Amounts.gpu(service.spec());
    int slot = service.slot(i);
    if (gpu > 0) {
      table.releaseDevices(
          slot,
          Amounts.cpu(service.spec()),
          Amounts.memory(service.spec()),
          gpu,
          service.devices(i));
    } else {
      table.release(slot, 1, Amounts.cpu(service.spec()), Amounts.memory(service.spec()));
    }
  }

  private void touch(int slot) {
    if (generation[slot] == 0) {
      if (touchedCount == touched.length) {
        touched = Arrays.copyOf(touched, touchedCount * 2);
      }
      touched[touchedCount++] = slot;
    }
    generation[slot] = state.factCount() + facts.size();
  }

  // Targets.

  private void scale() {
    Cell cell = state.spec();
    for (Work work : works) {
      ServiceState service = work.service;
      if (service.removed()) {
        work.target = 0;
      } else if (cell == null) {
        work.target = service.target();
      } else if (!service.spec().mayRunIn(cell)) {
        work.target = 0;
      } else {
        ServiceScaler scaler = service.scaler();
        work.scaled = scaler == null ? null : scaler.decide();
        work.target = work.scaled == null ? service.target() : work.scaled.target();
      }
      boolean changed = work.target != service.target() || !service.targeted();
      if (changed && (work.scaled != null || service.targeted())) {
        facts.add(
            new Fact.TargetSet(
                service.id(),
                work.target,
                work.scaled == null ? WishSource.BOUNDS : work.scaled.winner()));
      }
      int effective = work.activeBefore - work.draining;
      work.wanted = cell == null ? 0 : Math.max(0, work.target - effective);
    }
  }

  // Scale-in.

  private void stop() {
    for (Work work : works) {
      int excess = work.activeBefore - work.target;
      if (excess <= 0) {
        continue;
      }
      ServiceState service = work.service;
      boolean[] stopNow = new boolean[service.size()];
      int stopped = 0;
      Fact.StopReason reason = Fact.StopReason.SCALE_IN;
      if (service.removed()) {
        reason = Fact.StopReason.SERVICE_REMOVED;
      } else if (work.scaled == null) {
        reason = Fact.StopReason.RESIDENCY;
      } else if (work.draining > 0) {
        int may = Math.min(excess, Math.max(0, readyElsewhere(work) + work.draining - work.target));
        stopped =
            Victims.onDraining(state, service, work.gone, stopNow, Math.min(may, work.draining));
        if (stopped > 0) {
          say(work, stopNow, Fact.StopReason.NODE_DRAIN);
        }
      }
      int more = Math.max(0, work.activeBefore - work.draining - work.target);
      if (work.scaled == null) {
        more = excess;
      }
      if (more > 0) {
        boolean[] others = new boolean[service.size()];
        int n = Victims.choose(state, service, work.gone, stopNow, others, more);
        if (n > 0) {
          say(work, others, reason);
        }
        for (int i = 0; i < others.length; i++) {
          stopNow[i] |= others[i];
        }
        stopped += n;
      }
      work.stopNow = stopNow;
      work.stoppedCount = stopped;
    }
  }

  private int readyElsewhere(Work work) {
    ServiceState service = work.service;
    int n = 0;
    for (int i = 0; i < service.size(); i++) {
      boolean out = work.gone.length > 0 && work.gone[i];
      if (!out
          && !service.stopped(i)
          && service.seen(i) == ReplicaState.READY
          && !isDraining(service.slot(i))) {
        n++;
      }
    }
    return n;
  }

  private void say(Work work, boolean[] chosen, Fact.StopReason reason) {
    List<Long> ordinals = new ArrayList<>();
    for (int i = 0; i < chosen.length; i++) {
      if (chosen[i]) {
        ordinals.add(work.service.ordinal(i));
      }
    }
    facts.add(new Fact.ReplicasStopped(work.service.id(), ordinals, reason));
    for (int i = 0; i < chosen.length; i++) {
      if (chosen[i]) {
        touch(work.service.slot(i));
      }
    }
  }

  // Scale-out.

  private void grow(Shares shares) {
    List<Work> growing = new ArrayList<>();
    long cpu = 0;
    long memory = 0;
    long gpu = 0;
    for (Work work : works) {
      if (work.wanted > 0) {
        growing.add(work);
        Resources all = work.service.spec().resources().times(work.wanted);
        cpu += all.cpuMilli();
        memory += all.memoryMib();
        gpu += all.gpuMilli();
      }
    }
    if (growing.isEmpty()) {
      return;
    }
    boolean scarce = gpu > 0;
    long cpuFree = 0;
    long memoryFree = 0;
    for (int slot = 0; slot < table.slots(); slot++) {
      if (table.open(slot)) {
        cpuFree += Math.max(0, table.cpuFree(slot));
        memoryFree += Math.max(0, table.memoryFree(slot));
      }
    }
    scarce |= cpu > cpuFree || memory > memoryFree;
    PriorityQueue<Turn> queue = new PriorityQueue<>();
    for (Work work : growing) {
      work.chunk =
          scarce && work.service.spec().resources().gpuMilli() == 0
              ? Math.max(1, (work.wanted + 15) / 16)
              : work.wanted;
      queue.add(turn(shares, work));
    }
    Budgets budgets = new Budgets(state, prices);
    boolean anyBorrower = false;
    List<Work> inOrder = new ArrayList<>();
    while (!queue.isEmpty()) {
      Turn turn = queue.remove();
      Work work = turn.work;
      if (turn.borrowing && !anyBorrower) {
        anyBorrower = true;
        aheadOfEvents(shares);
        reserve(growing);
      }
      Resources each = work.service.spec().resources();
      int ask = Math.min(work.chunk, work.wanted - work.granted);
      if (!turn.borrowing && each.gpuMilli() == 0) {
        ask = Math.max(1, shares.nominalRoom(work.tenant, each, ask));
      }
      int allowed = shares.allowed(work.tenant, each, ask);
      String tenant = work.service.id().tenant();
      boolean paid = budgets.counts(tenant, turn.borrowing);
      if (paid) {
        int affordable = budgets.affordable(tenant, each, allowed);
        work.unaffordable += allowed - affordable;
        allowed = affordable;
      }
      work.granted += allowed;
      int done = allowed == 0 ? 0 : place(work, allowed);
      if (done > 0 && work.placed == 0) {
        inOrder.add(work);
      }
      work.placed += done;
      if (done > 0) {
        shares.take(work.tenant, each, done);
        if (paid) {
          budgets.spend(tenant, each, done);
        }
      }
      if (done == ask && work.granted < work.wanted) {
        queue.add(turn(shares, work));
      } else if (work.granted < work.wanted && allowed == ask) {
        int more = shares.allowed(work.tenant, each, work.wanted - work.granted);
        work.granted += paid ? budgets.affordable(tenant, each, more) : more;
      }
    }
    for (Work work : growing) {
      if (work.granted < work.wanted && work.unaffordable == 0) {
        Resources each = work.service.spec().resources();
        int owed = work.wanted - work.granted;
        work.contended =
            Math.max(
                0,
                shares.claimable(work.tenant, each, owed + work.granted - work.placed)
                    - (work.granted - work.placed));
      }
    }
    // In the order of placing: devices are given out again in that order when the facts are
    // evolved.
    for (Work work : inOrder) {
      if (!work.shares.isEmpty()) {
        facts.add(
            new Fact.ReplicasPlaced(work.service.id(), work.service.nextOrdinal(), work.shares));
        long next = work.service.nextOrdinal();
        for (int k = 0; k < work.shares.size(); k++) {
          int slot = work.shareSlots[k];
          int count = work.shares.get(k).count();
          touch(slot);
          for (int i = 0; i < count; i++) {
            add(slot, work.service.index(), next + i);
          }
          next += count;
        }
      }
    }
  }

  /**
   * Whose turn it is: who stays within nominal first, then higher priority, then the smallest
   * weighted share of borrowed capacity.
   */
  private record Turn(Work work, int priority, boolean borrowing, double share)
      implements Comparable<Turn> {
    @Override
    public int compareTo(Turn other) {
      int order = Boolean.compare(borrowing, other.borrowing);
      order = order != 0 ? order : Integer.compare(other.priority, priority);
      order = order != 0 ? order : Double.compare(share, other.share);
      Service mine = work.service.spec();
      order =
          order != 0
              ? order
              : mine.criticality().compareTo(other.work.service.spec().criticality());
      return order != 0 ? order : Integer.compare(work.service.index(), other.work.service.index());
    }
  }

  /**
   * Books, before anybody borrows, what declared events will need within the time that reclaiming
   * takes.
   */
  private void aheadOfEvents(Shares shares) {
    if (state.events().isEmpty()) {
      return;
    }
    for (Work work : works) {
      ServiceScaler scaler = work.service.scaler();
      if (work.scaled != null && scaler != null) {
        int more = scaler.calendarReplicas(reclaimHorizonMs(work)) - work.target;
        work.aheadSoon = Math.max(0, more - bookAhead(shares, work, Math.max(0, more), true));
      }
    }
  }

  private static long reclaimHorizonMs(Work work) {
    return work.service.spec().capacity().boot().p99Ms() + RECLAIM_MS;
  }

  /** Books replicas that are not wanted yet; returns how many found room. */
  private int bookAhead(Shares shares, Work work, int count, boolean nominalOnly) {
    Resources each = work.service.spec().resources();
    int allowed = shares.allowed(work.tenant, each, count);
    while (nominalOnly && allowed > 0 && !shares.withinNominal(work.tenant, each, allowed)) {
      allowed /= 2;
    }
    int sharesBefore = work.shares.size();
    int done = allowed == 0 ? 0 : place(work, allowed);
    work.shares.subList(sharesBefore, work.shares.size()).clear();
    shares.take(work.tenant, each, done);
    work.booked += done;
    return done;
  }

  /**
   * Keeps the nodes where stopping replicas make room for those who come first, so that nobody who
   * borrows moves in meanwhile.
   */
  private void reserve(List<Work> growing) {
    for (Work work : growing) {
      int waiting = work.granted - work.placed;
      if (waiting <= 0) {
        continue;
      }
      int cpu = Amounts.cpu(work.service.spec());
      int memory = Amounts.memory(work.service.spec());
      for (int[] zone : Filters.usable(state, work.service)) {
        for (int partition : zone) {
          for (int i = 0; i < table.nodesIn(partition) && work.onTheWay < waiting; i++) {
            int slot = table.nodeAt(partition, i);
            NodeState node = state.nodeAt(slot);
            if (node != null && table.open(slot) && node.size() > 0) {
              long[] coming = coming(node);
              if (coming[2] > 0
                  && table.cpuFree(slot) + coming[0] >= cpu
                  && table.memoryFree(slot) + coming[1] >= memory) {
                close(slot);
                work.onTheWay++;
              }
            }
          }
        }
      }
    }
  }

  /** CPU, memory and number of a node's replicas that are stopping. */
  private long[] coming(NodeState node) {
    long[] sum = new long[3];
    for (int j = 0; j < node.size(); j++) {
      ServiceState service = state.service(node.service(j));
      if (service.stopping() > 0 || workOf(service.index()).stopNow != null) {
        int i = service.find(node.ordinal(j));
        Work work = workOf(service.index());
        boolean already = work.gone.length > 0 && work.gone[i];
        if (!counts(work, i) && !already) {
          sum[0] += service.spec().resources().cpuMilli();
          sum[1] += service.spec().resources().memoryMib();
          sum[2]++;
        }
      }
    }
    return sum;
  }

  private void close(int slot) {
    table.setOpen(slot, false);
    reserved[slot] = true;
    if (reservedCount == reservedSlots.length) {
      reservedSlots = Arrays.copyOf(reservedSlots, reservedCount * 2);
    }
    reservedSlots[reservedCount++] = slot;
  }

  /** Takes room back for replicas that no node, and no node to come, has room for. */
  private void reclaim(Shares shares, Map<ServiceId, Integer> unmet) {
    boolean contended = false;
    for (Work work : works) {
      contended |= work.contended > 0;
    }
    if (unmet.isEmpty() && !contended) {
      return;
    }
    for (int i = 0; i < reservedCount; i++) {
      table.setOpen(reservedSlots[i], true);
    }
    reservedCount = 0;
    Reclaim reclaim =
        new Reclaim(state, shares, (service, i) -> !counts(workOf(service.index()), i), reserved);
    Map<Work, List<Reclaim.Victim>> taken = new LinkedHashMap<>();
    PriorityQueue<Turn> queue = new PriorityQueue<>();
    for (Work work : works) {
      if (work.contended > 0 || unmet.containsKey(work.service.id())) {
        queue.add(turn(shares, work));
      }
    }
    while (!queue.isEmpty()) {
      Work work = queue.remove().work;
      int now = work.granted - work.placed + work.aheadSoon;
      int count =
          Math.min(unmet.getOrDefault(work.service.id(), 0), now) + work.contended - work.onTheWay;
      if (count > 0) {
        Group group = work.group;
        if (group == null) {
          group = group(work);
          work.group = group;
        }
        for (Reclaim.Victim victim : reclaim.take(work.service, work.tenant, group, count)) {
          taken
              .computeIfAbsent(workOf(victim.service().index()), key -> new ArrayList<>())
              .add(victim);
        }
      }
    }
    taken.forEach(
        (work, victims) -> {
          say(work, victims, true, Fact.StopReason.RECLAIMED);
          say(work, victims, false, Fact.StopReason.PREEMPTED);
        });
  }

  private void say(
      Work work, List<Reclaim.Victim> victims, boolean nominal, Fact.StopReason reason) {
    boolean[] stopNow = work.stopNow == null ? new boolean[work.service.size()] : work.stopNow;
    boolean[] chosen = new boolean[work.service.size()];
    int n = 0;
    for (Reclaim.Victim victim : victims) {
      if (victim.nominal() == nominal) {
        chosen[victim.position()] = true;
        stopNow[victim.position()] = true;
        n++;
      }
    }
    if (n > 0) {
      work.stopNow = stopNow;
      work.taken += n;
      say(work, chosen, reason);
    }
  }

  private Turn turn(Shares shares, Work work) {
    Tenant tenant = shares.state(work.tenant).spec();
    boolean borrowing = !shares.withinNominal(work.tenant, work.service.spec().resources(), 1);
    return new Turn(
        work, tenant.priority(), borrowing, borrowing ? shares.borrowedShare(work.tenant) : 0);
  }

  private int place(Work work, int count) {
    if (slots.length < count) {
      slots = new int[count * 2];
      devices = new int[count * 2];
    }
    Group group = work.group;
    if (group == null) {
      group = group(work);
      work.group = group;
    }
    if (!apartFrom(work).isEmpty()) {
      group.apartFrom(forbidden(work));
    }
    int done = placer().place(table, group, count, slots, devices, 0);
    for (int i = 0; i < done; ) {
      int j = i + 1;
      while (j < done && slots[j] == slots[i]) {
        j++;
      }
      NodeState node = state.nodeAt(slots[i]);
      if (node == null) {
        throw new AssertionError("the placer chose an empty slot: " + slots[i]);
      }
      if (work.shares.size() == work.shareSlots.length) {
        work.shareSlots = Arrays.copyOf(work.shareSlots, work.shareSlots.length * 2);
      }
      work.shareSlots[work.shares.size()] = slots[i];
      work.shares.add(new Fact.NodeShare(node.name(), j - i));
      i = j;
    }
    return done;
  }

  /** The placer, with what may come to nodes with devices weighted by what is wanted now. */
  private Placer placer() {
    Placer made = placer;
    if (made == null) {
      List<FragmentationScore.TaskType> types = new ArrayList<>();
      boolean anyDevices = false;
      for (Work work : works) {
        Service spec = work.service.spec();
        if (work.target > 0) {
          anyDevices |= spec.resources().gpuMilli() > 0;
          types.add(
              new FragmentationScore.TaskType(
                  Amounts.cpu(spec), Amounts.memory(spec), Amounts.gpu(spec), work.target));
        }
      }
      made = new Placer(anyDevices ? new FragmentationScore(types) : DeviceScore.PACKING);
      placer = made;
    }
    return made;
  }

  private Group group(Work work) {
    ServiceState service = work.service;
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
    if (anyLost || anyDraining || work.stopNow != null || work.gone.length > 0) {
      Arrays.fill(onZone, 0);
      for (int i = 0; i < service.size(); i++) {
        if (counts(work, i) && !isDraining(service.slot(i))) {
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
    if (rule.replicasPerNodeMax() > 0) {
      int[] onNode = new int[table.slots()];
      for (int i = 0; i < service.size(); i++) {
        onNode[service.slot(i)]++;
      }
      group.perNode(rule.replicasPerNodeMax(), onNode);
    }
    return group;
  }

  private boolean counts(Work work, int i) {
    return !work.service.stopped(i)
        && !(work.gone.length > 0 && work.gone[i])
        && !(work.stopNow != null && work.stopNow[i]);
  }

  /** Services that must not be beside this one, by either's spec. */
  private List<Work> apartFrom(Work work) {
    Map<ServiceId, List<Work>> known = apart;
    if (known == null) {
      known = new TreeMap<>();
      for (Work one : works) {
        for (ServiceId id : one.service.spec().placement().antiAffinity()) {
          ServiceState other = state.service(id);
          if (other != null && other != one.service) {
            known
                .computeIfAbsent(one.service.id(), key -> new ArrayList<>())
                .add(workOf(other.index()));
            known.computeIfAbsent(id, key -> new ArrayList<>()).add(one);
          }
        }
      }
      apart = known;
    }
    return known.getOrDefault(work.service.id(), List.of());
  }

  private @Nullable Map<ServiceId, List<Work>> apart;

  /** Slots that hold, or in this decision received, a service that must not be beside this one. */
  private boolean @Nullable [] forbidden(Work work) {
    List<Work> others = apartFrom(work);
    if (others.isEmpty()) {
      return null;
    }
    boolean[] forbidden = new boolean[table.slots()];
    for (Work other : others) {
      for (int i = 0; i < other.service.size(); i++) {
        forbidden[other.service.slot(i)] = true;
      }
      for (int k = 0; k < other.shares.size(); k++) {
        forbidden[other.shareSlots[k]] = true;
      }
    }
    return forbidden;
  }

  private void add(int slot, int serviceIndex, long ordinal) {
    if (added == addedNext.length) {
      addedNext = Arrays.copyOf(addedNext, added * 2);
      addedService = Arrays.copyOf(addedService, added * 2);
      addedOrdinal = Arrays.copyOf(addedOrdinal, added * 2);
    }
    addedNext[added] = addedHead[slot];
    addedService[added] = serviceIndex;
    addedOrdinal[added] = ordinal;
    addedHead[slot] = added++;
  }

  // Admission.

  /** Whether a replica shall run on a node that has not reported to this owner yet. */
  private boolean unheard(ServiceState service) {
    for (int i = 0; i < service.size(); i++) {
      NodeState node = state.nodeAt(service.slot(i));
      if (!service.stopped(i) && node != null && !node.heard()) {
        return true;
      }
    }
    return false;
  }

  private void admit() {
    if (!admits) {
      return;
    }
    Map<String, int[]> critical = new TreeMap<>();
    for (Work work : works) {
      if (work.scaled != null && work.service.spec().criticality() == Criticality.CRITICAL) {
        int[] sums = critical.computeIfAbsent(work.service.id().tenant(), key -> new int[2]);
        sums[0] += work.target;
        sums[1] += work.service.ready() + work.service.booting() + work.placed;
      }
    }
    boolean limited = false;
    int before = facts.size();
    for (Work work : works) {
      ServiceState service = work.service;
      Sizer sizer = service.sizer();
      if (work.scaled == null || sizer == null || !service.targeted()) {
        continue;
      }
      int[] sums = critical.getOrDefault(service.id().tenant(), new int[2]);
      boolean isCritical = service.spec().criticality() == Criticality.CRITICAL;
      work.admission =
          Admission.admit(
              sizer,
              service.spec().criticality(),
              service.ready(),
              service.spec().capacity().serialRatePerSecondMax(),
              isCritical ? 0 : Admission.shortageRatio(sums[0], sums[1]),
              service.admissionPerSecond());
      if (work.admission.ratePerSecond() < service.admissionPerSecond() && unheard(service)) {
        // After a take-over: replicas that have not reported yet are not known to be gone.
        work.admission =
            new Explanation.AdmissionView(
                service.admissionPerSecond(),
                work.admission.readyCapacityPerSecond(),
                work.admission.serialPerSecond());
      }
      double rate = work.admission.ratePerSecond();
      if (rate != service.admissionPerSecond()) {
        facts.add(new Fact.AdmissionRateSet(service.id(), rate));
      }
      limited |= rate != Admission.UNLIMITED;
    }
    boolean changed = facts.size() > before;
    boolean again = nowMs / ADMISSION_REPEAT_MS != state.previousMs() / ADMISSION_REPEAT_MS;
    if (changed || (limited && again)) {
      List<Command.AdmissionRate> rates = new ArrayList<>();
      for (Work work : works) {
        double rate =
            work.admission == null
                ? work.service.admissionPerSecond()
                : work.admission.ratePerSecond();
        if (rate != Admission.UNLIMITED && !work.service.removed()) {
          rates.add(new Command.AdmissionRate(work.service.id(), rate));
        }
      }
      long said = changed ? state.factCount() + facts.size() : state.admissionGeneration();
      commands.add(new Command.AdmitRates(state.epoch(), said, rates));
    }
  }

  // Nodes wanted.

  /**
   * What forecasts and declared events may want by the time that nodes ordered now carry it. For
   * declared events room is booked replica by replica, so that those nodes are kept or ordered; for
   * forecasts alone what the free room of all nodes lacks is ordered, which costs no placement.
   */
  private void ahead(Shares shares) {
    boolean declared = !state.events().isEmpty();
    if (!declared && !state.scanned()) {
      return;
    }
    long cpu = state.cpuFree();
    long memory = state.memoryFree();
    for (Work work : works) {
      ServiceScaler scaler = work.service.scaler();
      if (work.scaled == null || scaler == null) {
        continue;
      }
      Resources each = work.service.spec().resources();
      cpu -= work.placed * each.cpuMilli();
      memory -= work.placed * each.memoryMib();
      int known = scaler.calendarReplicasAhead() - work.target - work.booked;
      int lacking = 0;
      if (known > 0) {
        int allowed = shares.allowed(work.tenant, each, known);
        lacking = allowed - bookAhead(shares, work, allowed, false);
      }
      int more = scaler.replicasAhead() - work.target - Math.max(0, known) - work.booked;
      int allowed = more > 0 && state.scanned() ? shares.allowed(work.tenant, each, more) : 0;
      if (allowed > 0) {
        int done = (int) Math.max(0, Math.min(allowed, roomFor(each, cpu, memory)));
        cpu -= done * each.cpuMilli();
        memory -= done * each.memoryMib();
        shares.take(work.tenant, each, done);
        lacking += allowed - done;
      }
      work.ahead = lacking;
    }
  }

  private static long roomFor(Resources each, long cpu, long memory) {
    long byCpu = each.cpuMilli() == 0 ? Integer.MAX_VALUE : cpu / each.cpuMilli();
    long byMemory = each.memoryMib() == 0 ? Integer.MAX_VALUE : memory / each.memoryMib();
    return Math.min(byCpu, byMemory);
  }

  private void provision(Shares shares) {
    List<Pending> pending = new ArrayList<>();
    for (Work work : works) {
      int missing = Math.min(work.granted, work.wanted) - work.placed + work.ahead;
      if (missing > 0) {
        pending.add(new Pending(work.service.spec(), missing));
      }
    }
    if (!state.scanned() && pending.isEmpty()) {
      reclaim(shares, new TreeMap<>());
      return;
    }
    NodePlan nodes = Provisioner.plan(state, lost, pending);
    carryOut(nodes.pools());
    reclaim(shares, nodes.unmet());
  }

  private void carryOut(List<PoolPlan> plans) {
    for (PoolPlan plan : plans) {
      PoolState pool = plan.pool();
      for (String node : plan.release()) {
        facts.add(new Fact.NodeLost(node, Fact.NodeLossReason.RELEASED));
        NodeState released = state.node(node);
        if (released != null) {
          lost[released.slot()] = true;
        }
      }
      boolean changed = plan.target() != pool.target() || !pool.targeted();
      if (changed) {
        facts.add(new Fact.PoolTargetSet(pool.key(), plan.target()));
      }
      NodePool spec = pool.spec();
      boolean told = changed || !plan.release().isEmpty();
      boolean again =
          !told
              && !pool.obeyed()
              && pool.reportedMs() == nowMs
              && nowMs - pool.orderedAtMs() >= RESEND_MS;
      if (spec != null && (told || again)) {
        List<String> release =
            new ArrayList<>(plan.target() > pool.target() ? List.of() : state.released(pool.key()));
        release.addAll(plan.release());
        commands.add(
            new Command.NodeTarget(
                state.epoch(),
                told ? state.factCount() + facts.size() : pool.generation(),
                spec,
                plan.target(),
                release));
      }
      for (String node : plan.drain()) {
        facts.add(new Fact.NodeDrainStarted(node));
      }
      if (changed || !plan.drain().isEmpty() || !plan.release().isEmpty()) {
        explanations.add(plan.explanation());
      }
    }
  }

  // Reasons.

  private void explain(Shares shares) {
    for (Work work : works) {
      ServiceState service = work.service;
      ScalingDecision scaled = work.scaled;
      if (scaled == null) {
        continue;
      }
      boolean changed = scaled.target() != service.target() || !service.targeted();
      if (!changed
          && work.placed == 0
          && work.stoppedCount == 0
          && work.taken == 0
          && work.pending() == 0) {
        continue;
      }
      Explanation.PlacementView placement = null;
      if (work.wanted > 0 || work.taken > 0) {
        SortedMap<String, Integer> refusals = new TreeMap<>();
        if (work.taken > 0) {
          refusals.put("taken-back", work.taken);
        }
        int limited = work.wanted - Math.min(work.granted, work.wanted);
        if (work.pending() > 0 && !fitsSomewhere(service)) {
          refusals.put("larger-than-any-node", work.pending());
        } else {
          if (limited > 0) {
            refusals.put(work.unaffordable > 0 ? "budget" : "quota", limited);
          }
          if (work.pending() > limited) {
            refusals.putAll(count(work));
          }
        }
        placement =
            new Explanation.PlacementView(
                work.wanted, work.placed, work.pending() + work.taken, refusals);
      }
      Explanation.SharingView sharing = null;
      if (work.wanted > 0 || work.taken > 0) {
        sharing =
            new Explanation.SharingView(
                shares.nominal(work.tenant),
                shares.used(work.tenant),
                shares.borrowed(work.tenant),
                work.wanted,
                Math.min(work.granted, work.wanted),
                work.taken > 0
                    ? work.taken + " taken back by those with a better right"
                    : work.granted < work.wanted
                        ? (work.unaffordable > 0 ? "the budget pays " : "quota allows ")
                            + work.granted
                            + " of "
                            + work.wanted
                        : "within quota");
      }
      explanations.add(
          new Explanation.ServiceExplained(
              service.id(),
              service.spec().scaling().policy(),
              scaled.load(),
              scaled.wishes(),
              scaled.winner(),
              scaled.clamps(),
              service.target(),
              scaled.target(),
              service.ready(),
              sharing,
              placement,
              work.admission,
              prices.perHour(service)));
    }
  }

  private boolean fitsSomewhere(ServiceState service) {
    Resources each = service.spec().resources();
    for (PoolState pool : state.pools().values()) {
      NodePool spec = pool.spec();
      if (spec != null && Amounts.fits(each, spec.shape())) {
        return true;
      }
    }
    for (CellState.Partition partition : state.partitions()) {
      if (Amounts.fits(each, partition.like().resources())) {
        return true;
      }
    }
    return false;
  }

  private Map<String, Integer> count(Work work) {
    refusalBudget -= state.nodes().size();
    if (refusalBudget < 0) {
      SortedMap<String, Integer> uncounted = new TreeMap<>();
      uncounted.put("not-counted", state.nodes().size());
      return uncounted;
    }
    Group group = work.group;
    return Filters.refusals(
        state,
        work.service,
        group == null ? null : group.forbidden(),
        group == null ? null : group.onNode());
  }

  // Orders.

  private void orders() {
    for (NodeState node : state.reportedNodes()) {
      int slot = node.slot();
      boolean behind =
          node.reportedEpoch() < state.epoch()
              || node.reportedGeneration() < node.generation()
              || node.missing()
              || node.strangers() > 0;
      if (behind && generation[slot] == 0 && nowMs - node.orderedAtMs() >= RESEND_MS) {
        touch(slot);
        generation[slot] = node.generation();
      }
    }
    Arrays.sort(touched, 0, touchedCount);
    for (int i = 0; i < touchedCount; i++) {
      NodeState node = state.nodeAt(touched[i]);
      if (node != null && !lost[touched[i]]) {
        commands.add(run(node, generation[touched[i]]));
      }
    }
  }

  private Command run(NodeState node, long orderGeneration) {
    List<Command.ReplicaOrder> orders = new ArrayList<>();
    List<Service> specs = new ArrayList<>();
    boolean[] named = new boolean[0];
    for (int i = 0; i < node.size(); i++) {
      Work work = workOf(node.service(i));
      int at = work.service.find(node.ordinal(i));
      if (at >= 0 && counts(work, at)) {
        orders.add(new Command.ReplicaOrder(work.service.id(), node.ordinal(i)));
        named = name(named, work.service, specs);
      }
    }
    int from = orders.size();
    for (int i = addedHead[node.slot()]; i >= 0; i = addedNext[i]) {
      ServiceState service = state.service(addedService[i]);
      orders.add(from, new Command.ReplicaOrder(service.id(), addedOrdinal[i]));
      named = name(named, service, specs);
    }
    return new Command.RunReplicas(state.epoch(), orderGeneration, node.name(), orders, specs);
  }

  private boolean[] name(boolean[] named, ServiceState service, List<Service> specs) {
    boolean[] wide = named.length > 0 ? named : new boolean[state.serviceCount()];
    if (!wide[service.index()]) {
      wide[service.index()] = true;
      specs.add(service.spec());
    }
    return wide;
  }

  private Work @Nullable [] workByIndex;

  private Work workOf(int serviceIndex) {
    Work[] byIndex = workByIndex;
    if (byIndex == null) {
      byIndex = new Work[state.serviceCount()];
      for (Work work : works) {
        byIndex[work.service.index()] = work;
      }
      workByIndex = byIndex;
    }
    return byIndex[serviceIndex];
  }
}
