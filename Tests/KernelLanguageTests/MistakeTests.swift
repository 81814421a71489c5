// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import MachineIR
import NumberFormats
import Synchronization
import Testing
import TileLayout

@Suite struct MistakeTests {
  /// Indices, counts, operators and accesses.
  private static let values: [Mistake] = [
    .hopper("the step of a loop must not be zero") { k, _ in
      k.loop(from: 0, to: 8, by: 0) { _ in }
    },
    .hopper("the index or count -1 is not a 32-bit unsigned integer") { k, _ in
      k.loop(-1) { _ in }
    },
    .hopper("the index or count 4294967296 is not a 32-bit unsigned integer") { k, _ in
      k.loop(from: 0, to: 1 << 32) { _ in }
    },
    .hopper("the integer -1 is not a value of UInt32") { k, a in
      a.pointer[0] = k.constant(Float(0))
      _ = a.index + -1
    },
    .hopper("a device value is divided by the constant zero") { k, a in
      a.pointer[0] = k.constant(Float(0))
      _ = a.index / 0
    },
    .hopper("a device value is divided by the constant zero") { k, a in
      a.pointer[0] = k.constant(Float(0))
      _ = a.index % (a.index * 0)
    },
    .hopper("a device value is shifted by -1 bits") { k, _ in
      let value = k.variable(Int32(8))
      _ = value.value << -1
    },
    .hopper("integers that do not have 32 bits can only be shifted by constants") { k, _ in
      let value = k.variable(UInt64(8))
      _ = value.value >> value.value
    },
    .hopper("bytes from its base cannot be advanced by") { k, a in
      a.pointer[0] = k.constant(Float(0))
      a.pointer.advanced(by: .max / 4).advanced(by: .max / 4)[0] = k.constant(Float(0))
    },
    .hopper("elements of 4 bytes exceed the address space") { k, a in
      a.pointer[.max] = k.constant(Float(0))
    },
    .hopper("a vector in memory must have 2 or 4 elements and at most 16 bytes, not 3") { _, a in
      for value in a.pointer.loadVector(count: 3) { _ = value + value }
    },
    .hopper("a vector in memory must have 2 or 4 elements and at most 16 bytes, not -1") { _, a in
      _ = a.pointer.loadVector(count: -1)
    },
    .hopper("a vector in memory must have 2 or 4 elements and at most 16 bytes, not 0") { _, a in
      a.pointer.storeVector([])
    },
    .hopper("a vector atomic needs 2 or 4 floats of 32 bits, or 2, 4 or 8") { k, a in
      a.pointer.reduceVector(.add, (0..<3).map { k.constant(Float($0)) })
    },
    .hopper("only 16-bit floats have vector atomics with min and max") { k, a in
      _ = a.pointer.atomicVector(.max, (0..<2).map { k.constant(Float($0)) })
    },
    .hopper("a reduction returns no value, so it cannot acquire") { k, a in
      a.pointer.reduceAdd(k.constant(Float(1)), order: .acquire)
    },
  ]

