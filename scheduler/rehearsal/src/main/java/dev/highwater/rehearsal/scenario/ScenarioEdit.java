package dev.highwater.rehearsal.scenario;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * A change to a scenario file, made before it is read: the file is then checked as if it had been
 * written so. Immutable.
 *
 * @param path keys as the file writes them, joined by dots; an element of a list is named by its
 *     name, its service, {@code tenant/name}, {@code cell/name} or its number from 0, such as
 *     {@code services.shop/gateway.scaling.stabilisation}
 * @param value YAML in one line, such as {@code 30s} or {@code {cell: east, amount: 3}}
 */
public record ScenarioEdit(String path, String value) {
  @Override
  public String toString() {
    return path + "=" + value;
  }

  /** The tree with the change; the same with a mistake added when it cannot be made. */
  Node in(Node root, YamlRecords records) {
    return set(root, path, records);
  }

  /** The value, as if it stood in a line of the file, so that mistakes in it are told there. */
  private Node written(Node place, YamlRecords records) {
    String text = "\n".repeat(line(place) - 1) + value;
    try {
      Node node =
          new Yaml(new SafeConstructor(new LoaderOptions())).compose(new StringReader(text));
      if (node != null) {
        return node;
      }
      records.mistakeAt(line(place), path, "the value is empty, write what it shall be");
    } catch (YAMLException e) {
      records.mistakeAt(line(place), path, "the value is not YAML: " + value);
    }
    return scalar(Tag.NULL, "", place); // read on as if nothing stood here
  }

  private static int line(Node node) {
    return node.getStartMark().getLine() + 1;
  }

  /** A copy of the nodes on the path: what an anchor shares with other places stays as it is. */
  private Node set(Node node, String rest, YamlRecords records) {
    if (rest.isEmpty()) {
      return written(node, records);
    }
    if (node instanceof MappingNode mapping) {
      return setKey(mapping, rest, records);
    }
    if (node instanceof SequenceNode sequence) {
      return setElement(sequence, rest, records);
    }
    records.mistakeAt(
        line(node), path, "has nothing inside it to change, end the path before " + rest);
    return node;
  }

  private Node setKey(MappingNode mapping, String rest, YamlRecords records) {
    int dot = rest.indexOf('.');
    String key = dot < 0 ? rest : rest.substring(0, dot);
    String below = dot < 0 ? "" : rest.substring(dot + 1);
    List<NodeTuple> tuples = new ArrayList<>();
    boolean found = false;
    for (NodeTuple tuple : mapping.getValue()) {
      boolean here =
          tuple.getKeyNode() instanceof ScalarNode scalar && scalar.getValue().equals(key);
      found |= here;
      tuples.add(
          here
              ? new NodeTuple(tuple.getKeyNode(), set(tuple.getValueNode(), below, records))
              : tuple);
    }
    if (!found) {
      Node inside = set(mapping(mapping, List.of()), below, records);
      tuples.add(new NodeTuple(scalar(Tag.STR, key, mapping), inside));
    }
    return mapping(mapping, tuples);
  }

  private static MappingNode mapping(MappingNode at, List<NodeTuple> tuples) {
    return new MappingNode(
        Tag.MAP, true, tuples, at.getStartMark(), at.getEndMark(), at.getFlowStyle());
  }

  private static ScalarNode scalar(Tag tag, String text, Node at) {
    return new ScalarNode(
        tag, text, at.getStartMark(), at.getEndMark(), DumperOptions.ScalarStyle.PLAIN);
  }

  private Node setElement(SequenceNode sequence, String rest, YamlRecords records) {
    List<Node> elements = new ArrayList<>(sequence.getValue());
    SortedSet<String> known = new TreeSet<>();
    int match = -1;
    String below = "";
    boolean twice = false;
    for (int i = 0; i < elements.size(); i++) {
      for (String name : names(elements.get(i), i)) {
        known.add(name);
        if (rest.equals(name) || rest.startsWith(name + ".")) {
          twice |= match >= 0 && match != i;
          match = i;
          below = rest.substring(Math.min(rest.length(), name.length() + 1));
        }
      }
    }
    if (match < 0 || twice) {
      records.mistakeAt(
          line(sequence),
          path,
          (twice ? "names several elements at " : "no element for ")
              + rest
              + ", use one of "
              + String.join(", ", known));
      return sequence;
    }
    elements.set(match, set(elements.get(match), below, records));
    return new SequenceNode(
        Tag.SEQ,
        true,
        elements,
        sequence.getStartMark(),
        sequence.getEndMark(),
        sequence.getFlowStyle());
  }

  private static List<String> names(Node element, int index) {
    List<String> names = new ArrayList<>();
    names.add(Integer.toString(index));
    if (element instanceof MappingNode mapping) {
      String name = text(mapping, "name");
      String service = text(mapping, "service");
      if (name != null) {
        names.add(name);
        for (String owner : List.of("tenant", "cell")) {
          String of = text(mapping, owner);
          if (of != null) {
            names.add(of + "/" + name);
          }
        }
      }
      if (service != null) {
        names.add(service);
      }
    }
    return names;
  }

  private static @Nullable String text(MappingNode mapping, String key) {
    for (NodeTuple tuple : mapping.getValue()) {
      if (tuple.getKeyNode() instanceof ScalarNode scalar
          && scalar.getValue().equals(key)
          && tuple.getValueNode() instanceof ScalarNode value) {
        return value.getValue();
      }
    }
    return null;
  }
}
