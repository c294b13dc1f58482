package dev.highwater.model.view;

import dev.highwater.model.CellSnapshot.NodeStatus;

/** A node and the cell it stands in. Immutable. */
public record CellNode(String cell, NodeStatus node) {}
