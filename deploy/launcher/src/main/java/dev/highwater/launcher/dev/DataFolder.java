package dev.highwater.launcher.dev;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder in which members of one cluster keep their state, locked while it is used: two
 * clusters on one folder would take the cells from each other. Closed by who opened it.
 */
final class DataFolder implements AutoCloseable {
  private final Path path;
  private final boolean temporary;
  private final FileChannel lock;

  private DataFolder(Path path, boolean temporary, FileChannel lock) {
    this.path = path;
    this.temporary = temporary;
    this.lock = lock;
  }

  /**
   * For a cluster that this process is or starts.
   *
   * @param folder created if it is absent; null for a temporary one that {@link #close} deletes
   */
  static DataFolder alone(@Nullable Path folder) throws CannotRunException {
    Path path = folder == null ? temporary() : created(folder);
    return new DataFolder(path, folder == null, locked(path, false));
  }

  /** For one member of several, each a process of its own. */
  static DataFolder shared(Path folder) throws CannotRunException {
    Path path = created(folder);
    return new DataFolder(path, false, locked(path, true));
  }

  Path path() {
    return path;
  }

  /** Whether it is deleted at the end. */
  boolean isTemporary() {
    return temporary;
  }

  private static Path temporary() throws CannotRunException {
    try {
      return Files.createTempDirectory("highwater-");
    } catch (IOException e) {
      throw new CannotRunException("no temporary folder: " + e.getMessage(), e);
    }
  }

  private static Path created(Path folder) throws CannotRunException {
    try {
      return Files.createDirectories(folder);
    } catch (IOException e) {
      throw new CannotRunException(folder + " cannot be created: " + e, e);
    }
  }

  private static FileChannel locked(Path folder, boolean shared) throws CannotRunException {
    try {
      FileChannel channel =
          FileChannel.open(
              folder.resolve("lock"),
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      @Nullable FileLock lock = channel.tryLock(0, Long.MAX_VALUE, shared);
      if (lock != null) {
        return channel; // closing it unlocks
      }
      channel.close();
    } catch (OverlappingFileLockException e) {
      // Held by this very process: told below.
    } catch (IOException e) {
      throw new CannotRunException(folder + " cannot be written: " + e, e);
    }
    throw new CannotRunException(
        folder + " is used by another highwater. Stop it, or give another --data folder.");
  }

  @Override
  public void close() {
    try {
      lock.close();
    } catch (IOException e) {
      // The end of the process unlocks too.
    }
    if (temporary) {
      delete();
    }
  }

  private void delete() {
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      // The system empties its temporary folder sooner or later.
    }
  }
}