  /// Shared memory and barriers.
  private static let sharedMemory: [Mistake] = [
    .hopper("'field' cannot have -4 bytes of shared memory") { k, _ in
      _ = k.sharedField("field", of: Float.self, count: -1)
    },
    .hopper("elements of 4 bytes exceed the address space") { k, _ in
      _ = k.sharedField("field", of: Float.self, count: .max)
    },
    .hopper("'field' must be a power of two of at most 1024 bytes, not 0") { k, _ in
      _ = k.sharedField("field", of: Float.self, alignment: 0)
    },
    .hopper("'field' must be a power of two of at most 1024 bytes, not 4096") { k, _ in
      _ = k.sharedField("field", of: Float.self, alignment: 4096)
    },
    .hopper("a name in shared memory must consist of printable") { k, _ in
      _ = k.sharedField("a\nb", of: Float.self)
    },
    .hopper("the ring of barriers 'full' must have 1 to 232448 stages, not 0") { k, _ in
      k.sharedBarriers("full", stages: 0, arrivals: 1).initialize()
    },
    .hopper("the ring of barriers 'full' must have 1 to 232448 stages, not -3") { k, _ in
      k.sharedBarriers("full", stages: -3, arrivals: 1).initialize()
    },
    .hopper("the ring of barriers 'full' must have 1 to 232448 stages") { k, _ in
      k.sharedBarriers("full", stages: .max, arrivals: 1).initialize()
    },
    .hopper("a phase of 'full' must expect 1 to 1,048,575 arrivals, not 0") { k, _ in
      _ = k.sharedBarrier("full", arrivals: 0)
    },
    .hopper("a ring of barriers has 4 stages, but no stage 4") { k, _ in
      k.sharedBarriers("full", stages: 4, arrivals: 1)[4].initialize()
    },
    .hopper("a ring of barriers has 4 stages, but no stage -1") { k, _ in
      k.sharedBarriers("full", stages: 4, arrivals: 1)[-1].initialize()
    },
    .hopper("a barrier tracks 0 to 1,048,575 bytes, not -16", offset: 2) { k, _ in
      let barrier = k.sharedBarrier("full", arrivals: 1)
      barrier.arrive(expectingByteCount: -16)
    },
    .hopper("a barrier tracks 0 to 1,048,575 bytes, not 1048576", offset: 2) { k, _ in
      let barrier = k.sharedBarrier("full", arrivals: 1)
      barrier.expect(byteCount: 1 << 20)
    },
    .hopper("the index of a named barrier must be 1 to 15, not 16") { k, _ in
      k.synchronize(k.namedBarrier("half", index: 16, threads: 64))
    },
    .hopper("a barrier must be a multiple of 32 from 32 to 1024, not 33") { k, _ in
      k.synchronize(k.namedBarrier("half", index: 1, threads: 33))
    },
    .hopper("a barrier must be a multiple of 32 from 32 to 1024, not -32") { k, _ in
      k.arrive(at: k.namedBarrier("half", index: 1, threads: -32))
    },
    .blackwell("the ring of responses 'tiles' must have 1 to 232448 stages, not 0") { k, _ in
      _ = k.sharedLaunchResponses("tiles", stages: 0)[0]
    },
    .blackwell("a ring of responses has 2 stages, but no stage 2") { k, _ in
      _ = k.sharedLaunchResponses("tiles", stages: 2)[2]
    },
  ]

