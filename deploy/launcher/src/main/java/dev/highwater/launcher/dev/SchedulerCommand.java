package dev.highwater.launcher.dev;

import dev.highwater.http.HttpSettings;
import dev.highwater.launcher.rehearse.OutputFile;
import dev.highwater.rehearsal.scenario.TimeSpan;
import dev.highwater.server.Member;
import dev.highwater.server.MemberSettings;
import dev.highwater.server.cluster.ClusterSettings;
import dev.highwater.server.session.SessionSettings;
import dev.highwater.server.store.Retention;
import dev.highwater.server.store.StoreLocation;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Starts one member of the scheduler. */
@Command(
    name = "scheduler",
    description = {
      "Run one member of the scheduler: it joins others, takes over cells, and serves API and"
          + " console.",
      "",
      "Members share one store: a folder on this host (--data), or PostgreSQL (--store-url; user and"
          + " password by HIGHWATER_STORE_USER and HIGHWATER_STORE_PASSWORD). A member that is lost"
          + " is replaced by the others within seconds."
    },
    footer = {
      "",
      "Exit code 0; 2 when it cannot run.",
      "",
      "Examples:",
      "  highwater scheduler --data var",
      "  highwater scheduler --data var --port 8081 --join 127.0.0.1:5701",
      "  highwater scheduler --store-url jdbc:postgresql://10.0.0.9/highwater --cluster-host 10.0.0.5"
          + " --join 10.0.0.6"
    })
public final class SchedulerCommand extends LiveVerb {
  @Mixin JournalOptions journal = new JournalOptions();

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "8080",
      description = "Port of API and console on 127.0.0.1; 0 takes a free one (default: 8080).")
  int port;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Keep everything in this folder, which members of this host share.")
  @Nullable Path data;

  @Option(
      names = "--store-url",
      paramLabel = "URL",
      description = "Keep everything in PostgreSQL: jdbc:postgresql://HOST/DATABASE.")
  @Nullable String storeUrl;

  @Option(
      names = "--cluster-host",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description =
          "Address that members reach each other at: loopback, or a private one of this host"
              + " (default: 127.0.0.1). There is no encryption between members.")
  String clusterHost = "127.0.0.1";

  @Option(
      names = "--cluster-port",
      paramLabel = "N",
      defaultValue = "5701",
      description = "Port for other members; if it is taken, the next free one (default: 5701).")
  int clusterPort;

  @Option(
      names = "--join",
      paramLabel = "ADDRESS",
      split = ",",
      description = "Other members, HOST or HOST:PORT, several by commas; none founds a cluster.")
  List<String> join = new ArrayList<>();

  @Option(
      names = "--log",
      converter = OutputFile.class,
      paramLabel = "FILE",
      description = "Log here (default: standard error).")
  @Nullable Path log;

  /** Given by who starts members as its children, and holds their folder. */
  @Option(names = "--child", hidden = true)
  boolean child;

  @Override
  int run(PrintWriter out, StopRequest stop) throws CannotRunException, InterruptedException {
    if ((data == null) == (storeUrl == null)) {
      throw wrong(
          "give --data DIR for members of this host, or --store-url URL for members of several");
    }
    ClusterSettings cluster = cluster();
    if (log != null) {
      DevLog.to(log);
    } else {
      DevLog.toStandardError();
    }
    if (child) {
      stop.alsoAtTheEndOfInput();
    }
    DataFolder folder = data == null || child ? null : DataFolder.shared(data);
    try {
      MemberSettings settings =
          journal.in(
              new MemberSettings(
                  cluster,
                  HttpSettings.DEFAULT.withPort(port),
                  store(),
                  "",
                  SessionSettings.SESSIONS_MAX_DEFAULT,
                  null,
                  Retention.DEFAULT));
      try (Member member = OwnMember.startMember(settings)) {
        say(out, member, settings);
        stop.await();
      }
      return 0;
    } finally {
      if (folder != null) {
        folder.close();
      }
    }
  }

  private ClusterSettings cluster() {
    MemberAddress own = address("--cluster-host", clusterHost);
    if (!own.isOfThisHost()) {
      throw wrong("--cluster-host must be an address of this host: " + clusterHost);
    }
    if (!own.isLoopback() && storeUrl == null) {
      throw wrong("members on several hosts need a store that they share: give --store-url");
    }
    if (clusterPort < 1 || clusterPort > 65_535) {
      throw wrong("--cluster-port must be 1 to 65535: " + clusterPort);
    }
    List<String> seeds = new ArrayList<>();
    seeds.add(own.host() + ":" + clusterPort);
    for (String text : join) {
      MemberAddress other = address("--join", text);
      if (other.isLoopback() != own.isLoopback()) {
        throw wrong(
            "--join "
                + text
                + " cannot be reached from --cluster-host "
                + clusterHost
                + ": give both on loopback, or both as private addresses");
      }
      seeds.add(other.host() + ":" + other.portOr(ClusterSettings.PORT_DEFAULT));
    }
    return new ClusterSettings(
        clusterName(), own.host(), clusterPort, seeds, ClusterSettings.SILENT_SECONDS_DEFAULT);
  }

  private MemberAddress address(String option, String text) {
    MemberAddress address = MemberAddress.parse(text);
    if (address == null) {
      throw wrong(
          option
              + " must be an IPv4 address that is loopback or private, such as 127.0.0.1 or"
              + " 10.0.0.5, with :PORT if need be: "
              + text);
    }
    return address;
  }

  /** Members of another store are strangers, whatever they join by mistake. */
  private String clusterName() {
    String store =
        data == null
            ? String.valueOf(storeUrl).replaceFirst(".*/", "").replaceFirst("[?].*", "")
            : data.toAbsolutePath().normalize().toString();
    return "highwater-" + Integer.toHexString(store.hashCode());
  }

  private StoreLocation store() {
    if (data != null) {
      return StoreLocation.directory(data);
    }
    try {
      return StoreLocation.postgresql(
          String.valueOf(storeUrl),
          Objects.requireNonNullElse(System.getenv("HIGHWATER_STORE_USER"), ""),
          Objects.requireNonNullElse(System.getenv("HIGHWATER_STORE_PASSWORD"), ""));
    } catch (IllegalArgumentException e) {
      throw wrong("--store-url: " + e.getMessage());
    }
  }

  private void say(PrintWriter out, Member member, MemberSettings settings) {
    out.println(
        "Highwater " + LiveRun.version() + "   one member of the scheduler, not for production");
    out.println();
    row(out, "API", "http://127.0.0.1:" + member.httpPort());
    row(
        out,
        "Cluster",
        member.clusterAddress()
            + (join.isEmpty() ? "   founds a cluster" : "   joins " + String.join(", ", join)));
    row(
        out,
        "Store",
        settings.store()
            + "   decisions of the last "
            + TimeSpan.write(journal.decisions.toMillis())
            + " at least, minutes of "
            + TimeSpan.write(journal.minutes.toMillis()));
    row(out, "Member", member.id());
    out.println();
    out.println(
        "Ready in "
            + Display.seconds(
                System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime())
            + ".  Simulated nodes and users join it by:");
    out.println("  deploy/highwater agent --join 127.0.0.1:" + member.httpPort());
    out.println("Ctrl-C stops it; its cells go to other members.");
    out.flush();
  }

  private static void row(PrintWriter out, String label, String text) {
    out.println("  " + label + " ".repeat(12 - label.length()) + text);
  }
}
