// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLibrary
import MachineIR
import TileLayout

/// The tiles and fragments of a kernel of the library, found in its own map and instructions.
struct KernelExplanation: Explanation {
  /// The topic, for programs.
  let topic = "kernel"
  /// The name, the entry's name in the text, and what the kernel needs of the machine.
  let name: String, entry: String, target: String
  /// A summary in one line, and the configuration in words.
  let summary: String, configuration: Reported<String>
  /// The product for which the configuration was chosen, m, n and k; none where it is the same for
  /// all.
  let chosenFor: Reported<[Int]>
  /// The tiles in shared memory.
  let tiles: [Tile]
  /// The instructions that move or multiply fragments, each form once.
  let instructions: [ExplainedInstruction]
  /// The owners of the accumulators of the first block's tile of C; none if the kernel is not a
  /// matmul.
  let output: Reported<Output>

  /// A tile in shared memory.
  struct Tile: Encodable {
    /// The name, the variable in which it lies, and the offset of stage 0 there in bytes.
    let name: String, symbol: String, offset: Int
    /// The number of stages.
    let stages: Int
    /// The banks of its chunks, and its core matrices.
    let swizzle: SwizzleExplanation, coreMatrices: CoreMatricesExplanation
    /// The properties of the tile.
    fileprivate let request: TileRequest

    /// The keys of the map.
    private enum CodingKeys: String, CodingKey {
      case name, symbol, offset, stages, swizzle, coreMatrices
    }
  }

  /// The tile of C that one block computes; the first, where it computes several.
  struct Output: Encodable {
    /// The extents.
    let rows: Int, columns: Int
    /// How much higher the warps are in every second tile of a block; none where they are the same
    /// in all.
    let alternateWarpOffset: Reported<Int>
    /// The owner of each element.
    let elements: [Element]

    /// An element of C.
    struct Element: Encodable {
      /// The row and the column, and the warp and the lane that hold its accumulator.
      let row: Int, column: Int, warp: Int, lane: Int
    }
  }

  /// Looks at a kernel.
  ///
  /// - Throws: `ExplanationError` or `CanonicalLayoutError` where its map has what cannot be drawn.
  init(_ kernel: LibraryKernel, _ function: Function) throws {
    name = kernel.name
    entry = function.name
    target = kernel.target.rawValue
    summary = kernel.summary
    configuration = Reported(kernel.configuration)
    chosenFor = Reported(kernel.chosenFor.map { [$0.m, $0.n, $0.k] })
    let machine = Target(rawValue: kernel.target.rawValue)
    tiles = try function.map.tiles.map { try Tile($0, on: machine) }
    instructions = try function.explainedInstructions()
    output = Reported(kernel.owner.map(Output.init))
  }
}

extension KernelExplanation.Tile {
  /// Looks at a tile of a kernel's map.
  fileprivate init(_ tile: KernelMap.Tile, on machine: Target?) throws {
    name = tile.name
    symbol = tile.symbol
    offset = tile.offset
    stages = tile.stageCount
    let type = try ExplainedType(named: tile.element)
    let layout = try CanonicalLayout(
      Majorness(named: tile.majorness), SwizzleMode(named: tile.swizzle), rows: tile.rowCount,
      columns: tile.columnCount, elementByteCount: type.byteCount)
    request = TileRequest(type: type, layout: layout)
    swizzle = SwizzleExplanation(request)
    // Shared memory begins at 0x400, and tiles in it at multiples of their alignment.
    let address = (0x400 + tile.offset + layout.alignment - 1) / layout.alignment * layout.alignment
    coreMatrices = try CoreMatricesExplanation(request, address: address, target: machine)
  }
}

extension KernelExplanation.Output {
  /// Finds the owners of the accumulators of the first block's tile.
  fileprivate init(_ owner: (Int, Int) -> ElementOwner) {
    // No tile has more than 1024 elements along a direction.
    let rowCount = (0..<1024).prefix { owner($0, 0).tileRow == 0 }.count
    let columnCount = (0..<1024).prefix { owner(0, $0).tileColumn == 0 }.count
    rows = rowCount
    columns = columnCount
    let first = owner(0, 0)
    alternateWarpOffset = Reported(first.alternateWarp.map { $0 - first.warp })
    elements = (0..<rowCount).flatMap { row in
      (0..<columnCount).map { column in
        let owner = owner(row, column)
        return Element(row: row, column: column, warp: owner.warp, lane: owner.lane)
      }
    }
  }
}

