package dev.highwater.workload;

import dev.highwater.model.Criticality;
import dev.highwater.model.Limits;
import dev.highwater.model.ServiceId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything about a service that its scheduler never sees: its users, whom it calls, and how its
 * replicas behave beyond what is declared. Immutable.
 *
 * @param profile users of its own; null if only other services call it
 * @param mix criticalities of its own users; empty means all have the service's
 * @param calls services that an answered request calls
 * @param retry what a client does after a failure
 * @param requery users who ask again until they succeed; null for none
 * @param stock what its answered requests take, such as seats; null for none
 * @param behaviour of its replicas
 * @param patienceMs how long a user stays in the waiting room
 * @param sameShardRatio part of the attempts that all need the same shard of the serial step, such
 *     as the one train that everybody wants, 0..1; the others choose evenly among all shards
 * @param fidelity of its replicas; null means that of its cell
 * @param closeUp a part of the run with another fidelity; null for none
 */
public record TrafficSpec(
    ServiceId service,
    @Nullable TrafficProfile profile,
    List<UserClass> mix,
    List<Call> calls,
    Retry retry,
    @Nullable Requery requery,
    @Nullable Stock stock,
    ReplicaBehaviour behaviour,
    long patienceMs,
    double sameShardRatio,
    @Nullable Fidelity fidelity,
    @Nullable CloseUp closeUp) {

  /** Checks the ranges. */
  public TrafficSpec {
    mix = Limits.list("mix", mix, 3);
    calls = Limits.list("calls", calls, 100);
    Limits.durationMs("patienceMs", patienceMs);
    Limits.range("sameShardRatio", sameShardRatio, 0, 1);
    double sum = 0;
    for (UserClass part : mix) {
      sum += part.share();
    }
    if (!mix.isEmpty()) {
      Limits.range("mix: sum of shares", sum, 0.999, 1.001);
    }
  }

  /** Users with a profile and every default: no calls, no retries, 60 s of patience. */
  public static TrafficSpec of(ServiceId service, TrafficProfile profile) {
    return new TrafficSpec(
        service,
        profile,
        List.of(),
        List.of(),
        Retry.NONE,
        null,
        null,
        ReplicaBehaviour.AS_DECLARED,
        60_000,
        0,
        null,
        null);
  }

  /** A service that only others call, with every default. */
  public static TrafficSpec called(ServiceId service) {
    return new TrafficSpec(
        service,
        null,
        List.of(),
        List.of(),
        Retry.NONE,
        null,
        null,
        ReplicaBehaviour.AS_DECLARED,
        60_000,
        0,
        null,
        null);
  }

  /** The same with other calls. */
  public TrafficSpec withCalls(List<Call> other) {
    return new TrafficSpec(
        service,
        profile,
        mix,
        other,
        retry,
        requery,
        stock,
        behaviour,
        patienceMs,
        sameShardRatio,
        fidelity,
        closeUp);
  }

  /** The same with another retry. */
  public TrafficSpec withRetry(Retry other) {
    return new TrafficSpec(
        service,
        profile,
        mix,
        calls,
        other,
        requery,
        stock,
        behaviour,
        patienceMs,
        sameShardRatio,
        fidelity,
        closeUp);
  }

  /** The same with users who ask again. */
  public TrafficSpec withRequery(Requery other) {
    return new TrafficSpec(
        service,
        profile,
        mix,
        calls,
        retry,
        other,
        stock,
        behaviour,
        patienceMs,
        sameShardRatio,
        fidelity,
        closeUp);
  }

  /** The same with a stock. */
  public TrafficSpec withStock(Stock other) {
    return new TrafficSpec(
        service,
        profile,
        mix,
        calls,
        retry,
        requery,
        other,
        behaviour,
        patienceMs,
        sameShardRatio,
        fidelity,
        closeUp);
  }

  /** The same with other criticalities. */
  public TrafficSpec withMix(List<UserClass> other) {
    return new TrafficSpec(
        service,
        profile,
        other,
        calls,
        retry,
        requery,
        stock,
        behaviour,
        patienceMs,
        sameShardRatio,
        fidelity,
        closeUp);
  }

  /** The same with another part of attempts that all need one shard. */
  public TrafficSpec withSameShardRatio(double other) {
    return new TrafficSpec(
        service,
        profile,
        mix,
        calls,
        retry,
        requery,
        stock,
        behaviour,
        patienceMs,
        other,
        fidelity,
        closeUp);
  }

  /** A part of a service's users, 0..1. */
  public record UserClass(Criticality criticality, double share) {
    /** Checks the ranges. */
    public UserClass {
      Limits.range("share", share, 0, 1);
    }
  }

  /**
   * Calls to another service for each answered request.
   *
   * @param ratio calls per answered request; 2.3 means two, and a third with chance 0.3
   * @param lagMs mean time until the call is made; 0 means in the window of the answer
   * @param lagStages stages of that time: 1 is exponential, more are closer to the mean (Erlang)
   * @param criticality of the calls; null means the called service's own
   * @param holds whether the calling request keeps its place while the called ones work, one after
   *     the other: their mean latency of the last window is added to its service time
   */
  public record Call(
      ServiceId service,
      double ratio,
      long lagMs,
      int lagStages,
      @Nullable Criticality criticality,
      boolean holds) {
    /** Checks the ranges. */
    public Call {
      Limits.range("ratio", ratio, 0, 10_000);
      Limits.durationMs("lagMs", lagMs);
      Limits.range("lagStages", lagStages, 1, 16);
    }

    /** A call in the window of the answer. */
    public static Call to(ServiceId service, double ratio) {
      return new Call(service, ratio, 0, 1, null, false);
    }
  }

  /**
   * What a client does when an attempt timed out, failed or was refused.
   *
   * @param retriesMax retries per first attempt, 0..4
   * @param backoffMs wait before the first retry
   * @param backoffFactor growth of the wait from retry to retry
   * @param jitterRatio 0..1: the wait is uniform in wait x (1 - jitter) to wait
   * @param budgetRatio retries allowed per answered request (a token bucket, capped at ten seconds'
   *     worth); 0 means no budget. Source: gRPC retry throttling, AWS SDK retry quota
   */
  public record Retry(
      int retriesMax,
      long backoffMs,
      double backoffFactor,
      double jitterRatio,
      double budgetRatio) {
    /** Nobody retries. */
    public static final Retry NONE = new Retry(0, 0, 1, 0, 0);

    /** Checks the ranges. */
    public Retry {
      Limits.range("retriesMax", retriesMax, 0, 4);
      Limits.range("backoffMs", backoffMs, 0, 3_600_000);
      Limits.range("backoffFactor", backoffFactor, 1, 10);
      Limits.range("jitterRatio", jitterRatio, 0, 1);
      Limits.range("budgetRatio", budgetRatio, 0, 10);
    }
  }

  /**
   * Users who ask again until they find what they want or their patience ends; each question is a
   * first attempt.
   *
   * @param findRatio chance that an answer shows something while the stock lasts; such a user stops
   *     asking (and goes on to the service's calls)
   * @param thinkMs mean time until the next question after an answer
   * @param unluckyThinkMs the same after a failed attempt: people refresh faster
   * @param patienceMs mean time a user keeps asking; exponential
   * @param stockOf service whose stock must last for an answer to show something; null: always
   */
  public record Requery(
      double findRatio,
      long thinkMs,
      long unluckyThinkMs,
      long patienceMs,
      @Nullable ServiceId stockOf) {
    /** Checks the ranges. */
    public Requery {
      Limits.range("findRatio", findRatio, 0, 1);
      Limits.range("thinkMs", thinkMs, 1, Limits.DURATION_MAX_MS);
      Limits.range("unluckyThinkMs", unluckyThinkMs, 1, Limits.DURATION_MAX_MS);
      Limits.range("patienceMs", patienceMs, 1, Limits.DURATION_MAX_MS);
    }
  }

  /**
   * What answered requests of a service take one each: tickets, or items on sale. Unpaid holds come
   * back.
   *
   * @param initial amount at the start
   * @param releases amounts added later
   * @param unpaidRatio share of takings never paid, such as 0.43
   * @param holdMs after this an unpaid one is back in stock, such as 45 minutes
   */
  public record Stock(double initial, List<Release> releases, double unpaidRatio, long holdMs) {
    /** Checks the ranges. */
    public Stock {
      Limits.range("initial", initial, 0, 1e15);
      releases = Limits.list("releases", releases, Limits.SPEC_LIST_MAX);
      Limits.range("unpaidRatio", unpaidRatio, 0, 1);
      Limits.durationMs("holdMs", holdMs);
    }
  }

  /** An amount that comes on sale at a time since the scenario's start. */
  public record Release(long atMs, double amount) {
    /** Checks the ranges. */
    public Release {
      Limits.durationMs("atMs", atMs);
      Limits.range("amount", amount, 0, 1e15);
    }
  }

  /**
   * A part of the run in which replicas are simulated more exactly than in the rest of it, such as
   * the peak hour of a day, or less exactly.
   *
   * @param startMs since the scenario's start; negative when a part of the scenario begins later
   */
  public record CloseUp(long startMs, long durationMs, Fidelity fidelity) {
    /** Checks the ranges. */
    public CloseUp {
      Limits.range("startMs", startMs, -Limits.DURATION_MAX_MS, Limits.DURATION_MAX_MS);
      Limits.range("durationMs", durationMs, 1, Limits.DURATION_MAX_MS);
    }

    boolean holds(double atMs) {
      return atMs >= startMs && atMs < startMs + durationMs;
    }
  }

  /**
   * How replicas behave beyond what their service declares.
   *
   * @param slowdown factor on every service time; 1 is as declared
   * @param coldFactor factor on service times right after the start (an empty cache), >= 1
   * @param warmMs until the cache is warm; the factor falls linearly to 1
   * @param crowdedFactor factor on service times while the rest of an average node is busy with
   *     other replicas' work, >= 1: they share caches, memory bandwidth and cores
   * @param crowdedFrom busy share of a node's cores, by others, above which the factor grows,
   *     linearly from 1; 0..0.99
   */
  public record ReplicaBehaviour(
      double slowdown, double coldFactor, long warmMs, double crowdedFactor, double crowdedFrom) {
    /** Where crowding begins when nothing else is said; chosen by us. */
    public static final double CROWDED_FROM_DEFAULT = 0.5;

    /** Exactly as declared. */
    public static final ReplicaBehaviour AS_DECLARED =
        new ReplicaBehaviour(1, 1, 0, 1, CROWDED_FROM_DEFAULT);

    /** Checks the ranges. */
    public ReplicaBehaviour {
      Limits.range("slowdown", slowdown, 0.001, 1_000);
      Limits.range("coldFactor", coldFactor, 1, 1_000);
      Limits.durationMs("warmMs", warmMs);
      Limits.range("crowdedFactor", crowdedFactor, 1, 1_000);
      Limits.range("crowdedFrom", crowdedFrom, 0, 0.99);
    }

    /** Whether neighbours slow these replicas at all. */
    boolean minds() {
      return crowdedFactor > 1;
    }

    /**
     * Factor on service times beside neighbours.
     *
     * @param othersRatio share of the node's cores that other replicas keep busy
     * @param sensitivity of the node, 1 on average
     */
    double crowded(double othersRatio, double sensitivity) {
      double over = Math.max(0, Math.min(1, othersRatio) - crowdedFrom) / (1 - crowdedFrom);
      return 1 + (crowdedFactor - 1) * sensitivity * over;
    }

    /** Factor on service times of a replica that has been ready for {@code ageMs}. */
    double factor(double ageMs) {
      if (ageMs >= warmMs) {
        return slowdown;
      }
      return slowdown * (1 + (coldFactor - 1) * (1 - Math.max(0, ageMs) / warmMs));
    }
  }
}
