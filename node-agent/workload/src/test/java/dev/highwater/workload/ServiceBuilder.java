package dev.highwater.workload;

import dev.highwater.model.Balancing;
import dev.highwater.model.BootTime;
import dev.highwater.model.Capacity;
import dev.highwater.model.Criticality;
import dev.highwater.model.Residency;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceTimeLaw;
import dev.highwater.model.Slo;

/** A service spec for tests that says what matters to them and is like another one otherwise. */
final class ServiceBuilder {
  private final Service like;
  private Resources resources;
  private int concurrency;
  private double meanServiceMs;
  private double serviceScv;
  private ServiceTimeLaw law;
  private int queueMax;
  private long clientTimeoutMs;
  private Balancing balancing;
  private BootTime boot;
  private double serialRatePerSecondMax;
  private int serialShards;
  private Slo slo;
  private Residency residency;
  private Criticality criticality;
  private long waitingRoomMax;

  private ServiceBuilder(Service like) {
    this.like = like;
    Capacity capacity = like.capacity();
    resources = like.resources();
    concurrency = capacity.concurrency();
    meanServiceMs = capacity.meanServiceMs();
    serviceScv = capacity.serviceScv();
    law = capacity.law();
    queueMax = capacity.queueMax();
    clientTimeoutMs = capacity.clientTimeoutMs();
    balancing = capacity.balancing();
    boot = capacity.boot();
    serialRatePerSecondMax = capacity.serialRatePerSecondMax();
    serialShards = capacity.serialShards();
    slo = like.slo();
    residency = like.residency();
    criticality = like.criticality();
    waitingRoomMax = like.waitingRoomMax();
  }

  static ServiceBuilder service(String tenant, String name) {
    return like(Service.named(tenant, name));
  }

  static ServiceBuilder like(Service service) {
    return new ServiceBuilder(service);
  }

  ServiceBuilder resources(Resources each) {
    resources = each;
    return this;
  }

  ServiceBuilder places(int atOnce, int queue) {
    concurrency = atOnce;
    queueMax = queue;
    return this;
  }

  ServiceBuilder meanMs(double mean) {
    meanServiceMs = mean;
    return this;
  }

  ServiceBuilder law(ServiceTimeLaw other, double scv) {
    law = other;
    serviceScv = scv;
    return this;
  }

  ServiceBuilder timeoutMs(long limit) {
    clientTimeoutMs = limit;
    return this;
  }

  ServiceBuilder balancing(Balancing other) {
    balancing = other;
    return this;
  }

  ServiceBuilder bootMs(long exactly) {
    boot = BootTime.exactly(exactly);
    return this;
  }

  /** A serial step of so many per second in all shards together. */
  ServiceBuilder serial(double perSecond, int shards) {
    serialRatePerSecondMax = perSecond;
    serialShards = shards;
    return this;
  }

  /** An SLO of 99 % of requests within this time. */
  ServiceBuilder sloMs(double latency) {
    return slo(latency, 0.99);
  }

  ServiceBuilder slo(double latencyMs, double quantile) {
    slo = new Slo(latencyMs, quantile);
    return this;
  }

  ServiceBuilder residency(Residency other) {
    residency = other;
    return this;
  }

  ServiceBuilder criticality(Criticality other) {
    criticality = other;
    return this;
  }

  ServiceBuilder waitingRoomMax(long users) {
    waitingRoomMax = users;
    return this;
  }

  Service build() {
    return new Service(
        like.tenant(),
        like.name(),
        like.cells(),
        resources,
        new Capacity(
            concurrency,
            meanServiceMs,
            serviceScv,
            law,
            queueMax,
            clientTimeoutMs,
            balancing,
            boot,
            serialRatePerSecondMax,
            serialShards),
        slo,
        like.scaling(),
        residency,
        like.placement(),
        criticality,
        waitingRoomMax);
  }
}
