package dev.highwater.launcher.dev;

import dev.highwater.client.HighwaterClient;
import dev.highwater.client.ProblemException;
import dev.highwater.client.StreamReader;
import dev.highwater.client.UnreachableException;
import dev.highwater.http.StreamListener;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Decision;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Members at addresses. Any of them answers for all, so a question that one does not answer is put
 * to the next, and the stream is read from one at a time and from the next when that one falls
 * silent.
 */
final class RemoteMembers implements LiveTarget {
  /** Snapshots come each second; a member that says nothing for so long is gone or hung. */
  private static final long SILENT_MS = 5_000;

  private static final long RETRY_MS = 250;
  private static final int WORKERS = 4;
  private static final Logger LOG = LoggerFactory.getLogger(RemoteMembers.class);

  private final List<HighwaterClient> clients = new ArrayList<>();
  private final Duration patience;
  private final Vertx vertx =
      Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2).setWorkerPoolSize(WORKERS));
  private volatile int current;
  private volatile boolean closed;

  RemoteMembers(List<URI> apis) {
    this(apis, Duration.ofSeconds(Answers.SECONDS_MAX));
  }

  /**
   * @param patience how long a question is asked again while nobody answers
   */
  RemoteMembers(List<URI> apis, Duration patience) {
    this.patience = patience;
    apis.forEach(api -> clients.add(new HighwaterClient(api)));
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  @Override
  public String members() {
    return clients.size() == 1 ? "joined through 1 member" : clients.size() + " members";
  }

  @Override
  public List<URI> apis() {
    return clients.stream().map(HighwaterClient::server).toList();
  }

  @Override
  public Vertx vertx() {
    return vertx;
  }

  /** Puts a question to one member after the other until one answers. */
  private <T> T ask(Function<HighwaterClient, T> question)
      throws CannotRunException, InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      try {
        return question.apply(clients.get(current));
      } catch (UnreachableException e) {
        if (System.nanoTime() > deadline) {
          throw new CannotRunException(
              "no member answers: " + e.advising("highwater scheduler", "--join"), e);
        }
      } catch (ProblemException e) {
        if (e.code() != ErrorCode.UNAVAILABLE || System.nanoTime() > deadline) {
          throw new CannotRunException(Objects.requireNonNullElse(e.getMessage(), "" + e), e);
        }
      }
      next();
      TimeUnit.MILLISECONDS.sleep(RETRY_MS);
    }
  }

  private synchronized void next() {
    current = (current + 1) % clients.size();
  }

  @Override
  public void create(List<Spec> specs) throws CannotRunException, InterruptedException {
    for (Spec spec : specs) {
      ask(
          client -> {
            try {
              return client.create(spec);
            } catch (ProblemException e) {
              if (e.code() == ErrorCode.ALREADY_EXISTS) {
                return null;
              }
              throw e;
            }
          });
    }
  }

  @Override
  public void put(Spec spec) throws CannotRunException, InterruptedException {
    ask(client -> client.put(spec, OptionalLong.empty()));
  }

  @Override
  public @Nullable Spec find(SpecKind kind, String key)
      throws CannotRunException, InterruptedException {
    for (Spec spec : declared(kind)) {
      if (spec.key().equals(key)) {
        return spec;
      }
    }
    return null;
  }

  @Override
  public List<Spec> declared(SpecKind kind) throws CannotRunException, InterruptedException {
    List<Spec> specs = new ArrayList<>();
    for (SpecChange row : ask(client -> client.specs(kind))) {
      if (row.spec() != null) {
        specs.add(row.spec());
      }
    }
    return specs;
  }

  @Override
  public void watch(StreamListener listener) {
    daemon(() -> keepReading(listener), "streams").start();
  }

  private void keepReading(StreamListener listener) {
    Reading reading = new Reading(listener);
    reading.start();
    try {
      while (!closed) {
        TimeUnit.MILLISECONDS.sleep(RETRY_MS);
        if (reading.silent()) {
          reading.stale = true; // its thread may hang for long and is left behind
          next();
          reading = new Reading(listener);
          reading.start();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** One member's stream, read until that ends or is given up. */
  private final class Reading implements StreamReader {
    private final StreamListener listener;
    private final HighwaterClient client = clients.get(current);
    private volatile long heardNanos = System.nanoTime();
    private volatile boolean stale;
    private volatile boolean over;

    Reading(StreamListener listener) {
      this.listener = listener;
    }

    void start() {
      daemon(this::read, "stream").start();
    }

    private void read() {
      try {
        client.stream(this);
      } catch (UnreachableException | ProblemException e) {
        LOG.info("stream ended member={} cause={}", client.server(), e.getMessage());
      } finally {
        over = true;
      }
    }

    boolean silent() {
      return over || System.nanoTime() - heardNanos > TimeUnit.MILLISECONDS.toNanos(SILENT_MS);
    }

    private void heard(Runnable tell) {
      heardNanos = System.nanoTime();
      if (wantsMore()) {
        tell.run();
      }
    }

    @Override
    public void onSnapshot(CellSnapshot snapshot) {
      heard(() -> listener.onSnapshot(snapshot));
    }

    @Override
    public void onDecision(Decision decision) {
      heard(() -> listener.onDecision(decision));
    }

    @Override
    public void onCellGone(String cell) {
      heard(() -> listener.onCellGone(cell));
    }

    @Override
    public void onGap() {
      LOG.info("stream too fast, some lines are missing member={}", client.server());
    }

    @Override
    public boolean wantsMore() {
      return !closed && !stale;
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      Answers.await(vertx.close());
    } catch (CannotRunException e) {
      LOG.warn("Vert.x did not close: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
