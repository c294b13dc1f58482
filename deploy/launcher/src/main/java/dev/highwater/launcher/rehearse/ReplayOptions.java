package dev.highwater.launcher.rehearse;

import dev.highwater.launcher.rehearse.ScenarioFiles.Loaded;
import dev.highwater.launcher.rehearse.ScenarioFiles.UnreadableFileException;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.rehearsal.scenario.Load;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.TimeSpan;
import dev.highwater.workload.TrafficTrace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What a command line changes in a scenario: recorded series, their scale, declared events. */
public final class ReplayOptions {
  /** Load of its capacity at which {@code --peak-replicas} replicas stand at the peak. */
  private static final double PEAK_UTILISATION = 0.8;

  @Option(
      names = "--trace",
      paramLabel = "TENANT/SERVICE=FILE",
      description = "Replay a recorded series as the service's load: CSV t_seconds,rate.")
  Map<String, Path> traces = new LinkedHashMap<>();

  @Option(
      names = "--peak-replicas",
      paramLabel = "N",
      description =
          "Scale each series so that its peak is N x concurrency / mean service time x 0.8.")
  @Nullable Integer peakReplicas;

  @Option(
      names = "--trace-scale",
      paramLabel = "X",
      description = "Multiply every rate of the series by X.")
  @Nullable Double traceScale;

  @Option(
      names = "--interpolation",
      paramLabel = "linear|step",
      description = "What the rate is between two samples (default: as the scenario says).")
  @Nullable String interpolation;

  @Option(
      names = "--from",
      paramLabel = "S",
      description = "Begin S seconds (or 90s, 24h, ...) after the start of series and scenario.")
  @Nullable String from;

  @Option(
      names = "--for",
      paramLabel = "S",
      description = "End after S seconds (or 90s, 24h, ...).")
  @Nullable String length;

  @Option(
      names = "--declare",
      paramLabel = "at=S,peak=RATE,rise=S,hold=S",
      description =
          "Declare an event to the scheduler, in the times and rates of the series: it is scaled"
              + " with it. peakPerSecond=RATE instead of peak gives requests/s as they are"
              + " simulated. Also decay=S, its half-life, and service=TENANT/SERVICE.")
  List<String> declared = new ArrayList<>();

  /**
   * The options that replay one series as a service's load.
   *
   * @param from beginning within the series; null for its start
   * @param length of the part; null for all that is left
   */
  public static ReplayOptions of(
      String service,
      Path file,
      int peakReplicas,
      String interpolation,
      @Nullable String from,
      @Nullable String length) {
    ReplayOptions options = new ReplayOptions();
    options.traces.put(service, file);
    options.peakReplicas = peakReplicas;
    options.interpolation = interpolation;
    options.from = from;
    options.length = length;
    return options;
  }

  /** Adds an event in the form of {@code --declare}. */
  public void declare(String event) {
    declared.add(event);
  }

