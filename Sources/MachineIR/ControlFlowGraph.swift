// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The control flow between the blocks of a function, with the points of reconvergence.
public struct ControlFlowGraph: Sendable {
  /// The blocks to which control may go from each block, in no particular order.
  public let successors: [[Int]]

  /// The blocks from which control may reach each block.
  public let predecessors: [[Int]]

  /// The nearest block, other than itself, through which every path from a block must pass; `nil`
  /// if paths end without meeting.
  public let immediatePostDominators: [Int?]

  /// The blocks that are reachable from the first, in reverse postorder.
  public let order: [Int]

  /// The error that a branch targets a label that no block has.
  public struct UnknownLabel: Error, Equatable, Sendable {
    /// The label.
    public var label: String
  }

  /// Creates the graph of a function's body.
  public init(_ function: Function) throws(UnknownLabel) {
    let blocks = function.blocks ?? []
    let successors = try ControlFlowGraph.successors(of: blocks, lists: function.labelLists)
    var predecessors = [[Int]](repeating: [], count: blocks.count)
    for (block, targets) in successors.enumerated() {
      for target in targets { predecessors[target].append(block) }
    }
    self.successors = successors
    self.predecessors = predecessors
    order = ControlFlowGraph.reversePostorder(from: [0], count: blocks.count) { successors[$0] }
    immediatePostDominators = ControlFlowGraph.postDominators(
      successors: successors, predecessors: predecessors)
  }

  /// Returns the successors of each block.
  private static func successors(
    of blocks: [Block], lists: [Function.LabelList]
  ) throws(UnknownLabel) -> [[Int]] {
    var indexOfLabel: [String: Int] = [:]
    for (index, block) in blocks.enumerated() {
      if let label = block.label { indexOfLabel[label] = index }
    }
    var result: [[Int]] = []
    for (index, block) in blocks.enumerated() {
      var targets: [Int] = []
      if let last = block.instructions.last {
        for label in branchLabels(of: last, lists: lists) {
          guard let target = indexOfLabel[label] else { throw UnknownLabel(label: label) }
          if !targets.contains(target) { targets.append(target) }
        }
      }
      let fallsThrough = block.instructions.last?.endsFlow != true
      let next = index + 1
      if fallsThrough, next < blocks.count, !targets.contains(next) { targets.append(next) }
      result.append(targets)
    }
    return result
  }

  /// Returns the labels to which an instruction may branch.
  private static func branchLabels(
    of instruction: Instruction, lists: [Function.LabelList]
  ) -> [String] {
    if let target = instruction.branchTarget { return [target] }
    guard instruction.opcode == .branchIndexed, instruction.operands.count == 2,
      case .label(let name) = instruction.operands[1]
    else { return [] }
    return lists.first { $0.label == name }?.targets ?? []
  }

  /// Returns the nodes reachable from the roots, each before its successors except along back
  /// edges.
  private static func reversePostorder(
    from roots: [Int], count: Int, next: (Int) -> [Int]
  ) -> [Int] {
    var isSeen = [Bool](repeating: false, count: count)
    var postorder: [Int] = []
    for root in roots where root < count && !isSeen[root] {
      isSeen[root] = true
      var stack: [(node: Int, position: Int)] = [(root, 0)]
      while let top = stack.last {
        let targets = next(top.node)
        if top.position < targets.count {
          stack[stack.count - 1].position += 1
          let target = targets[top.position]
          if !isSeen[target] {
            isSeen[target] = true
            stack.append((target, 0))
          }
        } else {
          postorder.append(top.node)
          stack.removeLast()
        }
      }
    }
    return postorder.reversed()
  }

  /// Returns the immediate post-dominators, by the algorithm of Cooper, Harvey and Kennedy on the
  /// reversed graph with a common exit.
  private static func postDominators(
    successors: [[Int]], predecessors: [[Int]]
  ) -> [Int?] {
    let count = successors.count
    let end = count
    let exits = successors.indices.filter { successors[$0].isEmpty }
    let order = reversePostorder(from: [end], count: count + 1) { node in
      node == end ? exits : predecessors[node]
    }
    var rank = [Int](repeating: -1, count: count + 1)
    for (position, node) in order.enumerated() { rank[node] = position }
    var dominator = [Int?](repeating: nil, count: count + 1)
    dominator[end] = end
    /// Returns the nearest node that dominates both, found by going up from each by rank.
    func meet(_ first: Int, _ second: Int) -> Int {
      var (first, second) = (first, second)
      while first != second {
        while rank[first] > rank[second] { first = dominator[first] ?? end }
        while rank[second] > rank[first] { second = dominator[second] ?? end }
      }
      return first
    }
    var isChanging = true
    while isChanging {
      isChanging = false
      for node in order where node != end {
        let below = successors[node].isEmpty ? [end] : successors[node]
        let known = below.filter { dominator[$0] != nil }
        guard var best = known.first else { continue }
        for other in known.dropFirst() { best = meet(best, other) }
        if dominator[node] != best {
          dominator[node] = best
          isChanging = true
        }
      }
    }
    return (0..<count).map { node in dominator[node].flatMap { $0 == end ? nil : $0 } }
  }
}
