package dev.highwater.launcher.dev;

import dev.highwater.http.ControlPlane;
import dev.highwater.http.PageRequest;
import dev.highwater.http.Precondition;
import dev.highwater.http.StreamListener;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Limits;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import dev.highwater.server.Member;
import dev.highwater.server.MemberSettings;
import dev.highwater.server.store.StoreUnavailableException;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A member in this process: all there is of a cluster in {@code dev}. */
final class OwnMember implements LiveTarget {
  private final Member member;

  private OwnMember(Member member) {
    this.member = member;
  }

  /** Starts it; returns once it listens. */
  static OwnMember start(MemberSettings settings) throws CannotRunException {
    return new OwnMember(startMember(settings));
  }

  /** Starts a member; says in one line why it cannot. */
  static Member startMember(MemberSettings settings) throws CannotRunException {
    requireFreePort(settings.http().port());
    try {
      return Member.start(settings);
    } catch (StoreUnavailableException | IOException e) {
      throw new CannotRunException(
          "the member cannot start: " + Objects.requireNonNullElse(e.getMessage(), "" + e), e);
    }
  }

  /** Says so early and with the way out if another process listens there. */
  static void requireFreePort(int port) throws CannotRunException {
    Limits.range("--port", port, 0, 65_535);
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    } catch (IOException e) {
      throw new CannotRunException(
          "Port "
              + port
              + " is in use by another process. Start with --port "
              + (port < 65_535 ? port + 1 : 0)
              + ".",
          e);
    }
  }

  @Override
  public String members() {
    return "1 member on " + member.clusterAddress();
  }

  @Override
  public List<URI> apis() {
    return List.of(URI.create("http://127.0.0.1:" + member.httpPort()));
  }

  @Override
  public Vertx vertx() {
    return member.vertx();
  }

  @Override
  public void watch(StreamListener listener) {
    member.controlPlane().subscribe(listener);
  }

  @Override
  public void create(List<Spec> specs) throws CannotRunException, InterruptedException {
    for (int from = 0; from < specs.size(); from += ControlPlane.CREATE_MAX) {
      int to = Math.min(specs.size(), from + ControlPlane.CREATE_MAX);
      Answers.await(member.controlPlane().create(specs.subList(from, to)));
    }
  }

  @Override
  public void put(Spec spec) throws CannotRunException, InterruptedException {
    Answers.await(member.controlPlane().put(spec, Precondition.NONE));
  }

  @Override
  public @Nullable Spec find(SpecKind kind, String key)
      throws CannotRunException, InterruptedException {
    try {
      return Answers.await(member.controlPlane().spec(kind, key)).spec();
    } catch (InvalidInputException e) {
      if (e.code() == ErrorCode.NOT_FOUND) {
        return null;
      }
      throw e;
    }
  }

  @Override
  public List<Spec> declared(SpecKind kind) throws CannotRunException, InterruptedException {
    List<Spec> specs = new ArrayList<>();
    PageRequest page = new PageRequest(PageRequest.LIMIT_MAX, "", "");
    for (SpecChange row : Answers.await(member.controlPlane().specs(kind, page)).items()) {
      if (row.spec() != null) {
        specs.add(row.spec());
      }
    }
    return specs;
  }

  @Override
  public void close() {
    member.close();
  }
}
