package dev.highwater.kernel.forecast;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Remembers how the last event went, and foretells the present one by it.
 *
 * <p><b>Algorithm.</b> An event begins when a declared one does, or with the second in which the
 * load is a quarter above what was expected and what it was a horizon ago; then it is believed when
 * a clear surge confirms it. Its shape is the load above the level before it, as means of ten
 * seconds since its beginning. It is over when neither surge nor declaration goes on and a tenth of
 * its peak is left, and replaces the shape that was remembered; what has not passed within the
 * memory is a change of level and is forgotten. During the next event the forecast is its own level
 * and the remembered shape at the age it will have, times what this event has shown so far over
 * what the last one had shown at the same age. Without a memory or an event it is silent.
 *
 * <p>No memory is taken before the first rise, two arrays of fixed size afterwards. Confined to its
 * owner; {@link #copy} is deep.
 */
final class LastEvent {
  /** Seconds of a mean: fine enough for a rise within a minute, and 1,080 make three hours. */
  private static final int SLOT_STEPS = 10;

  /** A rise by this part begins an event. Chosen by us. */
  private static final double RISE_RATIO = 0.25;

  /** When so much of the peak above the level before is left, an event is over. Chosen by us. */
  private static final double OVER_BELOW = 0.1;

  /** An event may be so many times larger or smaller than the last one. Chosen by us. */
  private static final double SCALE_MAX = 4;

  private final int slots;
  private float @Nullable [] remembered;
  private float @Nullable [] shape;
  private boolean going;
  private boolean believed;
  private boolean declaredBefore;
  private long beganStep;
  private int slot;
  private int samples;
  private double levelBefore;
  private double peak;
  private double shown;
  private double shownThen;

  /**
   * @param memoryMs longest event that is remembered; 0 remembers none
   */
  LastEvent(long memoryMs) {
    slots = (int) (memoryMs / (SLOT_STEPS * ServiceForecaster.STEP_MS));
  }

  private LastEvent(LastEvent other) {
    slots = other.slots;
    remembered = other.remembered == null ? null : other.remembered.clone();
    shape = other.shape == null ? null : other.shape.clone();
    going = other.going;
    believed = other.believed;
    declaredBefore = other.declaredBefore;
    beganStep = other.beganStep;
    slot = other.slot;
    samples = other.samples;
    levelBefore = other.levelBefore;
    peak = other.peak;
    shown = other.shown;
    shownThen = other.shownThen;
  }

  LastEvent copy() {
    return new LastEvent(this);
  }

  /**
   * @param declared whether a declared event goes on
   * @param surging whether a clear surge goes on
   * @param level what was expected of this second or came, a horizon ago, the larger; NaN when
   *     nothing was said
   */
  void observe(long step, double load, boolean declared, boolean surging, double level) {
    boolean begins = load > (1 + RISE_RATIO) * level || (declared && !declaredBefore);
    if (begins && !going && slots > 0) {
      begin(step, Double.isNaN(level) ? load : level);
    }
    declaredBefore = declared;
    boolean called = declared || surging;
    float[] present = shape;
    if (!going || present == null) {
      return;
    }
    believed |= called;
    double above = load - levelBefore;
    long at = (step - beganStep) / SLOT_STEPS;
    if (at >= slots || (!believed && above < RISE_RATIO * levelBefore / 2)) {
      going = false;
    } else if (!called && believed && above < OVER_BELOW * peak) {
      going = false;
      remembered = Arrays.copyOf(present, slot + 1);
    } else {
      add(present, (int) at, above);
      shownThen += above(remembered, step - beganStep);
    }
  }

  /** Load per second at that step by the last event's shape; NaN without one. */
  double ahead(long step, double presentLoad) {
    if (!going || !believed || remembered == null) {
      return Double.NaN;
    }
    double scale = shownThen > 0 && shown > 0 ? shown / shownThen : 1;
    scale = Math.max(1 / SCALE_MAX, Math.min(SCALE_MAX, scale));
    return LocalTrend.within(
        presentLoad, levelBefore + scale * above(remembered, step - beganStep));
  }

  private void begin(long step, double level) {
    if (shape == null) {
      shape = new float[slots];
    }
    shape[0] = 0;
    going = true;
    believed = false;
    beganStep = step;
    slot = 0;
    samples = 0;
    levelBefore = level;
    peak = 0;
    shown = 0;
    shownThen = 0;
  }

  private void add(float[] present, int at, double above) {
    if (at > slot) {
      Arrays.fill(present, slot + 1, at + 1, present[slot]); // seconds without a report
      slot = at;
      samples = 0;
    }
    samples++;
    present[at] += (float) ((above - present[at]) / samples);
    peak = Math.max(peak, above);
    shown += above;
  }

  /** Load above the level before at that age, linear between the middles of slots. */
  private static double above(float @Nullable [] shape, long age) {
    if (shape == null) {
      return 0;
    }
    double middle = (double) age / SLOT_STEPS - 0.5;
    int left = (int) Math.floor(middle);
    double part = middle - left;
    return (1 - part) * shape[Math.max(0, Math.min(shape.length - 1, left))]
        + part * shape[Math.min(shape.length - 1, left + 1)];
  }
}
