package dev.highwater.client;

import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Decision;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Problem;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import dev.highwater.model.json.ModelJson;
import dev.highwater.model.view.Bundle;
import dev.highwater.model.view.BundleApplied;
import dev.highwater.model.view.CellNode;
import dev.highwater.model.view.DatedExplanation;
import dev.highwater.model.view.DatedRoute;
import dev.highwater.model.view.DecisionList;
import dev.highwater.model.view.EventReadinessList;
import dev.highwater.model.view.ExplanationList;
import dev.highwater.model.view.LoadHistory;
import dev.highwater.model.view.MinutePage;
import dev.highwater.model.view.NodePage;
import dev.highwater.model.view.Plan;
import dev.highwater.model.view.PlanRequest;
import dev.highwater.model.view.Readiness;
import dev.highwater.model.view.RouteList;
import dev.highwater.model.view.SnapshotList;
import dev.highwater.model.view.SpecPage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP API as Java calls, each of which waits for its answer.
 *
 * <p>What the server refuses is thrown as {@link ProblemException}, a server that does not answer
 * as {@link UnreachableException}. Thread-safe.
 */
public final class HighwaterClient {
  /** On one host a connection is made at once or never; chosen by us with room for a far one. */
  private static final Duration CONNECT_TIME_MAX = Duration.ofSeconds(3);

  /** An answer may wait for a commit, and for a fail-over of up to ten seconds. */
  private static final Duration ANSWER_TIME_MAX = Duration.ofSeconds(15);

  /** A plan that looks ahead decides thousands of times. */
  private static final Duration SPAN_TIME_MAX = Duration.ofSeconds(60);

  private static final int PAGE = 1_000;

  private final URI server;
  private final HttpClient http;