extension KernelExplanation {
  /// The picture for people.
  var picture: Picture {
    var parts: [Picture.Part] = [.facts(facts)]
    for tiles in alikeTiles { parts += picture(of: tiles) }
    for instruction in instructions {
      parts.append(.heading(instruction.title))
      parts += instruction.map.picture.parts
    }
    if let output = output.value {
      parts += [
        .heading("C: the \(output.rows) x \(output.columns) tile of a block"), .grid(grid(output)),
      ]
      if let offset = output.alternateWarpOffset.value {
        parts.append(
          .note(
            """
            Two warpgroups alternate between tiles: in every second tile of a block, the warp \
            numbers are \(offset) higher.
            """))
      }
    }
    if tiles.isEmpty {
      let reads =
        output.value == nil
        ? ""
        : " The thread that computes C[m, n] reads row m of A and row n of B from global memory."
      parts.append(.note("The kernel has no tiles in shared memory.\(reads)"))
    }
    return Picture(parts)
  }

  /// The properties of the kernel.
  private var facts: Table {
    var table = Table()
    table.add("kernel", "\(name): \(summary)")
    if let configuration = configuration.value {
      table.add("configuration", configuration + choice(for: chosenFor.value))
    }
    table.add("entry", entry)
    table.add("target", target)
    return table
  }

  /// The tiles, those of the same layout together.
  private var alikeTiles: [[Tile]] {
    var groups: [[Tile]] = []
    for tile in tiles {
      let index = groups.firstIndex {
        $0[0].request.layout == tile.request.layout && $0[0].request.type == tile.request.type
          && $0[0].stages == tile.stages
      }
      if let index { groups[index].append(tile) } else { groups.append([tile]) }
    }
    return groups
  }

  /// Returns what is seen of tiles of one layout.
  private func picture(of tiles: [Tile]) -> [Picture.Part] {
    let tile = tiles[0]
    var facts = tile.coreMatrices.facts
    for tile in tiles {
      let stages = tile.stages == 1 ? "" : ", \(tile.stages) stages"
      facts.add("'\(tile.name)' at", "\(tile.symbol)+\(hexadecimal(tile.offset))\(stages)")
    }
    let names = listed(tiles.map { "'\($0.name)'" })
    return [
      .heading("\(tiles.count == 1 ? "Tile" : "Tiles") \(names) in shared memory"), .facts(facts),
      .grid(tile.swizzle.finalMemoryGrid),
      .table(tile.swizzle.conflictTitle, tile.swizzle.conflictTable),
      .note(
        "More: 'tilewright explain swizzle' and 'tilewright explain core-matrices' with \(tile.request.options)"
      ),
    ]
  }

  /// The owner of each element of a tile of C.
  private func grid(_ output: Output) -> Grid {
    var holders = HolderGrid(rows: output.rows, columns: output.columns)
    for element in output.elements {
      holders.put(
        "\(element.warp).\(element.lane)", .shade(element.lane), row: element.row,
        column: element.column)
    }
    return holders.grid(
      "The owner of each accumulator, as warp.lane", corner: "columns",
      rowLabels: (0..<output.rows).map { "row \($0)" }, columnGroup: 8, rowGroup: 8)
  }
}

/// An instruction of a kernel that moves or multiplies fragments, and what it does with them.
struct ExplainedInstruction: Encodable {
  /// The instruction as the text has it.
  let mnemonic: String
  /// The title of the drawing.
  let title: String
  /// The map.
  let map: any Explanation

  /// The keys of the map.
  private enum CodingKeys: String, CodingKey { case mnemonic, map }

  /// Writes the instruction and its map.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(mnemonic, forKey: .mnemonic)
    try map.encode(to: container.superEncoder(forKey: .map))
  }
}

