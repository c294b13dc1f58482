package dev.highwater.model;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * SHA-256 over a sequence of model records, equal on every machine and JDK. Text forms are avoided
 * because {@code Double.toString} changed between JDK 17 and 19: each record adds its simple name
 * and its components in declaration order, doubles by their bits, text as UTF-8 with its length.
 *
 * <p>Not thread-safe; one instance per decision log.
 */
public final class Digest {
  private final MessageDigest sha256;
  private final Map<Class<?>, List<MethodHandle>> accessors = new LinkedHashMap<>();
  private final byte[] buffer = new byte[1 << 14];
  private int filled;

  /** An empty log. */
  public Digest() {
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Adds a decision if it decided anything; ticks without a fact or command are not in the log. */
  public Digest addDecision(Decision decision) {
    if (!decision.decidesNothing()) {
      add(decision);
    }
    return this;
  }

  /** Adds a record, enum, number, text, boolean, or a list or sorted map of those. */
  public Digest add(@Nullable Object value) {
    if (value == null) {
      putByte(0);
    } else if (value instanceof Record r) {
      putByte(1);
      putText(r.getClass().getSimpleName());
      for (MethodHandle accessor : accessors.computeIfAbsent(r.getClass(), Digest::accessorsOf)) {
        try {
          add(accessor.invoke(r));
        } catch (Throwable e) {
          throw new IllegalStateException("cannot read " + r.getClass(), e);
        }
      }
    } else if (value instanceof Double d) {
      putByte(2);
      putLong(Double.doubleToLongBits(d));
    } else if (value instanceof Long || value instanceof Integer) {
      putByte(3);
      putLong(((Number) value).longValue());
    } else if (value instanceof Boolean b) {
      putByte(b ? 5 : 4);
    } else if (value instanceof String s) {
      putByte(6);
      putText(s);
    } else if (value instanceof Enum<?> e) {
      putByte(7);
      putText(e.name());
    } else if (value instanceof List<?> list) {
      putAll(list);
    } else if (value instanceof SortedMap<?, ?> map) {
      putByte(9);
      putLong(map.size());
      map.forEach((k, v) -> add(k).add(v));
    } else {
      throw new IllegalArgumentException("not a model value: " + value.getClass());
    }
    return this;
  }

  /** The hash of everything added so far, as 64 hexadecimal digits; the log may go on. */
  public String hex() {
    flush();
    try {
      byte[] bytes = ((MessageDigest) sha256.clone()).digest();
      StringBuilder text = new StringBuilder(64);
      for (byte b : bytes) {
        text.append(Character.forDigit(b >> 4 & 15, 16)).append(Character.forDigit(b & 15, 16));
      }
      return text.toString();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("the JDK's SHA-256 can be cloned", e);
    }
  }

  private static List<MethodHandle> accessorsOf(Class<?> type) {
    List<MethodHandle> handles = new ArrayList<>();
    try {
      MethodHandles.Lookup lookup = MethodHandles.publicLookup();
      for (RecordComponent component : type.getRecordComponents()) {
        handles.add(lookup.unreflect(component.getAccessor()));
      }
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(type + " must be public", e);
    }
    return handles;
  }

  private void putAll(Collection<?> values) {
    putByte(8);
    putLong(values.size());
    values.forEach(this::add);
  }

  private void putText(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    putLong(bytes.length);
    if (bytes.length > buffer.length) {
      flush();
      sha256.update(bytes);
      return;
    }
    room(bytes.length);
    System.arraycopy(bytes, 0, buffer, filled, bytes.length);
    filled += bytes.length;
  }

  private void putByte(int value) {
    room(1);
    buffer[filled++] = (byte) value;
  }

  private void putLong(long value) {
    room(8);
    for (int shift = 56; shift >= 0; shift -= 8) {
      buffer[filled++] = (byte) (value >>> shift);
    }
  }

  private void room(int bytes) {
    if (filled + bytes > buffer.length) {
      flush();
    }
  }

  private void flush() {
    sha256.update(buffer, 0, filled);
    filled = 0;
  }
}