  /// Instructions.
  private static let instructions: [Mistake] = [
    .hopper("the register count must be a multiple of 8 from 24 to 256, not 23") { k, _ in
      k.setmaxnreg(.decrease, 23)
    },
    .hopper("a block must have 1 to 1024 threads, not -32") { k, _ in
      k.inlined(at: #fileID, #line) { k.declareThreads(-32, movesRegisters: false) }
    },
    .hopper("ldmatrix and stmatrix move one, two or four matrices, not 3", offset: 2) { k, _ in
      let field = k.sharedField("field", of: Float.self, count: 128)
      for value in k.ldmatrix(count: 3, from: field.address) { _ = value + 1 }
    },
    .hopper("move one, two or four matrices, not 9223372036854775807", offset: 2) { k, _ in
      let field = k.sharedField("field", of: Float.self, count: 128)
      _ = k.ldmatrix(count: .max, from: field.address)
    },
    .hopper("ldmatrix and stmatrix move one, two or four matrices, not 0", offset: 2) { k, _ in
      let field = k.sharedField("field", of: Float.self, count: 128)
      k.stmatrix([], to: field.address)
    },
    .hopper("an asynchronous store must have 1, 2 or 4 values, not 0", offset: 3) { k, _ in
      let field = k.mapa(k.sharedField("field", of: Float.self), toRank: 0)
      let barrier = k.mapa(k.sharedBarrier("full", arrivals: 1).address, toRank: 0)
      k.stAsync([], to: field, signalling: barrier)
    },
    .hopper("a tensor of f32 cannot be reduced by 'min'", offset: 2) { k, a in
      let tile = k.sharedField("tile", of: Float.self, count: 32, alignment: 128)
      k.cpReduceAsyncBulkTensor(.min, from: tile.address, to: a.map, [k.constant(0)])
    },
    .hopper("a tensor must have 1 to 5 dimensions, not 0", offset: 2) { k, a in
      let tile = k.sharedField("tile", of: Float.self, count: 32, alignment: 128)
      k.cpAsyncBulkTensor(from: tile.address, to: a.map, [])
    },
    .hopper("a tensor must have 1 to 5 dimensions, not 6") { k, a in
      k.cpAsyncBulkPrefetchTensor(a.map, (0..<6).map { k.constant(UInt32($0)) })
    },
    .hopper("the number of pending groups must not be negative, unlike -1") { k, _ in
      k.cpAsyncBulkWaitGroup(-1)
    },
    .hopper("a wait must leave 0 to 7 groups pending, not 8") { k, _ in
      k.wgmmaWaitGroup(8)
    },
    .hopper("there is no `wgmma` with 12 columns of f32 in 6 registers", offset: 3) { k, _ in
      let accumulators = (0..<6).map { _ in k.variable(Float(0)) }
      let bits = MatrixDescriptor(k.constant(UInt64(0)))
      k.wgmmaMmaAsync(accumulators, a: bits, b: bits, of: BFloat16.self, accumulates: k.always)
    },
    .hopper("there is no `wgmma` with 40 columns of s32 in 20 registers", offset: 3) { k, _ in
      let sums = (0..<20).map { _ in k.variable(Int32(0)) }
      let bits = MatrixDescriptor(k.constant(UInt64(0)))
      k.wgmmaMmaAsync(sums, a: bits, b: bits, of: Int8.self, by: Int8.self, accumulates: k.always)
    },
    .hopper("a fragment of A must have 4 registers, not 0", offset: 3) { k, _ in
      let accumulators = (0..<8).map { _ in k.variable(Float(0)) }
      let bits = MatrixDescriptor(k.constant(UInt64(0)))
      k.wgmmaMmaAsync(accumulators, a: [], b: bits, of: BFloat16.self, accumulates: k.always)
    },
    .hopper("a descriptor must advance by a multiple of 16 bytes, not by 8") { k, a in
      a.pointer[0] = k.constant(Float(0))
      _ = MatrixDescriptor(k.constant(UInt64(0))).advanced(byByteCount: 8)
    },
    .blackwell("must have 32, 64, 128, 256 or 512 columns, not 48") { k, _ in
      k.tcgen05Alloc(columns: 48, to: k.sharedField("address", of: UInt32.self))
    },
    .blackwell("the shape 32x32b has no form with 3 registers", offset: 3) { k, a in
      let registers = (0..<3).map { _ in k.variable(Float(0)) }
      let memory = TensorMemoryAddress(a.index)
      k.tcgen05Ld(registers, from: memory, shape: .lanes32Bits32)
    },
    .blackwell("cells of Tensor Memory have 32 bits, not 64", offset: 2) { k, a in
      let registers = [k.variable(Double(0))]
      k.tcgen05St(registers, to: TensorMemoryAddress(a.index), shape: .lanes32Bits32)
    },
    .blackwell("bytes from its base cannot be advanced by") { k, a in
      a.pointer[0] = k.constant(Float(0))
      _ = TensorMemoryAddress(a.index).advanced(columns: .max).advanced(columns: .max)
    },
    .blackwell("a 32-bit word holds 8 e2m1 values, not 3") { k, a in
      _ = k.packed([a.pointer[0], a.pointer[1], a.pointer[2]], as: Float4E2M1.self)
    },
    .blackwell("a 32-bit word holds 4 pairs of e2m1 values, not 0") { k, _ in
      _ = k.packed([], of: BFloat16.self, as: Float4E2M1.self)
    },
    .blackwell("the conversion rounds four values at once, not 1") { k, a in
      _ = k.packed([a.pointer[0]], as: Float4E2M1.self, randomBits: a.index) as DeviceValue<UInt16>
    },
  ]

  /// Returns a tile of 64 rows of 64 elements.
  private static func tile(_ swizzle: SwizzleMode = .none) -> SharedTile<BFloat16> {
    guard let tile = try? SharedTile<BFloat16>("tile", rows: 64, columns: 64, swizzle: swizzle)
    else { fatalError("64 rows of 64 elements are a legal tile.") }
    return tile
  }

  /// Tensors.
  private static let tensors: [Mistake] = [
    .hopper("the tile 'tile' must have 1 to 232448 stages, not 0") { k, _ in
      _ = k.shared(tile(), stages: 0)[0]
    },
    .hopper("the tile 'tile' has 2 stages, but no stage 2") { k, _ in
      _ = k.shared(tile(), stages: 2)[2]
    },
    .hopper("a tile 24:1 does not divide") { k, _ in
      _ = k.shared(tile()).tile(24, 64, at: 0, 0)
    },
    .hopper("a tile must have at least one row and column, not 0 x -1") { k, _ in
      _ = k.shared(tile()).tile(0, -1, at: 0, 0)
    },
    .hopper("a tensor of extent 64 has no coordinate 64") { k, _ in
      _ = k.shared(tile()).address(of: 64, 0)
    },
    .hopper("the index or count -1 is not a 32-bit unsigned integer") { k, _ in
      _ = k.shared(tile()).row(-1)
    },
    .hopper("only the running kernel knows this extent; take a tile of the tensor first") { k, a in
      _ = TileTensor(a.pointer, rows: a.index, columns: a.index).vectorized(1, 2)
    },
    .hopper("a vector must have at least one element, not 0") { k, _ in
      _ = k.shared(tile()).vectorized(1, 0)
    },
    .hopper("do not divide") { k, _ in
      _ = k.shared(tile()).vectorized(1, 7)
    },
    .hopper("the elements of the tensor are already vectors") { k, _ in
      _ = k.shared(tile()).vectorized(1, 8).vectorized(1, 2)
    },
    .hopper("a thread layout must have rows and columns, unlike 32:1") { k, _ in
      _ = k.shared(tile()).distributed(over: .contiguous(32), at: k.laneIndex)
    },
    .hopper("do not divide") { k, _ in
      _ = k.shared(tile()).distributed(over: .rowMajor(7, 5), at: k.laneIndex)
    },
    .hopper("the elements of a vector must be contiguous in memory", offset: 2) { k, _ in
      let tensor = k.shared(tile()).vectorized(2, 1)
      _ = tensor.load(0, 0)
    },
    .hopper("use load and store for vectors, and subscripts for single elements", offset: 2) {
      k, _ in
      _ = k.shared(tile()).vectorized(1, 2)[0, 0]
    },
    .hopper("a vector of 2 elements must be stored as a whole, not 0 of them", offset: 2) { k, _ in
      let tensor = k.shared(tile()).vectorized(1, 2)
      tensor.store([], 0, 0)
    },
    .hopper("a vector of 1 elements has no element -1") { k, a in
      _ = TileTensor(a.pointer, rows: a.index, columns: a.index).containsColumn(0, element: -1)
    },
    .hopper("2 variables are too few for the layout") { k, _ in
      let variables = [k.variable(Float(0)), k.variable(Float(0))]
      _ = TileTensor(variables, layout: .rowMajor(2, 2))[1, 1]
    },
    .hopper("a tensor must have rows and columns, unlike 2:1") { k, _ in
      let variables = [k.variable(Float(0)), k.variable(Float(0))]
      _ = TileTensor(variables, layout: .contiguous(2))[1, 0]
    },
    .hopper("registers are indexed by host integers, not by device values", offset: 2) { k, a in
      let variables = [k.variable(Float(0)), k.variable(Float(0))]
      _ = TileTensor(variables, layout: .rowMajor(2, 1)).row(a.index)[0, 0]
    },
    .hopper("a matrix instruction must read a declared tile from a row", offset: 2) { k, _ in
      let part = k.shared(tile(.bytes128)).tile(4, 64, at: 1, 0)
      _ = k.matrixDescriptor(of: part)
    },
    .hopper("a matrix instruction must read a declared tile from a row", offset: 3) { k, _ in
      let field = k.sharedField("field", of: BFloat16.self, count: 64)
      let tensor = TileTensor(field, layout: .rowMajor(8, 8))
      _ = k.matrixDescriptor(of: tensor)
    },
    .blackwell("an accumulator of one block must have 64 or 128 rows, not 100") { k, a in
      a.pointer[0] = k.constant(Float(0))
      _ = TileTensor<Float, TensorMemory>(TensorMemoryAddress(a.index), rows: 100, columns: 8)
    },
    .blackwell("an accumulator must have an even number of columns from 2 to 512, not 0") { k, a in
      a.pointer[0] = k.constant(Float(0))
      _ = TileTensor<Float, TensorMemory>(TensorMemoryAddress(a.index), rows: 64, columns: 0)
    },
  ]

  @Test(arguments: values + sharedMemory + instructions + tensors)
  func `a mistake is a finding at its line`(_ mistake: Mistake) { mistake.expectFinding() }

  @Test func `a value of another kernel is a finding of both`() throws {
    let stolen = Mutex<DeviceValue<UInt32>?>(nil)
    let first = Kernel<AnyArchitecture, GlobalBuffer<UInt32>, UInt32>("first") { k, y, x in
      stolen.withLock { $0 = x }
      y[0] = x
    }
    let line = #line + 4
    let second = Kernel<AnyArchitecture, GlobalBuffer<UInt32>, UInt32>("second") { k, y, x in
      guard let value = stolen.withLock({ $0 }) else { return }
      for _ in 0..<3 {
        y[0] = k.max(value, x) + (x + value)
      }
      k.ptx("mov.u32 $0, 1;", value)
    }
    _ = try first.program()
    let error = #expect(throws: KernelError.self) { try second.program() }
    guard case .invalid("second", let diagnostics)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(
      diagnostics.contains {
        $0.place?.line == line
          && $0.message == "a value of the kernel 'first' is used in the kernel 'second'"
      }, "\(diagnostics)")
  }

  @Test func `mistakes are collected, and repetitions at a line are reported once`() throws {
    let line = #line + 2
    let kernel = Kernel<Hopper, GlobalBuffer<Float>>("k") { k, y in
      for _ in 0..<100 { k.setmaxnreg(.decrease, 1) }
      k.wgmmaWaitGroup(9)
      y[0] = k.constant(Float(0))
    }
    for _ in 0..<2 {
      let error = #expect(throws: KernelError.self) { try kernel.program() }
      guard case .invalid("k", let diagnostics)? = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(diagnostics.map { $0.place?.line } == [line, line + 1])
    }
  }

  /// Declarations that no launch can have, and a part of the message.
  private static let declarations: [(block: Dimensions?, cluster: Dimensions?, Int?, String)] = [
    (0, nil, nil, "the block 0x1x1 has an extent that is not positive"),
    (Dimensions(32, -1), nil, nil, "the block 32x-1x1 has an extent that is not positive"),
    (2048, nil, nil, "the block 2048x1x1 has more than 1024 threads"),
    (Dimensions(.max, .max, .max), nil, nil, "has more than 1024 threads"),
    (32, 0, nil, "the cluster 0x1x1 has an extent that is not positive"),
    (32, 17, nil, "the cluster 17x1x1 has more than 16 blocks"),
    (32, nil, 0, "an SM holds 1 to 32 blocks of a kernel, not 0"),
    (32, nil, .max, "an SM holds 1 to 32 blocks of a kernel"),
  ]

  @Test(arguments: declarations)
  func `the description of a kernel can be launched`(
    block: Dimensions?, cluster: Dimensions?, blocks: Int?, text: String
  ) {
    let line = #line + 1
    let kernel = Kernel<Hopper, UInt32>(
      "k", block: block, cluster: cluster, minimumBlocksPerMultiprocessor: blocks
    ) { _, _ in }
    let error = #expect(throws: KernelError.self) { try kernel.program() }
    guard case .invalid("k", let diagnostics)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(diagnostics.first?.message.contains(text) == true, "\(diagnostics)")
    #expect(diagnostics.first?.place?.line == line)
  }

  @Test func `shared memory beyond all bounds is refused with its size`() {
    let kernel = Kernel<Hopper, UInt32>("k") { k, _ in
      for index in 0..<8 { _ = k.sharedField("f\(index)", of: Float.self, count: .max / 16) }
    }
    let error = #expect(throws: KernelError.self) { try kernel.program() }
    guard case .sharedMemoryExceeded("k", let byteCount, 232_448)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(byteCount > 1 << 60)
  }

  @Test func `a tensor of no registers says so`() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = TileTensor([Variable<Float>](), layout: .rowMajor(1, 1))
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("A tensor of registers must have at least one variable."), "\(text)")
  }

  @Test(
    arguments: [
      (rows: 0, columns: 64, slices: 1), (-8, 64, 1), (64, 0, 1), (64, -16, 1), (.max, 64, 1),
      (64, .max, 1), (64, 64, 0), (64, 64, -1), (64, 64, 3), (64, 64, .max), (64, 64, 16),
    ])
  func `a tile that cannot be is refused`(rows: Int, columns: Int, slices: Int) {
    #expect(throws: CanonicalLayoutError.self) {
      try SharedTile<BFloat16>("tile", rows: rows, columns: columns, slices: slices)
    }
  }
}