extension Function {
  /// Returns the instructions that move or multiply fragments, each form once, in order.
  fileprivate func explainedInstructions() throws(ExplanationError) -> [ExplainedInstruction] {
    var found: [ExplainedInstruction] = []
    for block in blocks ?? [] {
      for instruction in block.instructions {
        guard !found.contains(where: { $0.mnemonic == instruction.mnemonic }),
          let explained = try instruction.explained()
        else { continue }
        found.append(explained)
      }
    }
    return found
  }
}

extension Instruction {
  /// Returns what the instruction does with fragments; nil where it has none.
  fileprivate func explained() throws(ExplanationError) -> ExplainedInstruction? {
    switch TypedInstruction(self) {
    case .warpgroup(let instruction): try explained(instruction)
    case .tensor(let instruction): try explained(instruction)
    case .matrix(let instruction): try explained(instruction)
    case .bulk, .mbarrier, .barrier, .fence, .plain, nil: nil
    }
  }

  /// Returns what a `wgmma` does with fragments; nil where it has none.
  private func explained(
    _ instruction: WarpgroupInstruction
  ) throws(ExplanationError) -> ExplainedInstruction? {
    switch instruction {
    case .fence, .commitGroup, .waitGroup: nil
    case .multiply(let product):
      ExplainedInstruction(
        mnemonic: mnemonic, title: "D of \(mnemonic)",
        map: try WarpgroupExplanation(sumsOf: product.n, type: product.resultType.rawValue))
    }
  }

  /// Returns what a `tcgen05` instruction does with fragments; nil where it has none.
  private func explained(
    _ instruction: TensorInstruction
  ) throws(ExplanationError) -> ExplainedInstruction? {
    switch instruction {
    case .multiply(let product):
      guard case .plain(let kind) = product.kind, product.metadata == nil,
        let bits = product.descriptor.literal
      else { return nil }
      let descriptor = TensorCoreInstructionDescriptor(
        rawValue: UInt32(truncatingIfNeeded: bits), kind: kind)
      return ExplainedInstruction(
        mnemonic: mnemonic, title: "D of \(mnemonic), \(descriptor)",
        map: try TensorMemoryExplanation(
          m: descriptor.m, n: descriptor.n, group: product.group))
    case .load(let access): return try explained(access, .load)
    case .store(let access): return try explained(access, .store)
    case .allocate, .deallocate, .relinquish, .multiplyStationary, .copy, .shift, .commit,
      .waitForLoads, .waitForStores, .fenceBefore, .fenceAfter:
      return nil
    }
  }

  /// Returns what an access to Tensor Memory does.
  private func explained(
    _ access: TensorMemoryAccess, _ instruction: TensorMemoryInstruction
  ) throws(ExplanationError) -> ExplainedInstruction {
    ExplainedInstruction(
      mnemonic: mnemonic, title: "Registers of \(mnemonic)",
      map: try TensorMemoryAccessExplanation(
        instruction: instruction, shape: access.shape, repetitions: access.repetitions,
        isPacked: access.isPacked, splitOffset: access.splitOffset.map { Int($0) }))
  }

  /// Returns what a move of 8 × 8 matrices does; nil where it has others.
  private func explained(
    _ instruction: MatrixMove
  ) throws(ExplanationError) -> ExplainedInstruction? {
    switch instruction {
    case .load(let transfer): try explained(transfer, .load)
    case .store(let transfer): try explained(transfer, .store)
    case .transpose: nil
    }
  }

  /// Returns what an `ldmatrix` or `stmatrix` does; nil where it moves no 8 × 8 matrices.
  private func explained(
    _ transfer: MatrixTransfer, _ instruction: MatrixInstruction
  ) throws(ExplanationError) -> ExplainedInstruction? {
    guard transfer.shape == .m8n8 else { return nil }
    return ExplainedInstruction(
      mnemonic: mnemonic, title: "Registers of \(mnemonic)",
      map: try MatrixMoveExplanation(
        instruction: instruction, count: transfer.count, isTransposed: transfer.isTransposed))
  }
}
