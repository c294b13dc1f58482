package dev.highwater.cli;

import dev.highwater.client.HighwaterClient;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.PeakEvent.EventLoad;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import dev.highwater.model.view.EventReadinessList;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Declares, examines and cancels peak events. */
@Command(
    name = "event",
    description = "Declare, examine or cancel a peak event.",
    mixinStandardHelpOptions = true,
    subcommands = {EventGroup.Declare.class, EventGroup.Readiness.class, EventGroup.Cancel.class})
final class EventGroup implements Runnable {
  @Spec CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "name what to do: declare, readiness or cancel");
  }

  /** Tells the scheduler of a peak in advance. */
  @Command(
      name = "declare",
      description = "Declare a peak event, or change one that was declared.",
      footer = {
        "",
        "Example:",
        "  highwater event declare flash-sale --in 10m --load shop/order=6500 --rise 20s --hold 2m"
      })
  static final class Declare extends Verb {
    @Parameters(paramLabel = "NAME", description = "Name of the event.")
    String name;

    @Option(
        names = "--load",
        paramLabel = "TENANT/SERVICE=RATE",
        required = true,
        description = "First attempts per second at the peak, all load included; repeatable.")
    List<String> loads;

    @Option(names = "--in", paramLabel = "SPAN", description = "Starts so long from now.")
    @Nullable String in;

    @Option(
        names = "--at",
        paramLabel = "TIME",
        description = "Starts then: ISO-8601, 23:59:30 (UTC) or epoch milliseconds.")
    @Nullable String at;

    @Option(
        names = "--rise",
        paramLabel = "SPAN",
        defaultValue = "60s",
        description = "From the start to the peak (default 60s).")
    String rise;

    @Option(
        names = "--hold",
        paramLabel = "SPAN",
        defaultValue = "5m",
        description = "Time at the peak (default 5m).")
    String hold;

    @Option(
        names = "--decay",
        paramLabel = "SPAN",
        defaultValue = "5m",
        description = "Half-life of what follows (default 5m).")
    String decay;

    @Override
    int run(HighwaterClient client) {
      if ((in == null) == (at == null)) {
        throw new ParameterException(spec.commandLine(), "say when: either --in or --at");
      }
      long nowMs = nowMs(client.snapshots());
      long startMs =
          in != null ? nowMs + Words.spanMs("--in", in) : Words.startMs("--at", text(at), nowMs);
      PeakEvent event =
          new PeakEvent(
              name,
              startMs,
              Words.spanMs("--rise", rise),
              Words.spanMs("--hold", hold),
              Words.spanMs("--decay", decay),
              loads());
      if (event.left(nowMs) == null) {
        throw new InvalidInputException(
            ErrorCode.INVALID_VALUE,
            "--at",
            at,
            "must leave something of the event: with its rise, hold and decay it is over");
      }
      SpecChange stored = client.put(event, OptionalLong.empty());
      out()
          .println(
              "event/"
                  + name
                  + (stored.resourceVersion() == 1 ? " declared" : " changed")
                  + ", starts at "
                  + Words.clock(startMs)
                  + " UTC, "
                  + Words.countdown(startMs, nowMs));
      return DONE;
    }

    private static String text(@Nullable String value) {
      return value == null ? "" : value;
    }

    private List<EventLoad> loads() {
      List<EventLoad> read = new ArrayList<>();
      for (String load : loads) {
        int equals = load.indexOf('=');
        try {
          ServiceId service =
              given("--load", () -> ServiceId.parse(load.substring(0, Math.max(0, equals))));
          double rate = Double.parseDouble(load.substring(equals + 1));
          read.add(given("--load", () -> new EventLoad(service, rate)));
        } catch (NumberFormatException e) {
          throw new InvalidInputException(
              ErrorCode.INVALID_VALUE, "--load", load, "must be TENANT/SERVICE=RATE");
        }
      }
      return read;
    }
  }

  /** Says whether a declared event can be met. */
  @Command(
      name = "readiness",
      description = {
        "Go or no-go for a declared event: what will be ready at its start, what is reclaimed from"
            + " whom, the last moment to act and the residual risk.",
        "",
        "Exit code 1 for no-go."
      },
      footer = {"", "Example:", "  highwater event readiness flash-sale"})
  static final class Readiness extends Verb {
    @Parameters(paramLabel = "NAME", description = "Name of the event.")
    String name;

    @Option(names = "-o", paramLabel = "json", description = "json: everything, stable.")
    @Nullable String format;

    @Override
    int run(HighwaterClient client) {
      Output output = output(format);
      EventReadinessList readiness = client.eventReadiness(name);
      if (output == Output.JSON) {
        printJson(readiness);
      } else {
        ReadinessText.print(readiness, name, out());
      }
      return readiness.go() ? DONE : REFUSED;
    }
  }

  /** Takes a declaration back. */
  @Command(
      name = "cancel",
      description = "Cancel a declared peak event.",
      footer = {"", "Example:", "  highwater event cancel flash-sale --yes"})
  static final class Cancel extends Verb {
    @Parameters(paramLabel = "NAME", description = "Name of the event.")
    String name;

    @Mixin Confirmation confirmation;

    @Override
    int run(HighwaterClient client) {
      confirmation.ask("Cancelling event " + name);
      client.delete(SpecKind.PEAK_EVENT, name, OptionalLong.empty());
      out().println("event/" + name + " cancelled");
      return DONE;
    }
  }
}
