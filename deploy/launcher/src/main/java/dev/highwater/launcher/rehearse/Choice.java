package dev.highwater.launcher.rehearse;

import dev.highwater.workload.Fidelity;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Options whose value is one of a few words: read with the other options, so that a mistake is told
 * before anything begins. Stateless.
 */
public final class Choice {
  private Choice() {}

  /** {@code on} or {@code off}; the library has its own idea of what a boolean option is. */
  public enum OnOff {
    ON,
    OFF;

    /** Reads the word. */
    public static final class Converter implements ITypeConverter<OnOff> {
      @Override
      public OnOff convert(String text) {
        return switch (text) {
          case "on" -> ON;
          case "off" -> OFF;
          default -> throw new TypeConversionException("must be on or off: " + text);
        };
      }
    }
  }

  /** {@code request}, {@code sampled} or {@code fluid}. */
  public static final class OfFidelity implements ITypeConverter<Fidelity> {
    @Override
    public Fidelity convert(String text) {
      return switch (text.toLowerCase(Locale.ROOT)) {
        case "request" -> Fidelity.REQUEST;
        case "sampled" -> Fidelity.SAMPLED;
        case "fluid" -> Fidelity.FLUID;
        default -> throw new TypeConversionException("must be request, sampled or fluid: " + text);
      };
    }
  }
}
