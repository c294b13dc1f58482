package dev.highwater.http;

import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Decision;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import dev.highwater.model.view.Bundle;
import dev.highwater.model.view.BundleApplied;
import dev.highwater.model.view.DatedExplanation;
import dev.highwater.model.view.DatedRoute;
import dev.highwater.model.view.EventReadinessList;
import dev.highwater.model.view.MinutePage;
import dev.highwater.model.view.Plan;
import dev.highwater.model.view.PlanRequest;
import dev.highwater.model.view.Readiness;
import dev.highwater.model.view.SpecPage;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the HTTP API needs of a scheduler.
 *
 * <p>Why: the API is written and tested against this port alone, so that neither Hazelcast nor the
 * store is seen from it. Every method is called on an event loop and must not block; every future
 * may complete on any thread.
 *
 * <p>A future that fails with {@link dev.highwater.model.InvalidInputException} is answered as the
 * problem that its code says (not found, version conflict, unresolved reference, ...); one that
 * fails with {@link UnavailableException} as 503. Anything else is a defect: it is logged and
 * answered as 500.
 */
public interface ControlPlane {

  /**
   * Reads specs in order of their keys.
   *
   * @return at most {@code page.limit()} specs whose key is greater than {@code page.after()} and
   *     begins with {@code page.prefix()}
   */
  Future<SpecPage> specs(SpecKind kind, PageRequest page);

  /**
   * Reads one spec. Fails with {@code NOT_FOUND}.
   *
   * @param key as {@link Spec#key()} writes it
   */
  Future<SpecChange> spec(SpecKind kind, String key);

  /**
   * Creates or replaces a spec. The future succeeds only once the row is committed.
   *
   * <p>Fails, and changes nothing, with {@code ALREADY_EXISTS} when it must be absent and is not,
   * {@code VERSION_CONFLICT} when another version is current, {@code UNRESOLVED_REFERENCE} when it
   * names a tenant, cell or service that does not exist (field: the path of that name).
   *
   * @return the row; its resource version is 1 when it was created
   */
  Future<SpecChange> put(Spec spec, Precondition precondition);

  /**
   * Creates specs, all in one transaction; those that exist already stay as they are. For very
   * many, of which each alone would wait for a disk. Fails, and creates none, with {@code
   * TOO_LARGE} for more than {@link #CREATE_MAX} and {@code UNRESOLVED_REFERENCE} like {@link
   * #put}.
   *
   * @return the rows that were created
   */
  Future<List<SpecChange>> create(List<Spec> specs);

  /** Specs in one {@link #create}. */
  int CREATE_MAX = 1_000;

  /**
   * Declares or replaces specs, all in one transaction, or none; what is declared like that already
   * stays as it is. Fails, and changes nothing, as {@link #put} would, with the place in the bundle
   * before the field ({@code items[3].spec.tenant}) and the spec's kind and key in the remedy.
   */
  Future<BundleApplied> apply(Bundle bundle);

  /**
   * Removes a spec. The future succeeds only once the row is committed. Fails with {@code
   * NOT_FOUND}, {@code VERSION_CONFLICT}, or {@code IN_USE} while others refer to it.
   *
   * @return the row without a spec
   */
  Future<SpecChange> delete(SpecKind kind, String key, Precondition precondition);

  /** Reads the last snapshot of every cell, in order of the cells' names. */
  Future<List<CellSnapshot>> snapshots();

  /** Where each service's users go and why, in order of the services; empty with one cell. */
  Future<List<DatedRoute>> routes();

  /** Reads decisions that were not empty, newest first. */
  Future<List<Decision>> decisions(DecisionQuery query);

  /**
   * Reads what a cell lived through, oldest first.
   *
   * @return as many minutes as fit into an answer; none of a cell that is not known
   */
  Future<MinutePage> minutes(MinuteQuery query);

  /**
   * Reads why a service has its target: per cell the last explanation at or before a time.
   *
   * @param atMs epoch milliseconds, or null for now
   * @return in order of the cells' names; empty when nothing was decided yet. Fails with {@code
   *     NOT_FOUND} when there is no such service
   */
  Future<List<DatedExplanation>> explain(ServiceId service, @Nullable Long atMs);

  /**
   * Tells what declaring specs would do, by the same checks and the same kernel, and does nothing.
   * Fails with {@code UNRESOLVED_REFERENCE} as {@link #put} would (field: from {@code specs[i]}),
   * or as unavailable while a cell has no owner.
   */
  Future<Plan> plan(PlanRequest request);

  /**
   * Tells whether a declared event can be met, per cell that may run a service of it. Fails with
   * {@code NOT_FOUND}, or as unavailable while a cell has no owner.
   */
  Future<EventReadinessList> eventReadiness(String event);

  /**
   * Relays a command to the simulated world. Succeeds once an agent that is concerned was sent it;
   * fails with {@code NOT_FOUND} when there is no such service, cell or node, or as unavailable
   * when no agent is connected.
   */
  Future<Void> simulate(SimulationCommand command);

  /** Tells whether this member can serve. */
  Future<Readiness> readiness();

  /** Renders every metric of this member in Prometheus text format 0.0.4. */
  Future<String> metrics();

  /**
   * Listens to what happens in all cells until the subscription is closed.
   *
   * @param listener called on any thread, in order per cell; must not block
   */
  Subscription subscribe(StreamListener listener);

  /** Ends a subscription. Closing twice is harmless. */
  @FunctionalInterface
  interface Subscription extends AutoCloseable {
    @Override
    void close();
  }
}