  /** Applies the options. */
  public Loaded apply(Loaded loaded) throws UnreadableFileException {
    if (peakReplicas != null && traceScale != null) {
      throw new TypeConversionException("give --peak-replicas or --trace-scale, not both");
    }
    if (peakReplicas != null && peakReplicas < 1) {
      throw new TypeConversionException("--peak-replicas must be at least 1: " + peakReplicas);
    }
    if (traceScale != null && !(traceScale > 0 && traceScale <= 1e9)) {
      throw new TypeConversionException("--trace-scale must be more than 0: " + traceScale);
    }
    Scenario scenario = loaded.scenario();
    SortedMap<String, TrafficTrace> series = new TreeMap<>(loaded.traces());
    List<Load> loads = new ArrayList<>();
    SortedMap<ServiceId, Double> scales = new TreeMap<>();
    SortedMap<ServiceId, Path> given = givenTraces(scenario);
    for (Service service : scenario.services()) {
      Load load = loadOf(scenario, service.id());
      Path file = given.get(service.id());
      if (file != null) {
        TrafficTrace.Interpolation how = interpolation(TrafficTrace.Interpolation.LINEAR);
        series.put(file.toString(), ScenarioFiles.trace(file, how));
        Load.Trace whole = new Load.Trace(file.toString(), 1, how);
        load = load.edit(draft -> draft.trace = whole);
      } else if (load.trace() != null && interpolation != null) {
        throw new TypeConversionException("--interpolation needs --trace");
      }
      Load.Trace trace = load.trace();
      TrafficTrace recorded = trace == null ? null : series.get(trace.file());
      if (trace != null && recorded != null) {
        double scale = scale(service, recorded, trace.scale());
        Load.Trace scaled = new Load.Trace(trace.file(), scale, trace.interpolation());
        load = load.edit(draft -> draft.trace = scaled);
        scales.put(service.id(), scale);
      }
      loads.add(load);
    }
    // A series that another one replaced must not lengthen the run.
    SortedSet<String> used = new TreeSet<>();
    for (Load load : loads) {
      Load.Trace trace = load.trace();
      if (trace != null) {
        used.add(trace.file());
      }
    }
    series.keySet().retainAll(used);
    if (scales.isEmpty() && (peakReplicas != null || traceScale != null)) {
      throw new TypeConversionException("--peak-replicas and --trace-scale need a --trace");
    }
    scenario = declare(scenario.edit(draft -> draft.loads = loads), scales);
    return cut(new Loaded(scenario, series), !given.isEmpty());
  }

  private SortedMap<ServiceId, Path> givenTraces(Scenario scenario) {
    SortedMap<ServiceId, Path> given = new TreeMap<>();
    traces.forEach(
        (name, file) -> {
          ServiceId id = ServiceId.parse(name);
          if (scenario.service(id) == null) {
            throw new TypeConversionException(
                "--trace: the scenario has no service " + name + ", it has " + names(scenario));
          }
          given.put(id, file);
        });
    return given;
  }

  private static List<ServiceId> names(Scenario scenario) {
    return scenario.services().stream().map(Service::id).toList();
  }

  private TrafficTrace.Interpolation interpolation(TrafficTrace.Interpolation otherwise) {
    if (interpolation == null) {
      return otherwise;
    }
    return switch (interpolation.toLowerCase(Locale.ROOT)) {
      case "linear" -> TrafficTrace.Interpolation.LINEAR;
      case "step" -> TrafficTrace.Interpolation.STEP;
      default ->
          throw new TypeConversionException(
              "--interpolation must be linear or step: " + interpolation);
    };
  }

  private static Load loadOf(Scenario scenario, ServiceId service) {
    for (Load load : scenario.loads()) {
      if (load.service().equals(service)) {
        return load;
      }
    }
    return Load.called(service);
  }

  private double scale(Service service, TrafficTrace trace, double otherwise) {
    if (traceScale != null) {
      return traceScale;
    }
    if (peakReplicas == null) {
      return otherwise;
    }
    if (trace.peakPerSecond() == 0) {
      throw new TypeConversionException("--peak-replicas: the series has no load at all");
    }
    double perReplica =
        service.capacity().concurrency() * 1_000 / service.capacity().meanServiceMs();
    return peakReplicas * perReplica * PEAK_UTILISATION / trace.peakPerSecond();
  }

