package dev.highwater.kernel.placement;

import dev.highwater.kernel.state.NodeTable;

/**
 * Compares nodes for a request that needs devices. Implementations are pure and confined to the
 * caller's thread.
 */
public interface DeviceScore {
  /**
   * The fullest devices on the node with fewest free ones: simple packing. Larger is better; at
   * most 0.
   */
  DeviceScore PACKING =
      new DeviceScore() {
        @Override
        public double score(NodeTable table, int slot, int cpuMilli, int memoryMib, int gpuMilli) {
          return -(double) free(table, slot);
        }

        @Override
        public double useful(NodeTable table, int slot) {
          return 1 - free(table, slot) / (1_000.0 * table.devices(slot));
        }

        private static int free(NodeTable table, int slot) {
          int free = 0;
          for (int i = 0; i < table.devices(slot); i++) {
            free += table.deviceFree(slot, i);
          }
          return free;
        }
      };

  /**
   * How good the node is for the request, given that it fits.
   *
   * @return any finite number; the largest wins, the first among equals
   */
  double score(NodeTable table, int slot, int cpuMilli, int memoryMib, int gpuMilli);

  /**
   * How much of a node's devices is of use as the node is now, which is what the score keeps high.
   *
   * @return 0 to 1
   */
  double useful(NodeTable table, int slot);
}
