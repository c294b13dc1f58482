package dev.highwater.launcher.rehearse;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads the name of a file that will be written, and refuses at once what cannot be, so that nobody
 * waits for a run whose results then go nowhere.
 */
public final class OutputFile implements ITypeConverter<Path> {
  @Override
  public Path convert(String text) {
    try {
      return writable(Path.of(text));
    } catch (InvalidPathException e) {
      throw new TypeConversionException("is not the name of a file: " + text);
    }
  }

  private static Path writable(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || Files.isDirectory(file)) {
      throw new TypeConversionException(file + " is a folder, name a file in it");
    }
    if (!Files.isDirectory(folder)) {
      throw new TypeConversionException(file + " has no folder to be in, create " + folder);
    }
    if (!Files.isWritable(Files.exists(file) ? file : folder)) {
      throw new TypeConversionException("no permission to write " + file);
    }
    return file;
  }

  /** The same, or {@code -} for standard output. */
  public static final class OrStandardOutput implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
      return text.equals("-") ? text : new OutputFile().convert(text).toString();
    }
  }
}
