package dev.highwater.kernel.policy;

import dev.highwater.kernel.forecast.EventCalendar;
import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.model.MetricTarget;
import dev.highwater.model.Service;

/** What a rule works with besides the signals: spec, tables and declared events. Immutable. */
record Setting(Service service, Sizer sizer, EventCalendar calendar) {

  /** The total of a metric over the ready replicas that reported. */
  double total(MetricTarget.Metric metric, ServiceSignals signals) {
    switch (metric) {
      case REQUESTS_PER_SECOND:
        return signals.firstAttemptsPerSecond();
      case CONCURRENCY:
        return signals.inFlight();
      case QUEUE_LENGTH:
        return signals.queued();
      case UTILISATION:
      default:
        return signals.utilisationRatio() * Math.max(0, signals.ready() - signals.silent());
    }
  }
}