  private Scenario declare(Scenario scenario, SortedMap<ServiceId, Double> scales) {
    List<PeakEvent> events = new ArrayList<>(scenario.events());
    for (int i = 0; i < declared.size(); i++) {
      SortedMap<String, String> parts = parts(declared.get(i));
      ServiceId service = eventService(parts.remove("service"), scenario, scales);
      double peak;
      if (parts.containsKey("peakPerSecond")) {
        peak = rate("peakPerSecond", parts.remove("peakPerSecond"));
      } else {
        peak = rate("peak", parts.remove("peak")) * scales.getOrDefault(service, 1.0);
      }
      PeakEvent event =
          new PeakEvent(
              "declared-" + (i + 1),
              spanMs("at", parts.remove("at"), null),
              spanMs("rise", parts.remove("rise"), 0L),
              spanMs("hold", parts.remove("hold"), 0L),
              spanMs("decay", parts.remove("decay"), 0L),
              List.of(new PeakEvent.EventLoad(service, peak)));
      if (!parts.isEmpty()) {
        throw new TypeConversionException(
            "--declare knows at, peak, peakPerSecond, rise, hold, decay and service, not "
                + parts.firstKey());
      }
      events.add(event);
    }
    return scenario.edit(draft -> draft.events = events);
  }

  private static SortedMap<String, String> parts(String text) {
    SortedMap<String, String> parts = new TreeMap<>();
    for (String part : text.split(",")) {
      int equals = part.indexOf('=');
      if (equals < 1) {
        throw new TypeConversionException(
            "--declare must be like at=3600,peak=900,rise=60,hold=1800, not " + text);
      }
      parts.put(part.substring(0, equals).trim(), part.substring(equals + 1).trim());
    }
    return parts;
  }

  private static ServiceId eventService(
      @Nullable String named, Scenario scenario, SortedMap<ServiceId, Double> scales) {
    ServiceId service = null;
    if (named != null) {
      service = ServiceId.parse(named);
    } else if (scales.size() == 1) {
      service = scales.firstKey();
    } else if (scenario.services().size() == 1) {
      service = scenario.services().get(0).id();
    }
    if (service == null || scenario.service(service) == null) {
      throw new TypeConversionException(
          "--declare: say service=TENANT/SERVICE, one of " + names(scenario));
    }
    return service;
  }

  private static double rate(String what, @Nullable String text) {
    try {
      double rate = text == null ? Double.NaN : Double.parseDouble(text);
      if (rate >= 0 && rate <= 1e9) {
        return rate;
      }
    } catch (NumberFormatException e) {
      // Told below, as a missing one is.
    }
    throw new TypeConversionException(
        "--declare: " + what + " must be a rate of 0 to 1e9: " + text);
  }

  /** Seconds as a plain number, or a span with a unit. */
  static long spanMs(String what, @Nullable String text, @Nullable Long otherwise) {
    if (text == null && otherwise != null) {
      return otherwise;
    }
    Double ms = text == null ? null : TimeSpan.parseMs(text);
    try {
      double value =
          ms != null || text == null
              ? (ms == null ? Double.NaN : ms)
              : Double.parseDouble(text) * 1_000;
      if (value >= 0 && value <= 400.0 * 86_400_000) {
        return Math.round(value);
      }
    } catch (NumberFormatException e) {
      // Told below, as a negative one is.
    }
    throw new TypeConversionException(
        what + " must be seconds, or a span such as 90s, 5m or 24h: " + text);
  }

  private Loaded cut(Loaded loaded, boolean replaced) {
    long fromMs = spanMs("--from", from, 0L);
    long forMs = spanMs("--for", length, Long.MAX_VALUE);
    Loaded part = ScenarioPart.from(loaded, fromMs);
    long longest = 0;
    for (TrafficTrace series : part.traces().values()) {
      longest = Math.max(longest, series.durationMs());
    }
    long leftMs = replaced ? longest : loaded.scenario().durationMs() - fromMs;
    if (!replaced && longest > 0) {
      leftMs = Math.min(leftMs, longest);
    }
    long durationMs = Math.min(forMs, leftMs) / Scenario.TICK_MS * Scenario.TICK_MS;
    if (durationMs < Scenario.TICK_MS) {
      throw new TypeConversionException("--from and --for leave nothing to rehearse");
    }
    return new Loaded(part.scenario().ending(durationMs), part.traces());
  }
}
