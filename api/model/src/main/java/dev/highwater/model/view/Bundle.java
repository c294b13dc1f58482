package dev.highwater.model.view;

import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Limits;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecKind;
import java.util.List;
import java.util.TreeSet;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Specs that are declared together: all of them, or none. Immutable.
 *
 * @param items 1 to {@link #ITEMS_MAX}, in the order in which they refer to one another, each spec
 *     once
 * @param dryRun whether everything is checked and nothing is done
 */
public record Bundle(List<Item> items, boolean dryRun) {
  /**
   * Specs of one bundle. Measured: 5,000 services are 3.7 MiB, of 4 that a request may have, and
   * hold the lock of an SQLite store for 0.23 s, for which owners that write wait.
   */
  public static final int ITEMS_MAX = 5_000;

  public Bundle {
    items = Limits.list("items", items, ITEMS_MAX);
    if (items.isEmpty()) {
      throw new InvalidInputException(
          ErrorCode.MISSING_FIELD, "items", "nothing", "must hold 1 to " + ITEMS_MAX + " specs");
    }
    checkOnce(items.stream().map(Item::spec).toList(), i -> "items[" + i + "].spec");
  }

  /**
   * Refuses a spec that is declared a second time.
   *
   * @param field where the request has the spec of a position
   */
  static void checkOnce(List<Spec> specs, IntFunction<String> field) {
    TreeSet<String> names = new TreeSet<>();
    for (int i = 0; i < specs.size(); i++) {
      String name = SpecKind.name(specs.get(i));
      if (!names.add(name)) {
        throw new InvalidInputException(
            ErrorCode.INVALID_VALUE, field.apply(i), name, "must be declared once");
      }
    }
  }

  /** Specs of whatever version is current. */
  public static Bundle of(List<Spec> specs, boolean dryRun) {
    return new Bundle(specs.stream().map(spec -> new Item(spec, null)).toList(), dryRun);
  }

  /**
   * One of them.
   *
   * @param resourceVersion the version that must be current, 0 for none at all; null for whatever
   *     is current when the bundle comes
   */
  public record Item(Spec spec, @Nullable Long resourceVersion) {
    public Item {
      if (spec == null) {
        throw new InvalidInputException(ErrorCode.MISSING_FIELD, "spec", null, "is required");
      }
      if (resourceVersion != null) {
        Limits.range("resourceVersion", resourceVersion, 0, Long.MAX_VALUE);
      }
    }

    /** Kind and key, such as {@code service/shop/order}. */
    public String name() {
      return SpecKind.name(spec);
    }
  }
}
