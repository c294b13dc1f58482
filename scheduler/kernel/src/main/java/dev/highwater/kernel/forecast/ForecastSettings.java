package dev.highwater.kernel.forecast;

/**
 * What can be tuned about a forecast. Immutable.
 *
 * <p>The defaults were chosen by us on three recorded series (World Cup 1998 group stage, the burst
 * of 1998-05-19 on the same site, an AWS load balancer), in a fluid replay with replicas that boot
 * in 30 s; the least headroom by what the hourly series may cost. {@code alphaTarget} and {@code
 * gamma} were chosen again when headroom was learned by level, with AAPL in steps in sight too, so
 * that series is no test of them.
 *
 * @param alphaTarget share of moments at which the load may exceed the bound, at the horizon of
 *     replicas and at that of nodes; 0.007 costs the load balancer 0.5 % more replica-hours and the
 *     group stage 0.1 %; a fifth of it for nodes, and headroom of up to four times, kept them for
 *     hours after each burst: scenario price-war took a quarter more node-hours for no fewer
 *     violations
 * @param gamma step of the conformal correction per second; where alpha never exceeds a target of
 *     0.007, 0.001 takes the load balancer 1.2 % fewer replica-hours than 0.0005, and leaves 1.8 %
 *     more of what is broken on AAPL in steps
 * @param headroomMin least headroom in proportion to the forecast
 * @param nodeHeadroomMin the same at the horizon of nodes; on the last four days of the group
 *     stage, with nodes that boot in 120 s, 0.2 leaves a quarter of the violations for 2 % more
 *     node-hours, and 0.3 saves no more
 * @param residualRatioMax most headroom in proportion to the forecast; 1.5 costs 1 % more hours on
 *     the load balancer, and lets the gateway of scenario double-peak hold a quarter more replicas
 *     after its declared jump, so that offline work finishes too late there
 * @param residualHalfLifeSeconds half-life of what is remembered of residuals
 * @param fastGain gain per second of the fast trend; about 2 / gain seconds are looked at
 * @param slowGain gain per second of the slow trend
 * @param presentGain gain per second of the present load
 * @param expertHalfLifeSeconds half-life of an expert's charges
 * @param pinballQuantile quantile at which experts are charged; above 0.5 too little costs more
 * @param eventEarlyMs time by which a declared event may come early
 * @param eventLateMs time by which a declared event may come late before capacity is given back
 * @param eventMemoryMs longest event whose shape is remembered for the next one; 0 for none
 * @param outageHoldMs longest time for which a collapse of load is taken for an outage
 */
public record ForecastSettings(
    double alphaTarget,
    double gamma,
    double headroomMin,
    double nodeHeadroomMin,
    double residualRatioMax,
    double residualHalfLifeSeconds,
    double fastGain,
    double slowGain,
    double presentGain,
    double expertHalfLifeSeconds,
    double pinballQuantile,
    long eventEarlyMs,
    long eventLateMs,
    long eventMemoryMs,
    long outageHoldMs) {
  public static final ForecastSettings DEFAULT =
      new ForecastSettings(
          0.0075,
          0.0005,
          0.025,
          0.2,
          1,
          2 * 3_600,
          0.15,
          0.03,
          0.4,
          900,
          0.7,
          60_000,
          300_000,
          10_800_000,
          600_000);

  /** These with another memory of events. */
  public ForecastSettings withEventMemoryMs(long memoryMs) {
    return new ForecastSettings(
        alphaTarget,
        gamma,
        headroomMin,
        nodeHeadroomMin,
        residualRatioMax,
        residualHalfLifeSeconds,
        fastGain,
        slowGain,
        presentGain,
        expertHalfLifeSeconds,
        pinballQuantile,
        eventEarlyMs,
        eventLateMs,
        memoryMs,
        outageHoldMs);
  }
}
