package dev.highwater.launcher.dev;

import dev.highwater.http.StreamListener;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecKind;
import io.vertx.core.Vertx;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The cluster that a scenario happens to: a member in this process, or members at addresses.
 * Thread-safe; the questions block.
 */
interface LiveTarget extends AutoCloseable {
  /** Who decides, in a few words: {@code 1 member on 127.0.0.1:5701}. */
  String members();

  /** Where its API is; any of them serves for all. At least one. */
  List<URI> apis();

  /** What agents run on. */
  Vertx vertx();

  /** Tells what happens in the cells from now on. */
  void watch(StreamListener listener);

  /** Declares what is not declared yet; what is stays as it is. */
  void create(List<Spec> specs) throws CannotRunException, InterruptedException;

  /** Declares or replaces. */
  void put(Spec spec) throws CannotRunException, InterruptedException;

  /** A declared spec, or null. */
  @Nullable Spec find(SpecKind kind, String key) throws CannotRunException, InterruptedException;

  /** The declared specs of a kind, a thousand at most. */
  List<Spec> declared(SpecKind kind) throws CannotRunException, InterruptedException;

  @Override
  void close();
}
