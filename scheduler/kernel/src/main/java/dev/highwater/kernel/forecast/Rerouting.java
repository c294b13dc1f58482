package dev.highwater.kernel.forecast;

/**
 * Until when a load outside its bounds is explained by users who were moved between cells:
 * forecasts made before the move did not know of it. Confined to its owner.
 */
final class Rerouting {
  /**
   * The highest and the lowest share of the last seconds fade towards the present one by this part
   * per second, about as fast as forecasts follow. Chosen by us.
   */
  private static final double SHARE_FADES = 0.05;

  /** A share that changed by this factor explains a load outside its bounds. Chosen by us. */
  private static final double SHARE_CHANGED = 1.25;

  /** Shares below this count as this when one grows. Chosen by us. */
  private static final double SHARE_LEAST = 0.05;

  private double shareHigh;
  private double shareLow = 1;
  private long awayUntilMs = Long.MIN_VALUE;
  private long hereUntilMs = Long.MIN_VALUE;

  Rerouting copy() {
    Rerouting copy = new Rerouting();
    copy.shareHigh = shareHigh;
    copy.shareLow = shareLow;
    copy.awayUntilMs = awayUntilMs;
    copy.hereUntilMs = hereUntilMs;
    return copy;
  }

  /** Takes in this cell's share of the users; what is forecast now is due at the horizon. */
  void observe(long nowMs, long horizonMs, double cellShare) {
    shareHigh = Math.max(cellShare, shareHigh * (1 - SHARE_FADES));
    shareLow = Math.min(cellShare, Math.max(SHARE_LEAST, shareLow * (1 + SHARE_FADES)));
    if (SHARE_CHANGED * cellShare < shareHigh) {
      awayUntilMs = nowMs + horizonMs;
    }
    if (cellShare > SHARE_CHANGED * shareLow) {
      hereUntilMs = nowMs + horizonMs;
    }
  }

  /** Whether a load that is too low may be users who were sent elsewhere. */
  boolean away(long nowMs) {
    return nowMs < awayUntilMs;
  }

  /** Whether a load that is too high may be users who were sent here. */
  boolean here(long nowMs) {
    return nowMs < hereUntilMs;
  }
}