  /** A client of one server, such as {@code http://127.0.0.1:8080}; nothing is sent yet. */
  public HighwaterClient(URI server) {
    boolean web = "http".equals(server.getScheme()) || "https".equals(server.getScheme());
    if (!web || server.getHost() == null) {
      throw new IllegalArgumentException(
          "server must be a URL such as http://127.0.0.1:8080: " + server);
    }
    this.server = server;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIME_MAX)
            .build();
  }

  /** Where the server is. */
  public URI server() {
    return server;
  }

  /** Every spec of a kind, in order of their keys, however many pages that takes. */
  public List<SpecChange> specs(SpecKind kind) {
    List<SpecChange> all = new ArrayList<>();
    String after = "";
    while (true) {
      SpecPage page =
          get(collection(kind) + "?limit=" + PAGE + "&after=" + encode(after), SpecPage.class);
      all.addAll(page.items());
      if (page.next() == null) {
        return List.copyOf(all);
      }
      after = page.next();
    }
  }

  /** One spec. */
  public SpecChange spec(SpecKind kind, String key) {
    return get(item(kind, key), SpecChange.class);
  }

  /** Declares a spec that must not exist yet. */
  public SpecChange create(Spec spec) {
    return send(request(collection(SpecKind.of(spec))).POST(body(spec)), SpecChange.class);
  }

  /**
   * Declares or replaces a spec.
   *
   * @param resourceVersion the version that must be current; empty means that the last writer wins
   */
  public SpecChange put(Spec spec, OptionalLong resourceVersion) {
    HttpRequest.Builder request = request(item(SpecKind.of(spec), spec.key())).PUT(body(spec));
    return send(ifMatch(request, resourceVersion), SpecChange.class);
  }

  /** Declares or replaces specs, all or none. */
  public BundleApplied apply(Bundle bundle) {
    return send(request("/v1/bundle").POST(body(bundle)), BundleApplied.class);
  }

  /**
   * Removes a spec.
   *
   * @param resourceVersion as for {@link #put}
   */
  public SpecChange delete(SpecKind kind, String key, OptionalLong resourceVersion) {
    return send(ifMatch(request(item(kind, key)).DELETE(), resourceVersion), SpecChange.class);
  }

  /** The last snapshot of each cell, in order of the cells' names. */
  public List<CellSnapshot> snapshots() {
    return get("/v1/snapshots", SnapshotList.class).items();
  }

  /**
   * The last minutes of a cell, as many pages as its services take. Time goes on between two pages.
   *
   * @param seconds 1 to 1,800
   */
  public List<LoadHistory> history(String cell, int seconds) {
    String path = "/v1/history?cell=" + encode(cell) + "&seconds=" + seconds;
    List<LoadHistory> pages = new ArrayList<>();
    String after = "";
    while (true) {
      LoadHistory page = get(path + after, LoadHistory.class);
      pages.add(page);
      if (page.next() == null) {
        return List.copyOf(pages);
      }
      after = "&after=" + encode(page.next().toString());
    }
  }

  /**
   * What a cell lived through, oldest minute first; a minute that nobody kept is missing.
   *
   * @param sinceMs of minutes that begin at or after this time
   * @param untilMs and before this time
   * @return one page; the next begins where this one says
   */
  public MinutePage minutes(String cell, long sinceMs, long untilMs) {
    return get(
        "/v1/minutes?cell=" + encode(cell) + "&since=" + sinceMs + "&until=" + untilMs,
        MinutePage.class);
  }

  /** Where each service's users go and why; empty with one cell. */
  public List<DatedRoute> routes() {
    return get("/v1/routes", RouteList.class).items();
  }

  /** Every node of every cell, in order of cell and name, however many pages that takes. */
  public List<CellNode> nodes() {
    List<CellNode> all = new ArrayList<>();
    String after = "";
    while (true) {
      NodePage page = get("/v1/nodes?limit=" + PAGE + "&after=" + encode(after), NodePage.class);
      all.addAll(page.items());
      if (page.next() == null) {
        return List.copyOf(all);
      }
      after = page.next();
    }
  }

  /**
   * Decisions, newest first.
   *
   * @param service of this service only, or null
   * @param atMs taken at or before this time, or null
   * @param limit 1 to 1,000
   */
  public List<Decision> decisions(@Nullable ServiceId service, @Nullable Long atMs, int limit) {
    String query =
        "?limit="
            + limit
            + (service == null ? "" : "&service=" + encode(service.toString()))
            + (atMs == null ? "" : "&at=" + atMs);
    return get("/v1/decisions" + query, DecisionList.class).items();
  }

  /**
   * Why a service has its target, per cell.
   *
   * @param atMs the time asked about, or null for now
   */
  public List<DatedExplanation> explain(ServiceId service, @Nullable Long atMs) {
    String path = item(SpecKind.SERVICE, service.toString()) + "/explanation";
    return get(path + (atMs == null ? "" : "?at=" + atMs), ExplanationList.class).items();
  }

  /** What declaring these specs would do; nothing is done. */
  public Plan plan(List<Spec> specs) {
    return plan(PlanRequest.of(specs));
  }

  /** What a change would do, and for how long ahead; nothing is done. */
  public Plan plan(PlanRequest change) {
    HttpRequest.Builder request = request("/v1/plan").POST(body(change));
    return send(change.forMs() > 0 ? request.timeout(SPAN_TIME_MAX) : request, Plan.class);
  }

  /** Whether a declared event can be met, per cell that may run a service of it. */
  public EventReadinessList eventReadiness(String event) {
    return get(item(SpecKind.PEAK_EVENT, event) + "/readiness", EventReadinessList.class);
  }

  /** Starts something in the simulated world. */
  public void simulate(SimulationCommand command) {
    if (command instanceof SimulationCommand.Surge surge) {
      send(request("/v1/simulation/surges").POST(body(surge)), SimulationCommand.Surge.class);
    } else if (command instanceof SimulationCommand.Fault fault) {
      send(request("/v1/simulation/faults").POST(body(fault)), SimulationCommand.Fault.class);
    } else {
      throw new AssertionError(command.getClass());
    }
  }

  /** Whether the server can serve, with each check; also when it cannot. */
  public Readiness readiness() {
    HttpResponse<byte[]> answer = exchange(request("/health/ready").GET());
    return read(answer, Readiness.class);
  }

  /**
   * Reads the stream on this thread until the reader wants no more, the server ends it, or the
   * thread is interrupted.
   */
  public void stream(StreamReader reader) {
    HttpRequest request =
        HttpRequest.newBuilder(server.resolve("/v1/stream"))
            .header("Accept", "text/event-stream")
            .GET()
            .build();
    try {
      HttpResponse<Stream<String>> answer = http.send(request, BodyHandlers.ofLines());
      try (Stream<String> lines = answer.body()) {
        if (answer.statusCode() != 200) {
          throw refusal(answer.statusCode(), String.join("", lines.toList()));
        }
        read(lines.iterator(), reader);
      }
    } catch (IOException e) {
      throw unreachable(e);
    } catch (UncheckedIOException e) {
      throw unreachable(e.getCause() == null ? new IOException(e) : e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What a stream says of a cell that is not declared any more. */
  private record GoneCell(String cell) {}

  private static void read(Iterator<String> lines, StreamReader reader) {
    String event = "";
    while (reader.wantsMore() && lines.hasNext()) {
      String line = lines.next();
      if (line.startsWith("event: ")) {
        event = line.substring("event: ".length());
      } else if (line.startsWith("data: ")) {
        String data = line.substring("data: ".length());
        switch (event) {
          case "snapshot" -> reader.onSnapshot(ModelJson.read(data, CellSnapshot.class));
          case "decision" -> reader.onDecision(ModelJson.read(data, Decision.class));
          case "gone" -> reader.onCellGone(ModelJson.read(data, GoneCell.class).cell());
          case "gap" -> reader.onGap();
          default -> {
            // A newer server may tell more; what is not known is passed over.
          }
        }
      }
    }
  }

  private <T> T get(String path, Class<T> type) {
    return send(request(path).GET(), type);
  }

  private <T> T send(HttpRequest.Builder request, Class<T> type) {
    HttpResponse<byte[]> answer = exchange(request);
    if (answer.statusCode() / 100 != 2) {
      throw refusal(answer.statusCode(), new String(answer.body(), StandardCharsets.UTF_8));
    }
    return read(answer, type);
  }

  private <T> T read(HttpResponse<byte[]> answer, Class<T> type) {
    try {
      return ModelJson.read(answer.body(), type);
    } catch (InvalidInputException e) {
      throw new UnreachableException(server, "its answer is none of ours", e);
    }
  }

  private HttpResponse<byte[]> exchange(HttpRequest.Builder request) {
    try {
      return http.send(request.build(), BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw unreachable(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnreachableException(server, "interrupted while waiting", e);
    }
  }

  private RuntimeException refusal(int status, String body) {
    try {
      return new ProblemException(ModelJson.read(body, Problem.class));
    } catch (InvalidInputException e) {
      return new UnreachableException(
          server, "what answers with status " + status + " is none of ours", e);
    }
  }

  private UnreachableException unreachable(IOException e) {
    String why =
        e instanceof ConnectException || e.getMessage() == null
            ? "connection refused"
            : e.getMessage();
    return new UnreachableException(server, why, e);
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(server.resolve(path))
        .timeout(ANSWER_TIME_MAX)
        .header("Content-Type", "application/json")
        .header("Accept", "application/json");
  }

  private static HttpRequest.Builder ifMatch(HttpRequest.Builder request, OptionalLong version) {
    return version.isEmpty()
        ? request
        : request.header("If-Match", "\"" + version.getAsLong() + "\"");
  }

  private static HttpRequest.BodyPublisher body(Object value) {
    return BodyPublishers.ofByteArray(ModelJson.writeBytes(value));
  }

  private static String collection(SpecKind kind) {
    return switch (kind) {
      case CELL -> "/v1/cells";
      case NODE_POOL -> "/v1/pools";
      case TENANT -> "/v1/tenants";
      case SERVICE -> "/v1/services";
      case PEAK_EVENT -> "/v1/events";
      case CORDON -> "/v1/cordons";
    };
  }

  private static String item(SpecKind kind, String key) {
    StringBuilder path = new StringBuilder(collection(kind));
    for (String part : key.split("/", -1)) {
      path.append('/').append(encode(part));
    }
    return path.toString();
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
