package dev.highwater.workload;

import dev.highwater.model.Service;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Fidelity {@code sampled}: some replicas request by request, each standing for others that joined
 * about when it did. Valid under random balancing, where replicas are exchangeable.
 *
 * <p>A <em>bundle</em> is a set of members with one queue. The queue is given a binomial part of
 * the bundle's attempts, one over the members, which is exactly one replica's law. What ends in all
 * the queues, weighted by members, says which part of the fleet's outstanding attempts ends and
 * how, so attempts are conserved whatever the rounding; latencies count once per member. Up to
 * {@value #BUNDLES_WANTED} replicas, each is its own bundle.
 *
 * <p>Replicas that join later form bundles of their own, since their queues are empty; bundles
 * older than the settling time are alike and are merged when there are too many. Touched by one
 * thread at a time.
 */
final class SampledFleet implements Fleet {

  /** Chosen by us: FidelityTest shows p99 within its tolerance from here on. */
  private static final int BUNDLES_WANTED = 6;

  private static final int BUNDLES_MAX = BUNDLES_WANTED + 2;
  private static final long SPREAD = 6;

  private QueueShape shape;
  private final TrafficSpec.ReplicaBehaviour behaviour;
  private SerialStep serial;
  private final long seed;
  private final long windowMs;
  private final int classes;
  private final long waveWindows;
  private final long settleWindows;
  private final SortedMap<Long, Bundle> seats = new TreeMap<>();
  private final SortedMap<Long, Long> drainedAt = new TreeMap<>();
  private final List<Bundle> bundles = new ArrayList<>();
  private final ArrivalBatch batch = new ArrivalBatch();
  private final RandomStream random = new RandomStream(0);
  private final long[] ended = new long[Outcome.COUNT];
  private final double[] endedWeighted = new double[Outcome.COUNT];
  private final long[] outstanding;
  private final double[] carry;
  private final int[] sample = new int[1];
  private int ready;
  private int mostLately;
  private long nextSeat;
  private long nextBundle;
  private long lastWindow = -1;
  private double extraNanos;
  private long simulated;

  private final class Bundle {
    final long number = nextBundle++;
    final long founded;
    final ReplicaQueue queue = new ReplicaQueue(shape);
    // Members take new attempts; draining ones, and those merged away, only finish.
    int members;
    int draining;
    int merged;
    double utilisation;
    double busySum;
    long windows;
    final Crowding crowding = new Crowding();
    // The same answer for each member, told once per window.
    @Nullable ReplicaLoad load;
    long loadAt;

    Bundle(long founded) {
      this.founded = founded;
    }

    int weight() {
      return members + draining + merged;
    }
  }

  SampledFleet(
      Service service,
      TrafficSpec.ReplicaBehaviour behaviour,
      long seed,
      long windowMs,
      int classes) {
    this.shape = QueueShape.of(service, windowMs);
    this.behaviour = behaviour;
    this.serial = new SerialStep(service, windowMs);
    this.seed = seed;
    this.windowMs = windowMs;
    this.classes = classes;
    this.outstanding = new long[classes];
    this.carry = new double[classes * Outcome.COUNT];
    this.waveWindows = Math.max(1, 1_000 / windowMs);
    long settleMs =
        Math.max(5_000, Math.max(2 * service.capacity().clientTimeoutMs(), behaviour.warmMs()));
    this.settleWindows = 1 + settleMs / windowMs;
  }

  @Override
  public void use(Service service) {
    shape = QueueShape.of(service, windowMs);
    serial = new SerialStep(service, windowMs);
  }

  @Override
  public long join(long ordinal, long window) {
    ready++;
    long seat = nextSeat++;
    int membersMax = (ready + BUNDLES_WANTED - 1) / BUNDLES_WANTED;
    Bundle home = null;
    for (Bundle bundle : bundles) {
      if (bundle.members > 0
          && bundle.members < membersMax
          && window - bundle.founded <= waveWindows
          && bundle.queue.shape().equals(shape)
          && (home == null || bundle.members < home.members)) {
        home = bundle;
      }
    }
    if (home == null) {
      home = new Bundle(window);
      bundles.add(home);
    }
    home.members++;
    seats.put(seat, home);
    mergeSettled(Math.max(window, lastWindow));
    return seat;
  }

  /** Bundles whose start is long past are alike: the smallest joins the next smallest. */
  private void mergeSettled(long window) {
    while (bundles.stream().filter(bundle -> bundle.members > 0).count() > BUNDLES_MAX) {
      Bundle smallest = null;
      Bundle next = null;
      for (Bundle bundle : bundles) {
        if (bundle.members == 0
            || !bundle.queue.shape().equals(shape)
            || window - bundle.founded <= settleWindows) {
          continue;
        }
        if (smallest == null || bundle.members < smallest.members) {
          next = smallest;
          smallest = bundle;
        } else if (next == null || bundle.members < next.members) {
          next = bundle;
        }
      }
      if (smallest == null || next == null) {
        return;
      }
      next.members += smallest.members;
      smallest.merged += smallest.members;
      smallest.members = 0;
      Bundle from = smallest;
      Bundle to = next;
      // What its queue still holds is finished by it, without members.
      seats.replaceAll(
          (seat, bundle) -> bundle == from && !drainedAt.containsKey(seat) ? to : bundle);
    }
  }

  private Bundle bundle(long seat) {
    Bundle bundle = seats.get(seat);
    if (bundle == null) {
      throw new IllegalStateException("no replica has seat " + seat);
    }
    return bundle;
  }

  @Override
  public void drain(long seat) {
    Bundle bundle = bundle(seat);
    if (!drainedAt.containsKey(seat)) {
      drainedAt.put(seat, lastWindow + bundle.queue.windowsToFinish());
      bundle.members--;
      bundle.draining++;
      ready--;
    }
  }

  @Override
  public boolean drained(long seat) {
    Long at = drainedAt.get(seat);
    return bundle(seat).queue.empty() || (at != null && lastWindow >= at);
  }

  @Override
  public void leave(long seat, OutcomeTally tally) {
    Bundle bundle = bundle(seat);
    double unfinished = drained(seat) ? 0 : bundle.queue.outstanding();
    double all = weightedOutstanding();
    if (drainedAt.remove(seat) == null) {
      ready--;
      bundle.members--;
    } else {
      bundle.draining--;
    }
    seats.remove(seat);
    if (bundle.weight() == 0) {
      bundles.remove(bundle);
    }
    boolean lastOne = weightedOutstanding() == 0;
    for (int c = 0; c < classes; c++) {
      long lost = lastOne ? outstanding[c] : (long) Math.floor(outstanding[c] * (unfinished / all));
      tally.add(c, Outcome.FAILED, lost);
      outstanding[c] -= lost;
    }
  }

  private double weightedOutstanding() {
    double sum = 0;
    for (Bundle bundle : bundles) {
      sum += (double) bundle.weight() * bundle.queue.outstanding();
    }
    return sum;
  }

  @Override
  public void serve(
      long window, int[] classCounts, int[] shardCounts, double holdNanos, OutcomeTally tally) {
    lastWindow = window;
    long arrivals = 0;
    for (int c = 0; c < classes; c++) {
      if (ready == 0) {
        tally.add(c, Outcome.FAILED, classCounts[c]);
      } else {
        outstanding[c] += classCounts[c];
        arrivals += classCounts[c];
      }
    }
    random.reseed(RandomStream.seed(seed, SPREAD, window));
    Arrays.fill(endedWeighted, 0);
    double sampled = weightedOutstanding();
    serial.advance(shardCounts, ready);
    batch.lengthen(serial.extras());
    extraNanos = holdNanos;
    int membersLeft = ready;
    for (Bundle bundle : bundles) {
      long here =
          bundle.members == 0
              ? 0
              : random.nextBinomial(arrivals, (double) bundle.members / membersLeft);
      arrivals -= here;
      membersLeft -= bundle.members;
      sampled += (double) bundle.weight() * serve(bundle, window, here, tally);
    }
    settle(sampled, tally);
    bundles.removeIf(bundle -> bundle.members + bundle.draining == 0 && bundle.queue.empty());
  }

  /** Serves a bundle's queue; the attempts given to it. */
  private long serve(Bundle bundle, long window, long here, OutcomeTally tally) {
    Arrays.fill(ended, 0);
    sample[0] =
        bundle.members == 0 ? 0 : Math.toIntExact(random.nextBinomial(here, 1.0 / bundle.members));
    simulated += sample[0];
    bundle.queue.serve(
        window,
        sample,
        RandomStream.seed(seed, bundle.number, window),
        behaviour.factor((double) (window - bundle.founded) * windowMs) * bundle.crowding.mean(),
        extraNanos,
        batch,
        ended,
        tally.latencies(),
        bundle.weight());
    for (int k = 0; k < Outcome.COUNT; k++) {
      endedWeighted[k] += (double) bundle.weight() * ended[k];
    }
    bundle.busySum += bundle.queue.utilisationRatio();
    bundle.windows++;
    if (bundle.windows >= waveWindows) {
      bundle.utilisation = bundle.busySum / bundle.windows;
      bundle.busySum = 0;
      bundle.windows = 0;
    }
    return sample[0];
  }

  /** The part of the queues' attempts that ended, ends of the fleet's. */
  private void settle(double sampled, OutcomeTally tally) {
    double sum = 0;
    int most = 0;
    for (int k = 0; k < Outcome.COUNT; k++) {
      sum += endedWeighted[k];
      most = endedWeighted[k] > endedWeighted[most] ? k : most;
    }
    boolean all = weightedOutstanding() == 0;
    if (sum == 0 && !all) {
      return;
    }
    // A remainder of rounding may be left when the queues have told all: it ends as the last did.
    most = sum == 0 ? mostLately : most;
    mostLately = most;
    for (int c = 0; c < classes; c++) {
      long here = outstanding[c];
      long told = 0;
      for (int k = 0; k < Outcome.COUNT && here > 0; k++) {
        int i = c * Outcome.COUNT + k;
        double due = carry[i] + (sum == 0 ? 0 : here * (endedWeighted[k] / sampled));
        long n = Math.min((long) Math.floor(due), here - told);
        carry[i] = due - n;
        tally.add(c, Outcome.ALL.get(k), n);
        told += n;
      }
      if (all && told < here) {
        tally.add(c, Outcome.ALL.get(most), here - told);
        told = here;
      }
      outstanding[c] -= told;
    }
  }

  @Override
  public double busyRatio(long seat) {
    return bundle(seat).queue.utilisationRatio();
  }

  @Override
  public void crowd(long seat, double factor) {
    bundle(seat).crowding.add(factor);
  }

  @Override
  public ReplicaLoad load(long seat) {
    Bundle bundle = bundle(seat);
    // Every member asks, so the mean is of the last full second instead of since the last question.
    ReplicaLoad load = bundle.load;
    if (load == null || bundle.loadAt != lastWindow) {
      load = new ReplicaLoad(bundle.queue.inService(), bundle.queue.queued(), bundle.utilisation);
      bundle.load = load;
      bundle.loadAt = lastWindow;
    }
    return load;
  }

  @Override
  public int ready() {
    return ready;
  }

  @Override
  public long simulatedRequests() {
    return simulated;
  }
}
