import DeviceRuntime
import KernelLanguage
import MachineIR
import StructuredKernels
import TileLayout

/// Steps 2 and 3: tensor copies and tensor cores, one tile of C for each block.
///
/// The leader thread has the copy engine fill a tile of A and one of B, all threads wait for the
/// bytes, the tensor cores multiply the tiles, and all threads wait until the tiles may be
/// overwritten. Nothing overlaps yet. Step 3 is step 2 with a swizzle.
public struct TensorCoreMatmul<Machine: HasTileOp, Element: TensorCoreElement>: Sendable {
  /// What a tuner chooses.
  public struct Configuration: Hashable, Sendable {
    /// The rows of a tile of C: 64 or 128.
    public var tileM: Int

    /// The columns of a tile of C: a multiple of 16 up to 256.
    public var tileN: Int

    /// The extent of the tiles of A and B along k: a multiple of the swizzle's span.
    public var tileK: Int

    /// How the tiles are permuted in shared memory.
    public var swizzle: SwizzleMode

    /// Creates a configuration; without arguments, that of step 2.
    public init(
      tileM: Int = 64, tileN: Int = 64, tileK: Int = 64, swizzle: SwizzleMode = .none
    ) {
      self.tileM = tileM
      self.tileN = tileN
      self.tileK = tileK
      self.swizzle = swizzle
    }
  }

  /// The configuration.
  public let configuration: Configuration

  /// The tile of A: [tileM, tileK].
  let aTile: SharedTile<Element>

  /// The tile of B: [tileN, tileK].
  let bTile: SharedTile<Element>

  /// The kernel: maps of A and B, then C, m, n and k.
  public let kernel:
    Kernel<
      Machine, TensorMap<Element>, TensorMap<Element>, GlobalBuffer<Element>, UInt32, UInt32, UInt32
    >

  /// Creates the kernel of a configuration.
  ///
  /// - Throws: The first rule that the configuration breaks.
  public init(_ configuration: Configuration = Configuration()) throws(ConfigurationError) {
    try configuration.check(elementByteCount: Element.elementType.byteCount)
    self.configuration = configuration
    let aTile: SharedTile<Element>
    let bTile: SharedTile<Element>
    do {
      aTile = try SharedTile(
        "a", rows: configuration.tileM, columns: configuration.tileK,
        swizzle: configuration.swizzle)
      bTile = try SharedTile(
        "b", rows: configuration.tileN, columns: configuration.tileK,
        swizzle: configuration.swizzle)
    } catch {
      preconditionFailure("A legal configuration has legal tiles: \(error).")
    }
    self.aTile = aTile
    self.bTile = bTile
    kernel = Kernel(
      "matmul_\(Element.name)_\(configuration)",
      parameters: ["a_map", "b_map", "c", "m", "n", "k"], block: 128
    ) { k, aMap, bMap, c, m, n, depth in
      // Shared memory: the two tiles, and who waits for what.
      let a = k.shared(aTile)
      let b = k.shared(bTile)
      let loaded = k.sharedBarrier("loaded", arrivals: 1)
      let multiplied = k.sharedBarrier(
        "multiplied", arrivals: Machine.Operation.arrivalCount)

      let leader = LeaderThread(k)
      let aLoader = TileLoader(k, from: aMap, filling: aTile)
      let bLoader = TileLoader(k, from: bMap, filling: bTile)
      let tileRow = k.blockIndex.y * configuration.tileM
      let tileColumn = k.blockIndex.x * configuration.tileN
      let kTileCount = (depth + (configuration.tileK - 1)) / configuration.tileK

      leader {
        loaded.initialize()
        multiplied.initialize()
        k.fenceBarrierInitialization()
      }
      k.synchronize()

      let sums = Machine.Operation.withAccumulators(
        k, rows: configuration.tileM, columns: configuration.tileN
      ) { accumulators in
        let parity = k.variable(UInt32(0))
        k.loop(kTileCount) { kTile in
          leader {
            let column = kTile * configuration.tileK
            loaded.arrive(expectingByteCount: aLoader.byteCount + bLoader.byteCount)
            aLoader.load(a, row: tileRow, column: column, signalling: loaded)
            bLoader.load(b, row: tileColumn, column: column, signalling: loaded)
          }
          loaded.wait(parity: parity)
          accumulators.multiply(a, b, accumulates: kTile > 0, signalling: multiplied)
          multiplied.wait(parity: parity)
          parity ^= 1
        }
        return accumulators.sums(isEmpty: kTileCount == 0)
      }
      let output = AccumulatorFragment.Output(
        c, rows: m, columns: n, tileRow: tileRow, tileColumn: tileColumn)
      sums.store(k, to: output)
    }
  }
}

extension TensorCoreMatmul.Configuration: CustomStringConvertible {
  /// The configuration as entry names have it: `64x64x64_none`.
  public var description: String { "\(tileM)x\(tileN)x\(tileK)_\(swizzle.rawValue)" }
}

extension TensorCoreMatmul.Configuration {
  /// The most registers that the sums may take of each thread.
  private static var accumulatorRegisterLimit: Int { 128 }

  /// The most shared memory that a block may have, less what barriers take, in bytes.
  private static var tileByteLimit: Int { 232_448 - 1024 }

  /// Checks the rules, which are the same on both architectures.
  func check(elementByteCount: Int) throws(ConfigurationError) {
    guard [64, 128].contains(tileM) else {
      throw .tileRows(tileM, allowed: [64, 128], nearest: tileM <= 96 ? 64 : 128)
    }
    guard tileN % 16 == 0, (16...256).contains(tileN) else {
      throw .tileColumns(
        tileN, multiple: 16, limit: 256, nearest: min(256, nearestMultiple(of: 16, to: tileN)))
    }
    let depthStep = max(swizzle.spanByteCount, CanonicalLayout.stepByteCount) / elementByteCount
    guard tileK % depthStep == 0, tileK > 0 else {
      throw .tileDepth(
        tileK, multiple: depthStep, nearest: nearestMultiple(of: depthStep, to: tileK))
    }
    let registers = tileM * tileN / 128
    let registerLimit = Self.accumulatorRegisterLimit
    guard registers <= registerLimit else {
      throw .accumulatorRegisters(
        count: registers, limit: registerLimit, nearestTileColumns: registerLimit * 128 / tileM)
    }
    let rowByteCount = (tileM + tileN) * elementByteCount
    let limit = Self.tileByteLimit
    guard rowByteCount * tileK <= limit else {
      throw .sharedMemoryExceeded(
        byteCount: rowByteCount * tileK, limit: limit,
        nearestTileDepth: limit / rowByteCount / depthStep * depthStep)
    }
  }

  /// Returns the positive multiple of a step that is nearest to a value.
  private func nearestMultiple(of step: Int, to value: Int) -> Int {
    max(1, (max(value, 0) + step / 2) / step) * step
  }
}
